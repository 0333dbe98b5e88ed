// SPDX-License-Identifier: Apache-2.0
// Two operands with broadcasting as runs: pieces of the output in which each operand is dense or
// one repeated element.
#pragma once

#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// `rank` dimensions of runs of `length` outputs, from the outermost to the innermost; strides are
// those of the operands, 0 where they are repeated.
struct BroadcastWalk {
  std::int64_t length;
  bool repeats1, repeats2;  // within a run
  std::int32_t rank;
  std::int64_t extent[kMaxRank], stride1[kMaxRank], stride2[kMaxRank];
};

namespace detail {

// Of shapes that fit together. Dimensions that continue each other in both operands become one, so
// that a tensor and another of the same shape, or a single element, are one run.
constexpr BroadcastWalk broadcast_walk(const Shape& a, const Shape& b) {
  const std::int32_t rank = a.rank > b.rank ? a.rank : b.rank;
  std::int64_t dense1 = 1, dense2 = 1;
  BroadcastWalk walk{1, false, false, 0, {}, {}, {}};
  // Built from the innermost dimension outwards, then reversed.
  for (std::int32_t back = 0; back < rank; ++back) {
    const std::int64_t extent1 = back < a.rank ? a.extent[a.rank - 1 - back] : 1;
    const std::int64_t extent2 = back < b.rank ? b.extent[b.rank - 1 - back] : 1;
    const std::int64_t extent = extent1 == 1 ? extent2 : extent1;
    if (extent == 1) continue;
    const std::int64_t stride1 = extent1 == 1 ? 0 : dense1, stride2 = extent2 == 1 ? 0 : dense2;
    const std::int32_t last = walk.rank - 1;
    if (last >= 0 && stride1 == walk.stride1[last] * walk.extent[last] &&
        stride2 == walk.stride2[last] * walk.extent[last]) {
      walk.extent[last] *= extent;
    } else {
      walk.extent[walk.rank] = extent;
      walk.stride1[walk.rank] = stride1;
      walk.stride2[walk.rank++] = stride2;
    }
    dense1 *= extent1;
    dense2 *= extent2;
  }
  if (walk.rank == 0) return walk;
  walk.length = walk.extent[0];
  walk.repeats1 = walk.stride1[0] == 0;
  walk.repeats2 = walk.stride2[0] == 0;
  BroadcastWalk reversed = walk;
  reversed.rank = walk.rank - 1;
  for (std::int32_t d = 0; d < reversed.rank; ++d) {
    reversed.extent[d] = walk.extent[walk.rank - 1 - d];
    reversed.stride1[d] = walk.stride1[walk.rank - 1 - d];
    reversed.stride2[d] = walk.stride2[walk.rank - 1 - d];
  }
  return reversed;
}

// The runs one after the other: do { ... } while (runs.next()).
struct BroadcastRuns {
  const BroadcastWalk& walk;
  std::int64_t place1 = 0, place2 = 0, place = 0;  // where the run begins in operands and output
  std::int64_t index[kMaxRank] = {};

  OCTET_INLINE constexpr explicit BroadcastRuns(const BroadcastWalk& of) : walk(of) {}

  OCTET_INLINE constexpr bool next() {
    place += walk.length;
    for (std::int32_t d = walk.rank - 1; d >= 0; --d) {
      place1 += walk.stride1[d];
      place2 += walk.stride2[d];
      if (++index[d] < walk.extent[d]) return true;
      place1 -= walk.stride1[d] * walk.extent[d];
      place2 -= walk.stride2[d] * walk.extent[d];
      index[d] = 0;
    }
    return false;
  }
};

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE
