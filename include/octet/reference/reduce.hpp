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

// multiply_by_quantized_multiplier for sums of more than 32 bits, |sum| * 2^max(shift, 0) < 2^62,
// multiplier >= 0: the same formulas, with products of 96 bits. sum * multiplier is
// 2^32 * high + low.
constexpr std::int64_t rescale_sum(std::int64_t sum, const Rescale& factor, Rounding rounding) {
  const auto [multiplier, shift] = factor;
  const int left = rounding == Rounding::tflite && shift > 0 ? shift : 0;
  const std::int64_t shifted = sum * (std::int64_t{1} << left);
  const std::int64_t high = (shifted >> 32) * multiplier;
  const std::uint64_t low =
      static_cast<std::uint64_t>(shifted & 0xFFFFFFFF) * static_cast<std::uint32_t>(multiplier);
  if (rounding == Rounding::tflite) {
    // floor((2^32 * high + low + 2^30) / 2^31) is SaturatingRoundingDoublingHighMul.
    const auto carry = static_cast<std::int64_t>((low + (std::uint64_t{1} << 30)) >> 31);
    return rounding_divide_by_pot(2 * high + carry, shift < 0 ? -shift : 0);
  }
  const std::uint64_t rounded = low + (std::uint64_t{1} << (30 - shift));
  const int right = 31 - shift;
  if (right > 32) return (high + static_cast<std::int64_t>(rounded >> 32)) >> (right - 32);
  return high * (std::int64_t{1} << (32 - right)) + static_cast<std::int64_t>(rounded >> right);
}

template <class Out>
constexpr Out rescaled_sum(std::int64_t sum, const Output& output) {
  const std::int64_t value = output.zero_point + rescale_sum(sum, output.rescale, output.rounding);
  return saturate<Out>(clamp(saturate<std::int32_t>(value), output.min, output.max));
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
