// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/mul.hpp"

namespace octet::inline OCTET_BASELINE {

// input1 is the input, with its factor to the output; input2 is alpha, and output.rescale the
// factor of their product.
using PreluParams = MulParams;

namespace reference {

// y = clamp(output.zero_point + value, output.min, output.max) for x = x1 - input1.zero_point
//
//   value = input1.rescale(x)                                 where x >= 0
//           output.rescale(x * (x2 - input2.zero_point))      where x < 0
//
// T: int8, uint8, int16. Source: kernels/internal/reference/prelu.h of tflite-micro.
template <class T>
constexpr T prelu(const PreluParams& p, T x1, T x2) {
  const std::int32_t x = x1 - p.input1.zero_point;
  Output output = p.output;
  if (x >= 0) output.rescale = p.input1.rescale;
  return output_element<T>(x >= 0 ? x : x * (x2 - p.input2.zero_point), output);
}

// The same of tensors, with broadcasting.
template <class T>
constexpr void prelu(const PreluParams& p, const T* input1, const T* input2, T* output) {
  broadcast<T, T>(p, input1, input2, output, prelu<T>);
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
