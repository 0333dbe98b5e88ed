// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/output_element.hpp"

namespace octet::inline OCTET_BASELINE {

struct RequantizeParams {
  Operand input = {};
  Output output = {};
};

namespace reference {

// One element in another scale, zero point or type
//
//   y = clamp(output.zero_point + output.rescale(x - input.zero_point), output.min, output.max)
//
// In and Out: int8, uint8, int16, int32. For int32 inputs the zero point is 0, and with a positive
// shift x * 2^shift wraps as it does in the source: kernels/internal/reference/requantize.h of
// tflite-micro.
template <class Out, class In>
constexpr Out requantize(const RequantizeParams& p, In x) {
  return output_element<Out>(static_cast<std::int32_t>(x) - p.input.zero_point, p.output);
}

// The same of a tensor.
template <class Out, class In>
constexpr void requantize(const RequantizeParams& p, const In* input, Out* output) {
  for_each_element(p.input, input, output, [&](In x) { return requantize<Out>(p, x); });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
