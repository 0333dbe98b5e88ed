// SPDX-License-Identifier: Apache-2.0
// From scales to integer parameters, on the host and before anything runs: the only part of the
// library, with the rest of quantize/, that computes with floating point. Which products are
// float32 and which are double decides the last bit of a multiplier, so every function follows
// tflite-micro's kernels to the operation and says which one.
//
// None of these functions fails. Scales that are not positive finite numbers give parameters that
// prepare refuses.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "octet/reference/add.hpp"
#include "octet/types.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// The data-dependent half of SoftmaxParams.
struct SoftmaxScaling {
  std::int32_t input_multiplier = 0;
  std::int32_t input_left_shift = 0;
  std::int32_t diff_min = 0;
};

// The function fused behind a layer; all of them are clamps.
enum class Activation : std::uint8_t { none, relu, relu6, relu_n1_to_1 };

struct ActivationRange {
  std::int32_t min = 0;
  std::int32_t max = 0;

  OCTET_INLINE friend constexpr bool operator==(const ActivationRange& a,
                                                const ActivationRange& b) {
    return a.min == b.min && a.max == b.max;
  }
};

// The multiplier in [2^30, 2^31) and the shift nearest to `real`; {0, 0} where |real| < 2^-32. For
// Rounding::single shifts stop at 30, with the largest multiplier. Negative numbers give a negative
// multiplier, infinities and NaN give -1; no operation accepts those.
// Source: QuantizeMultiplier in kernels/internal/quantization_util.cc.
inline Rescale quantize_multiplier(double real, Rounding rounding = Rounding::tflite) {
  if (!std::isfinite(real)) return {-1, 0};
  if (real == 0) return {};
  int shift = 0;
  const double fraction = std::frexp(real, &shift);
  auto multiplier = static_cast<std::int64_t>(std::round(fraction * 2147483648.0));
  if (multiplier == std::int64_t{1} << 31) {
    multiplier /= 2;
    ++shift;
  }
  if (shift < -31) return {};
  if (rounding == Rounding::single && shift > 30) {
    return {std::numeric_limits<std::int32_t>::max(), 30};
  }
  return {static_cast<std::int32_t>(multiplier), shift};
}

// input_scale / output_scale in double: requantization.
inline Rescale rescale_multiplier(float input_scale, float output_scale,
                                  Rounding rounding = Rounding::tflite) {
  return quantize_multiplier(double{input_scale} / double{output_scale}, rounding);
}

// input_scale * filter_scale / output_scale in double: convolutions and per-channel fully connected
// layers, once for each output channel.
// Source: PopulateConvolutionQuantizationParams in kernels/kernel_util.cc.
inline Rescale convolution_multiplier(float input_scale, float filter_scale, float output_scale,
                                      Rounding rounding = Rounding::tflite) {
  return quantize_multiplier(double{input_scale} * double{filter_scale} / double{output_scale},
                             rounding);
}

// The same with the product in float32: fully connected layers with one scale.
// Source: GetQuantizedConvolutionMultipler in kernels/kernel_util.cc.
inline Rescale fully_connected_multiplier(float input_scale, float filter_scale, float output_scale,
                                          Rounding rounding = Rounding::tflite) {
  const float product = input_scale * filter_scale;
  return quantize_multiplier(double{product} / double{output_scale}, rounding);
}

// input_scale / output_scale / count for the mean of `count` elements: the quotient by count is an
// integer division of the quantized multiplier, which may leave it below 2^30.
// Source: QuantizedMeanOrSum in kernels/internal/reference/reduce.h.
inline Rescale mean_multiplier(float input_scale, float output_scale, std::int64_t count,
                               Rounding rounding = Rounding::tflite) {
  const auto [multiplier, shift] = rescale_multiplier(input_scale, output_scale, rounding);
  if (count < 1 || multiplier < 0) return {-1, 0};
  int floor_log2 = 0;
  while (count >> (floor_log2 + 1) != 0) ++floor_log2;
  const int gained = std::min({floor_log2, 32, 31 + shift});
  const std::int64_t widened = std::int64_t{multiplier} * (std::int64_t{1} << gained);
  return {static_cast<std::int32_t>(widened / count), shift - gained};
}

