// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/requantize.hpp"

namespace octet::inline OCTET_BASELINE {

using AbsParams = RequantizeParams;

namespace reference {

// y = clamp(output.zero_point + output.rescale(|x - input.zero_point|), output.min, output.max)
//
// T: int8, uint8, int16. Source: AbsEvalQuantized in micro/kernels/elementwise.cc of tflite-micro.
template <class T>
constexpr T abs(const AbsParams& p, T x) {
  const std::int32_t difference = x - p.input.zero_point;
  return output_element<T>(difference < 0 ? -difference : difference, p.output);
}

// The same of a tensor.
template <class T>
constexpr void abs(const AbsParams& p, const T* input, T* output) {
  for_each_element(p.input, input, output, [&](T x) { return abs(p, x); });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
