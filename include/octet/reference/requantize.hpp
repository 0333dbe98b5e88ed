// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/fixed_point.hpp"
#include "octet/types.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// y = clamp(output_zero_point + mbqm(x - input_zero_point, multiplier, shift)) over the output
// type.
struct RequantizeParams {
  std::int32_t input_zero_point = 0;
  std::int32_t output_zero_point = 0;
  std::int32_t multiplier = 0;
  std::int32_t shift = 0;
  Rounding rounding = Rounding::tflite;
};

namespace reference {

// `count` elements in another scale, zero point or type
//
//   y = saturate(output_zero_point + mbqm(x - input_zero_point, multiplier, shift))
//
// with mbqm = multiply_by_quantized_multiplier; In and Out: int8, uint8, int16, int32. For int32
// inputs input_zero_point is 0, and with a positive shift x * 2^shift wraps as it does in the
// source: kernels/internal/reference/requantize.h of tflite-micro.
template <class Out, class In>
constexpr void requantize(const RequantizeParams& p, const In* x, Out* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int32_t centred = static_cast<std::int32_t>(x[i]) - p.input_zero_point;
    const std::int32_t scaled =
        multiply_by_quantized_multiplier(centred, p.multiplier, p.shift, p.rounding);
    y[i] = saturate<Out>(std::int64_t{scaled} + p.output_zero_point);
  }
}

}  // namespace reference
}  // namespace OCTET_BASELINE
}  // namespace octet
