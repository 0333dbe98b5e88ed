// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/types.hpp"
#include "octet/reference/index.hpp"

namespace octet::inline OCTET_BASELINE {

// Elements of `value` added before and after each dimension. Input, value and output share one
// quantization.
struct PadParams {
  Operand input = {};
  std::int32_t before[kMaxRank] = {}, after[kMaxRank] = {};
  std::int64_t value = 0;
};

namespace detail {

// The input of Params with what is added before and after each of its dimensions.
template <class Params>
constexpr Shape padded_shape(const Params& p) {
  Shape shape = p.input.shape;
  for (std::int32_t d = 0; d < shape.rank && d < kMaxRank; ++d) {
    shape.extent[d] = saturated_extent(std::int64_t{shape.extent[d]} + p.before[d] + p.after[d]);
  }
  return shape;
}

}  // namespace detail

OCTET_INLINE constexpr Shape output_shape(const PadParams& p) { return detail::padded_shape(p); }

namespace reference {

// The input surrounded by `value`
//
//   output[i0][i1]... = input[i0 - before[0]][i1 - before[1]]...
//
// where that is an element of the input, else value. input: p.input, output: output_shape(p),
// dense, row-major; T: any integer.
// Source: PAD, whose value is the zero point, and PADV2 of TensorFlow Lite.
template <class T>
constexpr void pad(const PadParams& p, const T* input, T* output) {
  for_each_index(output_shape(p), [&](std::int64_t i, std::int64_t(&at)[kMaxRank]) {
    bool inside = true;
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      at[d] -= p.before[d];
      inside = inside && at[d] >= 0 && at[d] < p.input.shape.extent[d];
    }
    output[i] = inside ? input[index(p.input.shape, at)] : static_cast<T>(p.value);
  });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
