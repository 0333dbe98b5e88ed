// SPDX-License-Identifier: Apache-2.0
// From scales to integer parameters, as in quantize/multiplier.hpp: activations and functions of
// one tensor, and tables that floating point fills.
#pragma once

#include <cmath>
#include <numbers>

#include "octet/quantize/multiplier.hpp"
#include "octet/reference/abs.hpp"
#include "octet/reference/hard_swish.hpp"
#include "octet/reference/leaky_relu.hpp"
#include "octet/reference/lookup.hpp"
#include "octet/reference/rsqrt.hpp"

namespace octet::inline OCTET_BASELINE {

// The parameters of abs; the quotient in float32.
// Source: SetAbsOutputMultiplier in micro/kernels/elementwise.cc.
constexpr AbsParams abs_params(const Shape& shape, const TensorQuantization& input,
                               const TensorQuantization& output,
                               Rounding rounding = Rounding::tflite) {
  AbsParams params = requantize_params(shape, input, output, rounding);
  params.output.rescale = quantize_multiplier(double{input.scale / output.scale}, rounding);
  return params;
}

// The parameters of relu, relu6 and relu_n1_to_1: a requantization with a clamp, the quotient in
// float32. For the last two the source does not rescale: input and output are the same there.
// Source: CalculateReluOpData and Relu6Prepare in micro/kernels/activations_common.cc.
template <class T>
constexpr RequantizeParams relu_params(const Shape& shape, const TensorQuantization& input,
                                       const TensorQuantization& output,
                                       Activation activation = Activation::relu,
                                       Rounding rounding = Rounding::tflite) {
  RequantizeParams params = abs_params(shape, input, output, rounding);
  const auto range = quantized_activation_range<T>(activation, output.scale, output.zero_point);
  params.output.min = range.min;
  params.output.max = range.max;
  return params;
}

// The parameters of leaky_relu; all quotients in float32.
// Source: CalculateOpDataLeakyRelu in micro/kernels/leaky_relu_common.cc.
constexpr LeakyReluParams leaky_relu_params(const Shape& shape, float alpha,
                                            const TensorQuantization& input,
                                            const TensorQuantization& output,
                                            Rounding rounding = Rounding::tflite) {
  const float above = input.scale / output.scale;
  const float below = input.scale * alpha / output.scale;
  return {.input = {shape, input.zero_point,
                    quantize_multiplier(double{below < 0 ? -below : below}, rounding)},
          .negates = below < 0,
          .output = {.zero_point = output.zero_point,
                     .rescale = quantize_multiplier(double{above}, rounding),
                     .rounding = rounding}};
}

// The parameters of hard_swish; quotients in float32, multipliers of 16 bits.
// Source: HardSwishPrepare in micro/kernels/hard_swish_common.cc.
constexpr HardSwishParams hard_swish_params(const Shape& shape, const TensorQuantization& input,
                                            const TensorQuantization& output) {
  const float scale = (1.0f / 128.0f) * input.scale;
  const auto reduced = [](float real) {
    const Rescale rescale = quantize_multiplier(double{real});
    if (rescale.multiplier < 0) return rescale;  // refused, where -1 would be reduced to 0
    return Rescale{reduced_multiplier(rescale.multiplier), rescale.shift};
  };
  return {.input = {shape, input.zero_point, reduced(scale / (3.0f / 32768.0f))},
          .output = {.zero_point = output.zero_point, .rescale = reduced(scale / output.scale)}};
}

// The parameters of rsqrt; root and product in float32. Source: SetRsqrtOutputMultiplier in
// micro/kernels/elementwise.cc.
inline RsqrtParams rsqrt_params(const Shape& shape, const TensorQuantization& input,
                                const TensorQuantization& output,
                                Rounding rounding = Rounding::tflite) {
  const float product = std::sqrt(input.scale) * output.scale;
  return {.input = {shape, input.zero_point, {}},
          .output = {.zero_point = output.zero_point,
                     .rescale = quantize_multiplier(1.0 / double{product}, rounding),
                     .rounding = rounding}};
}

// The parameters of logistic and tanh of int16: powers of two are multiplied exactly, other scales
// by multipliers of 15 bits that the source cuts off.
// Source: CalculateArithmeticOpDataLogistic in micro/kernels/logistic_common.cc, with one power
// less than CalculateArithmeticOpData in micro/kernels/tanh.cc.
namespace detail {
constexpr LogisticInt16Params sigmoid_int16_params(const Shape& shape, float scale, bool is_tanh) {
  // A thousandth of a power of two apart is that power: CheckedLog2 in
  // kernels/internal/quantization_util.cc.
  const auto is_about = [&](double power) {
    return double{scale} > 0.9993071 * power && double{scale} < 1.0006934 * power;
  };
  if (is_about(0x1p-12)) return {{shape, 0, {}}, 3, 0};
  if (is_tanh && is_about(0x1p-11)) return {{shape, 0, {}}, 6, 0};
  double multiplier = double{scale} * 4096.0 * 3.0;
  std::int32_t right_shift = 0;
  for (; multiplier <= 32767.0 / 2.0 && right_shift <= 30; ++right_shift) multiplier *= 2.0;
  // Larger ones are refused, and so is 0: of what is negative or no number.
  const double cut = multiplier > 0 ? std::min(multiplier, 65536.0) : 0;
  return {{shape, 0, {}}, static_cast<std::int32_t>(cut), right_shift};
}
}  // namespace detail
constexpr LogisticInt16Params logistic_int16_params(const Shape& shape,
                                                    const TensorQuantization& input) {
  LogisticInt16Params params = detail::sigmoid_int16_params(shape, input.scale, false);
  params.input.zero_point = input.zero_point;
  return params;
}
constexpr TanhInt16Params tanh_int16_params(const Shape& shape, const TensorQuantization& input) {
  TanhInt16Params params = detail::sigmoid_int16_params(shape, input.scale, true);
  params.input.zero_point = input.zero_point;
  return params;
}

// The table of function(x), a function of float32, for elements of T; no number becomes the lowest.
// Source: PopulateLookupTable in micro/kernels/elu.cc.
template <class T, class Function>
LookupParams lookup_params(const Shape& shape, const TensorQuantization& input,
                           const TensorQuantization& output, const Function& function) {
  constexpr std::int32_t lowest = std::numeric_limits<T>::min();
  constexpr std::int32_t highest = std::numeric_limits<T>::max();
  const float inverse_scale = 1 / output.scale;
  LookupParams params{.input = {shape, input.zero_point, {}}};
  for (std::int32_t x = lowest; x <= highest; ++x) {
    // Exact for every zero point of T, and defined for those that prepare refuses.
    const float real = input.scale * (static_cast<float>(x) - static_cast<float>(input.zero_point));
    const float steps = std::round(static_cast<float>(function(real)) * inverse_scale) +
                        static_cast<float>(output.zero_point);
    const float clamped = steps > static_cast<float>(lowest)
                              ? std::min(steps, static_cast<float>(highest))
                              : static_cast<float>(lowest);
    params.entries[static_cast<std::uint8_t>(x)] =
        static_cast<std::uint8_t>(static_cast<std::int32_t>(clamped));
  }
  return params;
}

// exp(x) - 1 below 0, x from there on. Source: CalculateOpData in micro/kernels/elu.cc.
template <class T>
LookupParams elu_params(const Shape& shape, const TensorQuantization& input,
                        const TensorQuantization& output) {
  return lookup_params<T>(shape, input, output,
                          [](float x) { return x < 0.0f ? std::exp(x) - 1.0f : x; });
}

// e^x. Source: ExpPrepare in kernels/exp.cc.
template <class T>
LookupParams exp_params(const Shape& shape, const TensorQuantization& input,
                        const TensorQuantization& output) {
  return lookup_params<T>(shape, input, output, [](float x) { return std::exp(x); });
}

// x times the share of a normal distribution below x: x / 2 * (1 + erf(x / sqrt(2))); approximately
// x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))).
// Source: GeluTransform and GeluTransformApproximate in kernels/internal/reference/gelu.h.
constexpr auto kGelu = [](float x) {
  return 0.5f * x * (1.0f + std::erf(x * std::numbers::sqrt2_v<float> / 2));
};
constexpr auto kApproximateGelu = [](float x) {
  constexpr auto kFactor = static_cast<float>(std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
  return 0.5f * x * (1.0f + std::tanh(kFactor * (x + 0.044715f * x * x * x)));
};
template <class T>
LookupParams gelu_params(const Shape& shape, const TensorQuantization& input,
                         const TensorQuantization& output, bool is_approximate) {
  return is_approximate ? lookup_params<T>(shape, input, output, kApproximateGelu)
                        : lookup_params<T>(shape, input, output, kGelu);
}

}  // namespace octet::inline OCTET_BASELINE
