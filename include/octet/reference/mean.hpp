// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/fixed_point.hpp"
#include "octet/params.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace reference {

// Mean over the dimensions d with reduce[d]
//
//   y = saturate(output_zero_point + mbqm(sum of (x - input_zero_point), multiplier, shift))
//
// with mbqm = multiply_by_quantized_multiplier; 1 / count is folded into multiplier and shift. x:
// dense, row-major, of p.input; y: its dimensions that are not reduced, in the same order; T: int8,
// uint8, int16. The sum must fit 32 bits.
// Source: QuantizedMeanOrSum in kernels/internal/reference/reduce.h of tflite-micro.
template <class T, Rounding kRounding = Rounding::tflite>
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
        multiply_by_quantized_multiplier<kRounding>(sum, p.multiplier, p.shift);
    y[o] = saturate<T>(std::int64_t{scaled} + p.output_zero_point);
  }
}

}  // namespace reference
}  // namespace OCTET_BASELINE
}  // namespace octet