// beta * input_scale as a multiplier of differences in Q<integer_bits>, and the lowest difference
// that still fits that format. Source: PreprocessSoftmaxScaling and CalculateInputRadius in
// kernels/internal/quantization_util.cc.
inline SoftmaxScaling preprocess_softmax_scaling(double beta, double input_scale,
                                                 int integer_bits = 5) {
  const double highest = std::numeric_limits<std::int32_t>::max();
  const double real = beta * input_scale * static_cast<double>(1 << (31 - integer_bits));
  const auto [multiplier, left_shift] = quantize_multiplier(std::min(real, highest));
  if (left_shift < 0) return {multiplier, left_shift, 0};
  const std::int64_t highest_difference = ((std::int64_t{1} << integer_bits) - 1)
                                          << (31 - integer_bits);
  return {multiplier, left_shift, -static_cast<std::int32_t>(highest_difference >> left_shift)};
}

// The clamp that an activation becomes in the output's units, cut to the range of T: zero_point +
// round(bound / scale) with the quotient in float32.
// Source: CalculateActivationRangeQuantized in kernels/kernel_util.cc.
template <class T>
ActivationRange quantized_activation_range(Activation activation, float scale,
                                           std::int32_t zero_point) {
  constexpr std::int32_t lowest = std::numeric_limits<T>::min();
  constexpr std::int32_t highest = std::numeric_limits<T>::max();
  const auto quantized = [&](float bound) {
    const float steps = std::round(bound / scale);
    // Beyond 2^24 the result is outside every output type anyway.
    const float limited = steps > -0x1p24f ? std::min(steps, 0x1p24f) : -0x1p24f;
    const std::int64_t value = zero_point + static_cast<std::int64_t>(limited);
    return static_cast<std::int32_t>(
        std::clamp(value, std::int64_t{lowest}, std::int64_t{highest}));
  };
  switch (activation) {
    case Activation::relu: return {quantized(0.0f), highest};
    case Activation::relu6: return {quantized(0.0f), quantized(6.0f)};
    case Activation::relu_n1_to_1: return {quantized(-1.0f), quantized(1.0f)};
    case Activation::none: break;
  }
  return {lowest, highest};
}

// The parameters of an addition: both inputs are brought to twice the larger input scale, with 20
// (8-bit types) or 15 (int16) bits of headroom; all quotients in double.
// Source: CalculateOpDataAdd in micro/kernels/add_common.cc.
template <class T>
AddParams add_params(float scale1, std::int32_t zero_point1, float scale2, std::int32_t zero_point2,
                     float output_scale, std::int32_t output_zero_point,
                     Activation activation = Activation::none,
                     Rounding rounding = Rounding::tflite) {
  const std::int32_t left_shift = sizeof(T) == 1 ? 20 : 15;
  const double shared_scale = 2.0 * double{std::max(scale1, scale2)};
  const double headroom = 1 << left_shift;
  const auto input1 = quantize_multiplier(double{scale1} / shared_scale, rounding);
  const auto input2 = quantize_multiplier(double{scale2} / shared_scale, rounding);
  const auto output =
      quantize_multiplier(shared_scale / (headroom * double{output_scale}), rounding);
  const auto range = quantized_activation_range<T>(activation, output_scale, output_zero_point);
  return {.input1 = {zero_point1, input1.multiplier, input1.shift},
          .input2 = {zero_point2, input2.multiplier, input2.shift},
          .left_shift = left_shift,
          .zero_point = output_zero_point,
          .multiplier = output.multiplier,
          .shift = output.shift,
          .min = range.min,
          .max = range.max,
          .rounding = rounding};
}

}  // namespace OCTET_BASELINE
}  // namespace octet
