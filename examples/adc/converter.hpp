// SPDX-License-Identifier: Apache-2.0
// An analog-to-digital converter of `bits` bits over [-1, 1].
//
//   sample = clamp(round(x / step), -2^(bits - 1), 2^(bits - 1) - 1), step = 2 / 2^bits
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <octet/quantize/range.hpp>

namespace adc {

inline octet::TensorQuantization converter(int bits) {
  return {std::exp2(1.0f - static_cast<float>(bits)), 0};
}

inline std::int32_t convert(float x, int bits) {
  const std::int32_t half = 1 << (bits - 1);
  const float steps = std::round(x / converter(bits).scale);
  return std::clamp(static_cast<std::int32_t>(steps), -half, half - 1);
}

// The upper bits of T, as a converter is wired to it.
template <class T>
T convert_to(float x, int bits) {
  return static_cast<T>(convert(x, bits) * (1 << (static_cast<int>(8 * sizeof(T)) - bits)));
}

}  // namespace adc
