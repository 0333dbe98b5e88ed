// SPDX-License-Identifier: Apache-2.0
// From scales to the integer parameters of operations on rows, beyond those of
// quantize/multiplier.hpp.
#pragma once

#include <cstdint>
#include <span>

#include "octet/quantize/multiplier.hpp"
#include "octet/reference/layer_normalization.hpp"
#include "octet/reference/log_softmax.hpp"
#include "octet/reference/softmax.hpp"

namespace octet::inline OCTET_BASELINE {

// The parameters of a softmax of int16: differences in steps of 10 / 65535, in double.
// Source: CalculateSoftmaxParams in micro/kernels/softmax_common.cc.
constexpr SoftmaxParams softmax_int16_params(const Shape& shape, double beta,
                                             const TensorQuantization& input) {
  const double factor = double{input.scale} * beta / (10.0 / 65535.0);
  return {.input = {shape, input.zero_point, quantize_multiplier(factor)}};
}

// The parameters of the logarithm of a softmax: those of a softmax, and the factor back.
// Source: PreprocessLogSoftmaxScalingExp in kernels/internal/quantization_util.cc.
constexpr LogSoftmaxParams log_softmax_params(const Shape& shape, const TensorQuantization& input) {
  const auto [rescale, diff_min] = preprocess_softmax_scaling(1.0, double{input.scale});
  LogSoftmaxParams params{.input = {shape, input.zero_point, rescale}, .diff_min = diff_min};
  if (rescale.multiplier > 0 && rescale.shift >= 0 && rescale.shift <= 31) {
    const auto one = static_cast<double>(std::int64_t{1} << (31 - rescale.shift));
    params.reverse_rescale = quantize_multiplier(one / rescale.multiplier);
  }
  return params;
}

// The parameters of a layer normalization, weights in steps of weight_scale and the bias in steps
// of weight_scale * 2^-10: the variance is raised by epsilon, a real number.
constexpr LayerNormalizationParams layer_normalization_params(
    const Shape& shape, const TensorQuantization& input, std::span<const std::int8_t> weight,
    float weight_scale, std::span<const std::int32_t> bias, const TensorQuantization& output,
    double epsilon = 0, Rounding rounding = Rounding::tflite) {
  const double n = static_cast<double>(weight.size());
  const double steps = epsilon * n * n / (double{input.scale} * double{input.scale});
  // Scales that are no positive numbers make no number either, which prepare is to refuse.
  const bool is_number = steps >= 0 && steps < 0x1p61;
  constexpr double kNormalStep = 1.0 / (1 << reference::kNormalBits);
  return {.input = {shape, input.zero_point, {}},
          .weight = weight,
          .bias = bias,
          .epsilon = is_number ? static_cast<std::int64_t>(steps + 0.5) : -1,
          .output = {.zero_point = output.zero_point,
                     .rescale = quantize_multiplier(
                         double{weight_scale} * kNormalStep / double{output.scale}, rounding),
                     .rounding = rounding}};
}

}  // namespace octet::inline OCTET_BASELINE
