// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/fixed_point_math.hpp"
#include "octet/reference/requantize.hpp"

namespace octet::inline OCTET_BASELINE {

using RsqrtParams = RequantizeParams;

namespace reference {

inline constexpr int kRsqrtFractionalBits = 20;

// y = clamp(output.zero_point + output.rescale(1 / sqrt(x)), output.min, output.max) for
// x = input - input.zero_point, the root with 20 binary digits; the highest y where x is 0 or
// below, where the source stops. T: int8, uint8. Source: RsqrtEvalQuantized in
// micro/kernels/elementwise.cc of tflite-micro.
template <class T>
constexpr T rsqrt(const RsqrtParams& p, T input) {
  const std::int32_t x = input - p.input.zero_point;
  if (x <= 0) return saturate<T>(p.output.max);
  const Rescale root = inverse_sqrt(x);
  const std::int32_t value = multiply_by_quantized_multiplier(std::int32_t{1}, root.multiplier,
                                                              root.shift + kRsqrtFractionalBits);
  Output output = p.output;
  output.rescale.shift -= kRsqrtFractionalBits;
  return output_element<T>(value, output);
}

// The same of a tensor.
template <class T>
constexpr void rsqrt(const RsqrtParams& p, const T* input, T* output) {
  for_each_element(p.input, input, output, [&](T x) { return rsqrt(p, x); });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
