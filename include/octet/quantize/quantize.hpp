// SPDX-License-Identifier: Apache-2.0
// Real numbers to quantized ones and back: the edges of a model.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "octet/quantize/multiplier.hpp"
#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// zero_point + round(real / scale) with the quotient in float32, halves away from zero, and the
// nearest T where that does not fit. The zero point is a value of T. No number gives the lowest T,
// which the source leaves open.
// Source: AffineQuantize in kernels/internal/reference/quantize.h.
template <class T>
constexpr T quantize(float real, const TensorQuantization& to) {
  static_assert(sizeof(T) <= 2, "float32 holds every difference of two values of T");
  const float lowest = static_cast<float>(std::numeric_limits<T>::min() - to.zero_point);
  const float highest = static_cast<float>(std::numeric_limits<T>::max() - to.zero_point);
  // In this order, which lets no NaN through and is one instruction each.
  const float steps = std::min(std::max(lowest, real / to.scale), highest);
  const auto whole = static_cast<std::int32_t>(steps);
  const float rest = steps - static_cast<float>(whole);
  return static_cast<T>(to.zero_point + whole + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0));
}

// scale * (value - zero_point) rounded once, to float32.
// Source: Dequantize in kernels/internal/reference/dequantize.h.
template <class T>
constexpr float dequantize(T value, const TensorQuantization& from) {
  static_assert(sizeof(T) <= 2, "the source's product in double is exact");
  return from.scale * static_cast<float>(value - from.zero_point);
}

// The same of whole tensors, as many elements as both hold.
template <class T>
constexpr void quantize(std::span<const float> input, const TensorQuantization to,
                        std::span<T> output) {
  const std::size_t count = std::min(input.size(), output.size());
  for (std::size_t i = 0; i < count; ++i) output[i] = quantize<T>(input[i], to);
}
template <class T>
constexpr void dequantize(std::span<const T> input, const TensorQuantization from,
                          std::span<float> output) {
  const std::size_t count = std::min(input.size(), output.size());
  for (std::size_t i = 0; i < count; ++i) output[i] = dequantize(input[i], from);
}

}  // namespace octet::inline OCTET_BASELINE
