// SPDX-License-Identifier: Apache-2.0
// From ranges of real numbers to scales and zero points, and numbers through them: what a converter
// decides once a calibrator has chosen the ranges. Host side.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "octet/quantize/quantize.hpp"

namespace octet::inline OCTET_BASELINE {

// Real numbers from min to max, both included.
struct RealRange {
  float min = 0;
  float max = 0;

  constexpr float largest() const { return std::max(-min, max); }
  friend constexpr bool operator==(const RealRange&, const RealRange&) = default;
};

// The scale and the zero point with which T (int8, uint8, int16) covers a range and holds 0
// exactly:
//
//   scale = (max - min) / (highest - lowest)
//   zero_point = round(lowest - min / scale)
//
// A range that does not reach 0 is extended to it. Of both ends that the zero point can be computed
// from the one with the smaller rounding error is taken, and the result is rounded to an element:
// "nudged". A range of 0 alone gets the scale 1, one of what is no number a scale that is none,
// which has no multiplier.
// Source: ChooseQuantizationParams of TensorFlow Lite, kernels/internal/quantization_util.h.
template <class T>
constexpr TensorQuantization asymmetric_quantization(const RealRange& range) {
  constexpr double lowest = std::numeric_limits<T>::min();
  constexpr double highest = std::numeric_limits<T>::max();
  const double min = std::min(range.min, 0.0f), max = std::max(range.max, 0.0f);
  if (min == max) return {1, 0};
  const double scale = (max - min) / (highest - lowest);
  const double from_min = lowest - min / scale, from_max = highest - max / scale;
  const auto magnitude = [](double x) { return x < 0 ? -x : x; };
  const double error_of_min = magnitude(lowest) + magnitude(min / scale);
  const double error_of_max = magnitude(highest) + magnitude(max / scale);
  const double zero_point = error_of_min < error_of_max ? from_min : from_max;
  // In this order, which lets no NaN through.
  const double clamped = std::min(std::max(lowest, zero_point), highest);
  const auto whole = static_cast<std::int32_t>(clamped);
  const double rest = clamped - whole;
  return {static_cast<float>(scale), whole + (rest >= 0.5 ? 1 : 0) - (rest <= -0.5 ? 1 : 0)};
}

// The scale with which signed elements of `bits` bits cover [-largest, largest] evenly, so that the
// zero point is 0 and the lowest element is never used: weights, 16-bit activations, TensorRT.
constexpr TensorQuantization symmetric_quantization(float largest, int bits = 8) {
  if (!(largest > 0)) return {1, 0};
  return {largest / static_cast<float>((std::int64_t{1} << (bits - 1)) - 1), 0};
}

// What the elements of T stand for: the (min, max) pair by which TensorFlow 1.x knows a tensor.
template <class T>
constexpr RealRange real_range(const TensorQuantization& quantization) {
  const auto real = [&](std::int32_t element) {
    return quantization.scale * static_cast<float>(element - quantization.zero_point);
  };
  return {real(std::numeric_limits<T>::min()), real(std::numeric_limits<T>::max())};
}

// x through an element of T and back: what training with fake quantization does in its forward
// pass. Source: Jacob et al. 2017, equation 12.
template <class T>
constexpr float fake_quantize(float x, const TensorQuantization& quantization) {
  return dequantize(quantize<T>(x, quantization), quantization);
}

}  // namespace octet::inline OCTET_BASELINE
