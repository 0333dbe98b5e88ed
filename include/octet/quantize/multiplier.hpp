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
#include <bit>
#include <cstdint>
#include <limits>

#include "octet/reference/add.hpp"
#include "octet/reference/logistic.hpp"
#include "octet/reference/mul.hpp"
#include "octet/reference/requantize.hpp"
#include "octet/reference/sub.hpp"
#include "octet/reference/tanh.hpp"
#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// The data-dependent half of SoftmaxParams: input.rescale and diff_min.
struct SoftmaxScaling {
  Rescale rescale = {};
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

// The multiplier in [2^30, 2^31) and the shift nearest to `real`; {0, 0} where |real| < 2^-32.
// Where a rounding reads fewer bits of a multiplier, the nearest one of those: 15 for
// Rounding::nvdla, the 24 of a float32 for float32_half_even. But for the roundings of TensorFlow
// Lite shifts stop at 30, with the largest multiplier. Negative numbers give a negative multiplier,
// infinities and NaN give -1; no operation accepts those. Source: QuantizeMultiplier in
// kernels/internal/quantization_util.cc, in the integers that a double is made of, so that tables
// of firmware are constants.
constexpr Rescale quantize_multiplier(double real, Rounding rounding = Rounding::tflite) {
  constexpr int kMantissaBits = 52, kExponentMask = 0x7ff, kExponentBias = 1022;
  const auto bits = std::bit_cast<std::uint64_t>(real);
  int exponent = static_cast<int>(bits >> kMantissaBits) & kExponentMask;
  if (exponent == kExponentMask) return {-1, 0};
  // Numbers of exponent 0 are below 2^-1021.
  if (exponent == 0) return {};
  // real = fraction * 2^(shift - 53), fraction in [2^52, 2^53)
  const std::uint64_t one = std::uint64_t{1} << kMantissaBits;
  const std::uint64_t fraction = (bits & (one - 1)) | one;
  int shift = exponent - kExponentBias;
  const int unread = rounding == Rounding::nvdla               ? 16
                     : rounding == Rounding::float32_half_even ? 7
                                                               : 0;
  const int dropped = kMantissaBits + 1 - 31 + unread;
  auto multiplier =
      static_cast<std::int64_t>((fraction + (std::uint64_t{1} << (dropped - 1))) >> dropped)
      << unread;
  if (multiplier == std::int64_t{1} << 31) {
    multiplier /= 2;
    ++shift;
  }
  if (shift < -31) return {};
  if (rounding != Rounding::tflite && rounding != Rounding::double_up && shift > 30) {
    return {std::numeric_limits<std::int32_t>::max(), 30};
  }
  const bool is_negative = bits >> 63 != 0;
  return {static_cast<std::int32_t>(is_negative ? -multiplier : multiplier), shift};
}

// input_scale / output_scale in double: requantization. This and the multipliers that follow are
// quotients of float32 for Rounding::float32_half_even, as those who round so compute them.
constexpr Rescale rescale_multiplier(float input_scale, float output_scale,
                                     Rounding rounding = Rounding::tflite) {
  if (rounding == Rounding::float32_half_even) {
    return quantize_multiplier(double{input_scale / output_scale}, rounding);
  }
  return quantize_multiplier(double{input_scale} / double{output_scale}, rounding);
}

// input_scale * filter_scale / output_scale in double: convolutions and per-channel fully connected
// layers, once for each output channel.
// Source: PopulateConvolutionQuantizationParams in kernels/kernel_util.cc.
constexpr Rescale convolution_multiplier(float input_scale, float filter_scale, float output_scale,
                                         Rounding rounding = Rounding::tflite) {
  if (rounding == Rounding::float32_half_even) {
    return rescale_multiplier(input_scale * filter_scale, output_scale, rounding);
  }
  return quantize_multiplier(double{input_scale} * double{filter_scale} / double{output_scale},
                             rounding);
}

// The same with the product in float32: fully connected layers with one scale.
// Source: GetQuantizedConvolutionMultipler in kernels/kernel_util.cc.
constexpr Rescale fully_connected_multiplier(float input_scale, float filter_scale,
                                             float output_scale,
                                             Rounding rounding = Rounding::tflite) {
  return rescale_multiplier(input_scale * filter_scale, output_scale, rounding);
}

// input_scale / output_scale / count for the mean of `count` elements: the quotient by count is an
// integer division of the quantized multiplier, which may leave it below 2^30.
// Source: QuantizedMeanOrSum in kernels/internal/reference/reduce.h.
constexpr Rescale mean_multiplier(float input_scale, float output_scale, std::int64_t count,
                                  Rounding rounding = Rounding::tflite) {
  if (rounding == Rounding::float32_half_even) {
    return rescale_multiplier(input_scale, output_scale * static_cast<float>(count), rounding);
  }
  const auto [multiplier, shift] = rescale_multiplier(input_scale, output_scale, rounding);
  if (count < 1 || multiplier < 0) return {-1, 0};
  int floor_log2 = 0;
  while (count >> (floor_log2 + 1) != 0) ++floor_log2;
  const int room = 31 + static_cast<int>(shift);
  const int gained = floor_log2 < room ? std::min(floor_log2, 32) : std::min(room, 32);
  const std::int64_t widened = std::int64_t{multiplier} * (std::int64_t{1} << gained);
  return {static_cast<std::int32_t>(widened / count), shift - gained};
}

// beta * input_scale as a multiplier of differences in Q<integer_bits>, and the lowest difference
// that still fits that format. Source: PreprocessSoftmaxScaling and CalculateInputRadius in
// kernels/internal/quantization_util.cc.
constexpr SoftmaxScaling preprocess_softmax_scaling(double beta, double input_scale,
                                                    int integer_bits = 5) {
  const double highest = std::numeric_limits<std::int32_t>::max();
  const double real = beta * input_scale * static_cast<double>(1 << (31 - integer_bits));
  const bool is_infinite = real > std::numeric_limits<double>::max();  // has no multiplier
  const Rescale rescale = quantize_multiplier(is_infinite ? real : std::min(real, highest));
  if (rescale.shift < 0) return {rescale, 0};
  const std::int64_t highest_difference = ((std::int64_t{1} << integer_bits) - 1)
                                          << (31 - integer_bits);
  return {rescale, -static_cast<std::int32_t>(highest_difference >> rescale.shift)};
}

// The clamp that an activation becomes in the output's units, cut to the range of T: zero_point +
// round(bound / scale) with the quotient in float32.
// Source: CalculateActivationRangeQuantized in kernels/kernel_util.cc.
template <class T>
constexpr ActivationRange quantized_activation_range(Activation activation, float scale,
                                                     std::int32_t zero_point) {
  constexpr std::int32_t lowest = std::numeric_limits<T>::min();
  constexpr std::int32_t highest = std::numeric_limits<T>::max();
  const auto quantized = [&](float bound) {
    const float steps = bound / scale;
    // Beyond 2^24, and for no number, the result is outside every output type anyway.
    const float limited = steps > -0x1p24f ? std::min(steps, 0x1p24f) : -0x1p24f;
    const auto whole = static_cast<std::int64_t>(limited);
    const float rest = limited - static_cast<float>(whole);
    const std::int64_t value =
        zero_point + whole + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0);
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

// A quantized tensor as an operand: real = scale * (q - zero_point).
struct TensorQuantization {
  float scale = 1;
  std::int32_t zero_point = 0;
};

// The operands of an operation of two inputs and what is fused behind it: of shape1 and shape2,
// which broadcast.
struct BinaryQuantization {
  Shape shape1 = {};
  TensorQuantization input1 = {};
  Shape shape2 = {};
  TensorQuantization input2 = {};
  TensorQuantization output = {};
  Activation activation = Activation::none;
  Rounding rounding = Rounding::tflite;
};

// The output of an operation with that activation; rescale is left to the operation.
template <class T>
constexpr Output output_of(const TensorQuantization& output, Activation activation,
                           Rounding rounding) {
  const auto range = quantized_activation_range<T>(activation, output.scale, output.zero_point);
  return {.zero_point = output.zero_point,
          .rescale = {},
          .min = range.min,
          .max = range.max,
          .rounding = rounding};
}

namespace detail {

// factor1, factor2: quotients by twice the larger scale; factor: its quotient by the output's
// scale, less the headroom.
template <class T>
constexpr AddParams shared_scale_params(const BinaryQuantization& q, double factor1, double factor2,
                                        double factor) {
  AddParams params{
      .input1 = {q.shape1, q.input1.zero_point, quantize_multiplier(factor1, q.rounding)},
      .input2 = {q.shape2, q.input2.zero_point, quantize_multiplier(factor2, q.rounding)},
      .left_shift = sizeof(T) == 1 ? 20 : 15,
      .output = output_of<T>(q.output, q.activation, q.rounding)};
  params.output.rescale = quantize_multiplier(factor, q.rounding);
  return params;
}

// The factors of a sum as XNNPACK has them: whole multiples of 2^-shift, the larger one in [2^20,
// 2^21]. Products with them are exact, so the only rounding is that of the sum, halves up.
// Quotients of scales beyond what XNNPACK takes give no factors. Source: XNNPACK's
// init_qs8_add_minmax_scalar_params in src/microparams-init.c.
struct WholeFactors {
  std::int32_t factor1 = 0, factor2 = 0, shift = 0;

  constexpr WholeFactors(float quotient1, float quotient2) {
    if (!is_taken(quotient1) || !is_taken(quotient2)) return;
    const float larger = std::max(quotient1, quotient2);
    shift = 20 - (static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(larger) >> 23) - 127);
    factor1 = nearest(quotient1);
    factor2 = nearest(quotient2);
  }
  constexpr bool exist() const { return shift != 0; }

 private:
  static constexpr bool is_taken(float quotient) {
    return quotient >= 0x1p-10f && quotient < 0x1p8f;
  }
  constexpr std::int32_t nearest(float quotient) const {  // halves to even
    const double scaled = double{quotient} * static_cast<double>(std::int64_t{1} << shift);
    const auto whole = static_cast<std::int32_t>(scaled);
    const double rest = scaled - whole;
    return whole + (rest > 0.5 || (rest == 0.5 && whole % 2 != 0) ? 1 : 0);
  }
};

// The parameters of a sum or a difference whose quotients are computed in Real. Sums of bytes for
// Rounding::float32_half_even have whole factors.
template <class T, class Real>
constexpr AddParams sum_params(const BinaryQuantization& q) {
  const Real scale1 = q.input1.scale, scale2 = q.input2.scale;
  const Real shared = 2 * std::max(scale1, scale2);
  const Real headroom = sizeof(T) == 1 ? 1 << 20 : 1 << 15;
  AddParams params = shared_scale_params<T>(q, double{scale1 / shared}, double{scale2 / shared},
                                            double{shared / (headroom * Real{q.output.scale})});
  const WholeFactors factors(q.input1.scale / q.output.scale, q.input2.scale / q.output.scale);
  if (sizeof(T) != 1 || q.rounding != Rounding::float32_half_even || !factors.exist())
    return params;
  params.left_shift = 22;
  const double unit = 1 << params.left_shift;
  params.input1.rescale = quantize_multiplier(factors.factor1 / unit);
  params.input2.rescale = quantize_multiplier(factors.factor2 / unit);
  params.output.rescale = {1 << 30, 1 - factors.shift};
  params.output.rounding = Rounding::single;
  return params;
}

}  // namespace detail

// The parameters of an addition: both inputs are brought to twice the larger input scale, with 20
// (8-bit types) or 15 (int16) bits of headroom; all quotients in double. For
// Rounding::float32_half_even those of XNNPACK, which rounds sums of bytes once, halves up.
// Source: CalculateOpDataAdd in micro/kernels/add_common.cc.
template <class T>
constexpr AddParams add_params(const BinaryQuantization& q) {
  return detail::sum_params<T, double>(q);
}

// The same of a difference, with all quotients in float32.
// Source: SubPrepare in micro/kernels/sub_common.cc.
template <class T>
constexpr SubParams sub_params(const BinaryQuantization& q) {
  return detail::sum_params<T, float>(q);
}

// The parameters of a product: input1's scale times input2's over the output's, in double.
// Source: CalculateOpDataMul in micro/kernels/mul_common.cc.
template <class T>
constexpr MulParams mul_params(const BinaryQuantization& q) {
  MulParams params{.input1 = {q.shape1, q.input1.zero_point, {}},
                   .input2 = {q.shape2, q.input2.zero_point, {}},
                   .output = output_of<T>(q.output, q.activation, q.rounding)};
  params.output.rescale =
      convolution_multiplier(q.input1.scale, q.input2.scale, q.output.scale, q.rounding);
  return params;
}

// A tensor in another scale, zero point or type; the quotient in double.
// Source: PrepareQuantizeReference in micro/kernels/quantize_common.cc.
constexpr RequantizeParams requantize_params(const Shape& shape, const TensorQuantization& input,
                                             const TensorQuantization& output,
                                             Rounding rounding = Rounding::tflite) {
  return {.input = {shape, input.zero_point, {}},
          .output = {.zero_point = output.zero_point,
                     .rescale = rescale_multiplier(input.scale, output.scale, rounding),
                     .rounding = rounding}};
}

// The parameters of logistic and tanh of 8 bits: differences from the zero point become Q4.27, and
// those that leave it are beyond the radius.
// Source: CalculateArithmeticOpData in micro/kernels/logistic_common.cc, CalculateInputRadius in
// kernels/internal/quantization_util.cc.
constexpr LogisticParams logistic_params(const Shape& shape, const TensorQuantization& input) {
  constexpr int kIntegerBits = reference::kLogisticIntegerBits;
  const Rescale factor =
      quantize_multiplier(double{input.scale} * double{1 << (31 - kIntegerBits)});
  const std::int64_t highest = ((std::int64_t{1} << kIntegerBits) - 1) << (31 - kIntegerBits);
  const std::int64_t radius = highest >> std::clamp<std::int32_t>(factor.shift, 0, 62);
  return {.input = {shape, input.zero_point, factor},
          .input_range_radius = static_cast<std::int32_t>(radius)};
}
constexpr TanhParams tanh_params(const Shape& shape, const TensorQuantization& input) {
  return logistic_params(shape, input);
}

}  // namespace octet::inline OCTET_BASELINE
