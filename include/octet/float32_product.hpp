// SPDX-License-Identifier: Apache-2.0
// A product of float32 rounded to an integer, as XNNPACK and ONNX Runtime requantize, by integers
// alone: the bits of a server on a machine without floating point.
#pragma once

#include <bit>
#include <cstdint>

#include "octet/detail/config.hpp"

namespace octet::inline OCTET_BASELINE {

// x / 2^exponent to the nearest integer, halves to even; exponent >= 0.
constexpr std::uint64_t shift_half_even(std::uint64_t x, int exponent) {
  if (exponent == 0) return x;
  if (exponent > 63) return 0;  // x < 2^62
  const std::uint64_t half = std::uint64_t{1} << (exponent - 1);
  const std::uint64_t is_odd = x >> exponent & 1;
  return (x + half - 1 + is_odd) >> exponent;
}

// rint(float32(x) * scale) of a float32 scale = (multiplier >> 7) * 2^(shift - 24), for |x| < 2^62,
// multiplier >= 0 and shift in [-31, 30]; at least 2^31 in magnitude where that is beyond int32.
//
// Three roundings to nearest, all with ties to even: of x to the 24 significant bits of a float32,
// of the product to as many, and of that to an integer.
constexpr std::int64_t float32_product(std::int64_t x, std::int32_t multiplier, int shift) {
  constexpr int kSignificant = 24;
  const auto excess = [](std::uint64_t value) {
    const int width = static_cast<int>(std::bit_width(value));
    return width > kSignificant ? width - kSignificant : 0;
  };
  const std::uint64_t magnitude =
      x < 0 ? -static_cast<std::uint64_t>(x) : static_cast<std::uint64_t>(x);
  const int dropped = excess(magnitude);
  const std::uint64_t product =
      shift_half_even(magnitude, dropped) * (static_cast<std::uint32_t>(multiplier) >> 7);
  const int dropped_again = excess(product);
  const std::uint64_t rounded = shift_half_even(product, dropped_again);
  const int exponent = shift - kSignificant + dropped + dropped_again;
  // rounded <= 2^24
  const std::uint64_t result = exponent <= 0   ? shift_half_even(rounded, -exponent)
                               : exponent < 32 ? rounded << exponent
                               : rounded == 0  ? 0
                                               : std::uint64_t{1} << 62;
  return x < 0 ? -static_cast<std::int64_t>(result) : static_cast<std::int64_t>(result);
}

}  // namespace octet::inline OCTET_BASELINE
