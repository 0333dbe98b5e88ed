// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

#include "octet/fixed_point_math.hpp"
#include "octet/reference/output_element.hpp"

namespace octet::inline OCTET_BASELINE {

// input.rescale makes Q4.27 of x - input.zero_point where that is within input_range_radius.
struct LogisticParams {
  Operand input = {};
  std::int32_t input_range_radius = 0;
};

// Of int16: (x * multiplier + half) >> right_shift is the input in steps of 1 / (3 * 2^12).
struct LogisticInt16Params {
  Operand input = {};
  std::int32_t multiplier = 0, right_shift = 0;
};

namespace reference {

inline constexpr int kLogisticIntegerBits = 4;

// function(r) for r = input.rescale(x - input.zero_point) in Q4.27, saturated; the limits of T
// beyond input_range_radius, where r leaves that format.
template <class T, class Function>
constexpr T sigmoid(const LogisticParams& p, T x, Function function) {
  const std::int32_t centred = x - p.input.zero_point;
  if (centred <= -p.input_range_radius) return std::numeric_limits<T>::min();
  if (centred >= p.input_range_radius) return std::numeric_limits<T>::max();
  return saturate<T>(function(rescale(centred, p.input.rescale, Rounding::tflite)));
}

// y = 1 / (1 + exp(-r)), r = scale * (x - input.zero_point), for T = int8 with an output of scale
// 1/256 and zero point -128. The function is computed in fixed point, with one rounding to 8 bits.
// Source: kernels/internal/reference/integer_ops/logistic.h of tflite-micro.
template <class T>
constexpr T logistic(const LogisticParams& p, T x) {
  return sigmoid(p, x, [](std::int32_t r) {
    const std::int32_t value = fixed_point_logistic<kLogisticIntegerBits>(r);
    return rounding_divide_by_pot(value, 31 - 8) + std::numeric_limits<T>::min();
  });
}

// The argument of int16 functions: rounded, halves up.
constexpr std::int32_t sigmoid_argument(const LogisticInt16Params& p, std::int16_t x) {
  const std::int32_t half = (std::int32_t{1} << p.right_shift) >> 1;
  return (x * p.multiplier + half) >> p.right_shift;
}

// The same with an output of scale 2^-15 and zero points 0, interpolated in a table.
constexpr std::int16_t logistic(const LogisticInt16Params& p, std::int16_t x) {
  return interpolated_logistic(sigmoid_argument(p, x));
}

// The same of a tensor.
template <class Params, class T>
constexpr void logistic(const Params& p, const T* input, T* output) {
  for_each_element(p.input, input, output, [&](T x) { return logistic(p, x); });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
