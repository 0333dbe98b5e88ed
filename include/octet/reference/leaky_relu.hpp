// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/output_element.hpp"

namespace octet::inline OCTET_BASELINE {

// output.rescale is the factor from x = 0 on, input.rescale that below, or the negative of it.
struct LeakyReluParams {
  Operand input = {};
  bool negates = false;
  Output output = {};
};

namespace reference {

// y = clamp(output.zero_point + value, output.min, output.max) for x = input - input.zero_point
//
//   value = output.rescale(x)      where x >= 0
//           input.rescale(x)       where x < 0; with `negates` -input.rescale(x)
//
// T: int8, uint8, int16. Source: kernels/internal/reference/leaky_relu.h of tflite-micro.
template <class T>
constexpr T leaky_relu(const LeakyReluParams& p, T input) {
  const std::int32_t x = input - p.input.zero_point;
  if (x >= 0) return output_element<T>(x, p.output);
  const std::int64_t below = rescale(x, p.input.rescale, p.output.rounding);
  const std::int64_t moved = (p.negates ? -below : below) + p.output.zero_point;
  return saturate<T>(clamp(saturate<std::int32_t>(moved), p.output.min, p.output.max));
}

// The same of a tensor.
template <class T>
constexpr void leaky_relu(const LeakyReluParams& p, const T* input, T* output) {
  for_each_element(p.input, input, output, [&](T x) { return leaky_relu(p, x); });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
