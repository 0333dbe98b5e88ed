// SPDX-License-Identifier: Apache-2.0
// The kernels that combine elements along dimensions, and what they are handed. An operation has
//
//   Reduction<Name>    start; combine(a, b) of 64-bit values; how many elements 32 bits hold what
//                      they combine to; finish<Out>(task, value)
//   ReduceLanes<Name>  combine for vectors of 32-bit lanes, in a kernel file
#pragma once

#include "octet/detail/strided_walk.hpp"
#include "octet/kernel/epilogue.hpp"
#include "octet/reference/reduce.hpp"

namespace octet::inline OCTET_BASELINE {

// For each position of `kept` there are `width` outputs, whose elements lie side by side; for each
// position of `reduced` there are `rows` times `run` elements of an output. Width or run is 1.
struct ReduceTask {
  detail::StridedWalk kept, reduced;
  std::int64_t rows = 1, row_stride = 0, run = 1, width = 1;
  std::int64_t subtracted = 0;  // the input zero point, once for each element
  Output output = {};
};

template <class Operation>
struct Reduction;

namespace detail {

// The dimensions of a task: those of extent 1 are left out, neighbours that are both kept or both
// reduced are one.
constexpr ReduceTask reduce_task(const Shape& input, const bool (&reduce)[kMaxRank]) {
  struct Dimension {
    std::int64_t extent, stride;
    bool reduced;
  };
  Dimension dimensions[kMaxRank] = {};
  std::int32_t rank = 0;
  std::int64_t stride = input.size();
  for (std::int32_t d = 0; d < input.rank; ++d) {
    stride /= input.extent[d];
    if (input.extent[d] == 1) continue;
    if (rank > 0 && dimensions[rank - 1].reduced == reduce[d]) {
      Dimension& outer = dimensions[rank - 1];
      outer = {outer.extent * input.extent[d], stride, reduce[d]};
    } else {
      dimensions[rank++] = {input.extent[d], stride, reduce[d]};
    }
  }
  ReduceTask task;
  if (rank > 0) {
    const Dimension& innermost = dimensions[--rank];
    (innermost.reduced ? task.run : task.width) = innermost.extent;
  }
  std::int32_t rows = rank - 1;
  while (rows >= 0 && !dimensions[rows].reduced) --rows;
  for (std::int32_t d = 0; d < rank; ++d) {
    const Dimension& dimension = dimensions[d];
    if (d == rows) {
      task.rows = dimension.extent;
      task.row_stride = dimension.stride;
    } else {
      (dimension.reduced ? task.reduced : task.kept)
          .add_dimension(dimension.extent, dimension.stride);
    }
  }
  return task;
}

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE

#define OCTET_KERNEL "octet/kernel/reduce/reduce-inl.hpp"
#include "octet/detail/foreach_target.hpp"
