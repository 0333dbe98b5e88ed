// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/types.hpp"
#include "octet/reference/index.hpp"

namespace octet::inline OCTET_BASELINE {

// A tensor with a smaller one, of the same rank and quantization, written over a part of it.
struct DynamicUpdateSliceParams {
  Operand input = {};
  Shape update = {};
};

OCTET_INLINE constexpr Shape output_shape(const DynamicUpdateSliceParams& p) {
  return p.input.shape;
}

namespace detail {

// The first element of the part in a dimension: where it would leave the input, the nearest place
// inside.
OCTET_INLINE constexpr std::int64_t clamped_begin(std::int64_t begin, std::int64_t extent,
                                                  std::int64_t update) {
  const std::int64_t most = extent - update;
  return begin < 0 ? 0 : begin < most ? begin : most;
}

}  // namespace detail

namespace reference {

// A tensor of which a part is replaced
//
//   output[i0][i1]... = update[i0 - first0][i1 - first1]...  where that is inside of the update,
//                       input[i0][i1]...                     elsewhere
//   first = min(max(begin, 0), extent of the input - extent of the update)
//
// input: p.input, update: p.update, begin: a number for each dimension; output: output_shape(p),
// dense, row-major; T: any. Source: DYNAMIC_UPDATE_SLICE of TensorFlow Lite.
template <class T>
constexpr void dynamic_update_slice(const DynamicUpdateSliceParams& p, const T* input,
                                    const T* update, const std::int32_t* begin, T* output) {
  for_each_index(p.input.shape, [&](std::int64_t i, const std::int64_t(&at)[kMaxRank]) {
    std::int64_t from[kMaxRank] = {};
    bool is_inside = true;
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      from[d] =
          at[d] - detail::clamped_begin(begin[d], p.input.shape.extent[d], p.update.extent[d]);
      is_inside = is_inside && from[d] >= 0 && from[d] < p.update.extent[d];
    }
    output[i] = is_inside ? update[index(p.update, from)] : input[i];
  });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
