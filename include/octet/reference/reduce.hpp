// SPDX-License-Identifier: Apache-2.0
// What operations that combine the elements along some dimensions share.
#pragma once

#include <cstdint>

#include "octet/fixed_point.hpp"
#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {
namespace detail {

// The dimensions that are not reduced, in the same order.
OCTET_INLINE constexpr Shape kept_shape(const Shape& input, const bool (&reduce)[kMaxRank]) {
  Shape shape;
  for (std::int32_t d = 0; d < input.rank && d < kMaxRank; ++d) {
    if (!reduce[d]) shape.extent[shape.rank++] = input.extent[d];
  }
  return shape;
}

}  // namespace detail

// Dimensions d with reduce[d] are left out. Input and output share one quantization.
struct ReduceParams {
  Operand input = {};
  bool reduce[kMaxRank] = {};
};

OCTET_INLINE constexpr Shape output_shape(const ReduceParams& p) {
  return detail::kept_shape(p.input.shape, p.reduce);
}

namespace reference {

// combine(... combine(combine(start, x0), x1) ..., xn) over the elements that become output `o`, in
// row-major order.
template <class T, class Value, class Combine>
constexpr Value reduce(const Shape& input, const bool (&reduce)[kMaxRank], const T* x,
                       std::int64_t o, Value start, Combine combine) {
  std::int64_t count = 1;
  for (std::int32_t d = 0; d < input.rank; ++d) count *= reduce[d] ? input.extent[d] : 1;
  for (std::int64_t r = 0; r < count; ++r) {
    std::int64_t kept = o, reduced = r, place = 0, stride = 1;
    for (std::int32_t d = input.rank - 1; d >= 0; --d) {
      std::int64_t& rest = reduce[d] ? reduced : kept;
      place += rest % input.extent[d] * stride;
      stride *= input.extent[d];
      rest /= input.extent[d];
    }
    start = combine(start, x[place]);
  }
  return start;
}

// floor((x * multiplier + addend) / 2^exponent) through a product of 96 bits, 2^32 * high + low;
// |x| < 2^62, multiplier >= 0, addend in [0, 2^62), exponent in [1, 62].
constexpr std::int64_t shift_product(std::int64_t x, std::int32_t multiplier, std::int64_t addend,
                                     int exponent) {
  const std::int64_t high = (x >> 32) * multiplier;
  const std::uint64_t low =
      static_cast<std::uint64_t>(x & 0xFFFFFFFF) * static_cast<std::uint32_t>(multiplier) +
      static_cast<std::uint64_t>(addend);
  if (exponent > 32) return (high + static_cast<std::int64_t>(low >> 32)) >> (exponent - 32);
  return high * (std::int64_t{1} << (32 - exponent)) + static_cast<std::int64_t>(low >> exponent);
}

// multiply_by_quantized_multiplier for sums of more than 32 bits, |sum| * 2^max(shift, 0) < 2^62,
// multiplier >= 0: the same formulas.
constexpr std::int64_t rescale_sum(std::int64_t sum, const Rescale& factor, Rounding rounding) {
  const std::int32_t multiplier = factor.multiplier, shift = factor.shift;
  const int right = shift < 0 ? -shift : 0;
  const std::int64_t half = std::int64_t{1} << (30 - shift);
  // What SaturatingRoundingDoublingHighMul makes of the shifted sum.
  const auto doubling_high = [&] {
    const std::int64_t shifted = sum * (std::int64_t{1} << (shift > 0 ? shift : 0));
    return shift_product(shifted, multiplier, std::int64_t{1} << 30, 31);
  };
  switch (rounding) {
    case Rounding::tflite: return rounding_divide_by_pot(doubling_high(), right);
    case Rounding::double_up: return (doubling_high() + ((std::int64_t{1} << right) >> 1)) >> right;
    case Rounding::single: break;
    case Rounding::floor: return shift_product(sum, multiplier, 0, 31 - shift);
    case Rounding::nvdla: {
      constexpr std::int32_t kScale = ~0xFFFF;
      return shift_product(sum, multiplier & kScale, half - (sum < 0 ? 1 : 0), 31 - shift);
    }
    case Rounding::float32_half_even: return float32_product(sum, multiplier, shift);
  }
  return shift_product(sum, multiplier, half, 31 - shift);
}

template <class Out>
constexpr Out rescaled_sum(std::int64_t sum, const Output& output) {
  const std::int64_t value = output.zero_point + rescale_sum(sum, output.rescale, output.rounding);
  return saturate<Out>(clamp(saturate<std::int32_t>(value), output.min, output.max));
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
