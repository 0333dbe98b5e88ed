// SPDX-License-Identifier: Apache-2.0
// Division by the number of elements of a window, as a requantization.
#pragma once

#include <cstdint>

#include "octet/detail/config.hpp"

namespace octet::inline OCTET_BASELINE {

// round(sum / count), halves away from zero, as multiply_by_quantized_multiplier(kScale * sum,
// multiplier, -right) with two roundings.
struct Division {
  static constexpr std::int32_t kScale = 4;
  std::int32_t multiplier, right;
};

namespace detail {

// The most elements of type T that the division below is exact for.
template <class T>
inline constexpr std::int32_t kMostPooled = sizeof(T) == 1 ? 1 << 20 : 1 << 12;

// For the sum of `count` elements of T of either signedness, 1 <= count <= kMostPooled<T>.
//
// With 2^k the largest power of two below count (1/2 for a count of 1), right = k + 2 and
// multiplier = ceil(2^(31+k) / count) is in [2^30, 2^31): its relative error is less than 2^-30.
// The closed form of requantize_constants() computes, for y the absolute value of the sum,
//
//   floor( y * (1 + error) / count + 1/2 + 2^-(k+3))    for sums >= 0
//   floor(-y * (1 + error) / count + 1/2 - 2^-(k+3))    for sums < 0
//
// Halves go away from zero because error is not negative. Any other sum / count is at least
// 1 / (2 count) away from a half, 2^-(k+3) is at most 1 / (4 count), and y * error / count, less
// than 2^-22 for bytes and 2^-15 for 16 bits, is at most 1 / (4 count). kScale * |sum| < 2^30 suits
// the vectors.
constexpr Division division_by(std::int32_t count) {
  int width = 0;  // k + 1
  while ((1 << width) < count) ++width;
  const std::int64_t power = std::int64_t{1} << (30 + width);
  const std::int64_t multiplier = (power + count - 1) / count;
  return {static_cast<std::int32_t>(multiplier), width + 1};
}

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE
