// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "octet/reference/add.hpp"

namespace octet::inline OCTET_BASELINE {

// left_shift is 7 for 8-bit and 0 for 16-bit types.
using SquaredDifferenceParams = AddParams;

namespace reference {

// y = clamp(output.zero_point + output.rescale((s1 - s2)^2), output.min, output.max), s1 and s2 as
// in add. T: int8, uint8, int16. No step may exceed 32 bits.
// Source: SquaredDifference in micro/kernels/squared_difference.cc of tflite-micro.
template <class T>
constexpr T squared_difference(const SquaredDifferenceParams& p, T x1, T x2) {
  const std::int32_t difference = shared_scale(x1, p.input1, p) - shared_scale(x2, p.input2, p);
  return output_element<T>(difference * difference, p.output);
}

// The same of tensors, with broadcasting.
template <class T>
constexpr void squared_difference(const SquaredDifferenceParams& p, const T* input1,
                                  const T* input2, T* output) {
  broadcast<T, T>(p, input1, input2, output, squared_difference<T>);
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
