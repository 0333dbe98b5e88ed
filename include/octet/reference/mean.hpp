// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/fixed_point.hpp"
#include "octet/types.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// y = clamp(output_zero_point + mbqm(sum(x) - count * input_zero_point, multiplier, shift)), the
// sum over every dimension d with reduce[d]; 1 / count is folded into the multiplier.
struct MeanParams {
  Shape input = {};
  bool reduce[kMaxRank] = {};
  std::int32_t input_zero_point = 0;
  std::int32_t output_zero_point = 0;
  std::int32_t multiplier = 0;
  std::int32_t shift = 0;
  Rounding rounding = Rounding::tflite;
};

namespace reference {

// Mean over the dimensions d with reduce[d]
//
//   y = saturate(output_zero_point + mbqm(sum of (x - input_zero_point), multiplier, shift))
//
// with mbqm = multiply_by_quantized_multiplier; 1 / count is folded into multiplier and shift. x:
// dense, row-major, of p.input; y: its dimensions that are not reduced, in the same order; T: int8,
// uint8, int16. The sum must fit 32 bits.
// Source: QuantizedMeanOrSum in kernels/internal/reference/reduce.h of tflite-micro.
template <class T>
constexpr void mean(const MeanParams& p, const T* x, T* y) {
  std::int64_t outputs = 1, count = 1;
  for (std::int32_t d = 0; d < p.input.rank; ++d)
    (p.reduce[d] ? count : outputs) *= p.input.extent[d];
  for (std::int64_t o = 0; o < outputs; ++o) {
    std::int32_t sum = 0;
    for (std::int64_t r = 0; r < count; ++r) {
      std::int64_t kept = o, reduced = r, source = 0, stride = 1;
      for (std::int32_t d = p.input.rank - 1; d >= 0; --d) {
        std::int64_t& rest = p.reduce[d] ? reduced : kept;
        source += rest % p.input.extent[d] * stride;
        stride *= p.input.extent[d];
        rest /= p.input.extent[d];
      }
      sum += x[source] - p.input_zero_point;
    }
    const std::int32_t scaled =
        multiply_by_quantized_multiplier(sum, p.multiplier, p.shift, p.rounding);
    y[o] = saturate<T>(std::int64_t{scaled} + p.output_zero_point);
  }
}

}  // namespace reference
}  // namespace OCTET_BASELINE
}  // namespace octet
