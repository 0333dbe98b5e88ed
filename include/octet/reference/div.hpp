// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

#include "octet/fixed_point_math.hpp"
#include "octet/reference/mul.hpp"

namespace octet::inline OCTET_BASELINE {

using DivParams = MulParams;

namespace reference {

// y = clamp(output.zero_point + output.rescale(quotient), output.min, output.max)
//
//   quotient = (x1 - input1.zero_point) / (x2 - input2.zero_point)
//
// as x1 times the reciprocal of x2, with as many binary digits as fit 32 bits; output.rescale.shift
// is at most the headroom of x1. By 0, where the source stops, the quotient is beyond the clamp, or
// 0 for 0 / 0. T: int8, uint8, int16. Source: kernels/internal/reference/div.h of tflite-micro.
template <class T>
constexpr T div(const DivParams& p, T x1, T x2) {
  const Output& out = p.output;
  std::int32_t dividend = x1 - p.input1.zero_point, divisor = x2 - p.input2.zero_point;
  if (divisor < 0) dividend = -dividend, divisor = -divisor;
  const auto magnitude = static_cast<std::uint32_t>(dividend < 0 ? -dividend : dividend);
  std::int64_t quotient = 0;
  if (divisor == 0) {
    quotient = (dividend > 0 ? 1 : dividend < 0 ? -1 : 0) * (std::int64_t{1} << 31);
  } else if (dividend != 0) {
    int exponent = 0;
    const std::int32_t reciprocal = get_reciprocal(divisor, 31, &exponent);
    const int headroom = std::countl_zero(magnitude) - 1;
    const std::int32_t unscaled =
        multiply_by_quantized_multiplier(dividend, reciprocal, headroom, out.rounding);
    // Shifts beyond 31 bits leave less than half of a step.
    const std::int32_t shift = out.rescale.shift - exponent - headroom;
    if (shift >= -31) quotient = rescale(unscaled, {out.rescale.multiplier, shift}, out.rounding);
  }
  const auto moved = saturate<std::int32_t>(quotient + out.zero_point);
  return saturate<T>(clamp(moved, out.min, out.max));
}

// The same of tensors, with broadcasting.
template <class T>
constexpr void div(const DivParams& p, const T* input1, const T* input2, T* output) {
  broadcast<T, T>(p, input1, input2, output, div<T>);
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
