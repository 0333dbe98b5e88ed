// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/requantize.hpp"

namespace octet::inline OCTET_BASELINE {

// Factors of 16 bits: multiplier * 2^(shift - 15). input.rescale is that of the gate, to 32768 for
// a real 3; output.rescale that from input to output with 7 bits more, its shift not positive.
using HardSwishParams = RequantizeParams;

namespace reference {

// x * 2^exponent, or the nearest int16.
constexpr std::int16_t shift_left_saturating_int16(std::int16_t x, int exponent) {
  return saturate<std::int16_t>(x * (std::int64_t{1} << exponent));
}

// round(x / 2^exponent) as the source has it for 16 bits, exponent in [0, 31]: its mask has no more
// bits, so that an exponent above 15 gives -1 or 1.
constexpr std::int32_t rounding_divide_by_pot_int16(std::int16_t x, int exponent) {
  if (exponent > 15) return x < 0 ? -1 : 1;
  return rounding_divide_by_pot(x, exponent);
}

// y = clamp(output.zero_point + x * gate, output.min, output.max), gate = (x + 3) / 6 between 0 and
// 1, for x = input - input.zero_point; all of it in 16 bits, which one bit of left shift of the
// gate may saturate. T: int8, uint8. Source: kernels/internal/reference/hard_swish.h of
// tflite-micro.
template <class T>
constexpr T hard_swish(const HardSwishParams& p, T input) {
  const auto x = static_cast<std::int16_t>((input - p.input.zero_point) * (1 << 7));
  const auto high_mul = [](std::int16_t a, std::int32_t b) {
    return saturating_rounding_doubling_high_mul(a, static_cast<std::int16_t>(b));
  };
  const std::int16_t scaled = high_mul(x, p.output.rescale.multiplier);
  const auto [multiplier, shift] = p.input.rescale;
  std::int16_t gate = x;
  if (shift > 0) gate = shift_left_saturating_int16(gate, shift - 1);
  gate = high_mul(gate, multiplier);
  if (shift > 0) gate = shift_left_saturating_int16(gate, 1);
  if (shift < 0) gate = static_cast<std::int16_t>(rounding_divide_by_pot_int16(gate, -shift));
  const std::int32_t half_gate = (gate + (1 << 15)) >> 1;
  const auto product = static_cast<std::int16_t>(half_gate * scaled / (1 << 15));
  const std::int32_t value = rounding_divide_by_pot_int16(product, -p.output.rescale.shift);
  return saturate<T>(clamp(value + p.output.zero_point, p.output.min, p.output.max));
}

// The same of a tensor.
template <class T>
constexpr void hard_swish(const HardSwishParams& p, const T* input, T* output) {
  for_each_element(p.input, input, output, [&](T x) { return hard_swish(p, x); });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
