// SPDX-License-Identifier: Apache-2.0
// From scales to integer parameters, as in quantize/multiplier.hpp: operations of two tensors that
// are neither sums nor products.
#pragma once

#include "octet/quantize/multiplier.hpp"
#include "octet/reference/add_n.hpp"
#include "octet/reference/comparison.hpp"
#include "octet/reference/div.hpp"
#include "octet/reference/prelu.hpp"
#include "octet/reference/squared_difference.hpp"

namespace octet::inline OCTET_BASELINE {

// The parameters of a squared difference: both inputs are brought to twice the larger input scale,
// with 7 bits of headroom for 8-bit types; all quotients in double.
// Source: PrepareQuantized in micro/kernels/squared_difference.cc.
template <class T>
constexpr SquaredDifferenceParams squared_difference_params(
    const Shape& shape1, const TensorQuantization& input1, const Shape& shape2,
    const TensorQuantization& input2, const TensorQuantization& output,
    Activation activation = Activation::none, Rounding rounding = Rounding::tflite) {
  const double shared = 2.0 * double{std::max(input1.scale, input2.scale)};
  const std::int32_t left_shift = sizeof(T) == 1 ? 7 : 0;
  const double headroom = std::int32_t{1} << (2 * left_shift);
  SquaredDifferenceParams params = detail::shared_scale_params<T>(
      shape1, input1, shape2, input2, output, double{input1.scale} / shared,
      double{input2.scale} / shared, shared * shared / (headroom * double{output.scale}),
      activation, rounding);
  params.left_shift = left_shift;
  return params;
}

// The parameters of a sum of `count` tensors that are quantized alike; all quotients in double.
// Source: CalculateOpData in micro/kernels/add_n.cc.
template <class T>
constexpr AddNParams add_n_params(const Shape& shape, std::int32_t count,
                                  const TensorQuantization& input, const TensorQuantization& output,
                                  Rounding rounding = Rounding::tflite) {
  const double headroom = sizeof(T) == 1 ? 1 << 20 : 1 << 15;
  const AddParams sum = detail::shared_scale_params<T>(
      shape, input, shape, input, output, 0.5, 0.5,
      2.0 * double{input.scale} / (headroom * double{output.scale}), Activation::none, rounding);
  return {.input = sum.input1, .count = count, .left_shift = sum.left_shift, .output = sum.output};
}

// The parameters of a comparison: real numbers with 8 binary digits more than the inputs have.
// Source: ComparisonsPrepare in micro/kernels/comparisons.cc.
constexpr ComparisonParams comparison_params(const Shape& shape1, const TensorQuantization& input1,
                                             const Shape& shape2,
                                             const TensorQuantization& input2) {
  return {.input1 = {shape1, input1.zero_point, quantize_multiplier(double{input1.scale})},
          .input2 = {shape2, input2.zero_point, quantize_multiplier(double{input2.scale})},
          .left_shift = 8};
}

// The parameters of a quotient; all of them in float32.
// Source: CalculateOpDataDiv in micro/kernels/div.cc.
template <class T>
constexpr DivParams div_params(const Shape& shape1, const TensorQuantization& input1,
                               const Shape& shape2, const TensorQuantization& input2,
                               const TensorQuantization& output,
                               Activation activation = Activation::none,
                               Rounding rounding = Rounding::tflite) {
  DivParams params = mul_params<T>(shape1, input1, shape2, input2, output, activation, rounding);
  const float product = input2.scale * output.scale;
  params.output.rescale = quantize_multiplier(double{input1.scale / product}, rounding);
  return params;
}

// The parameters of prelu, input1 being the input and input2 alpha; all quotients in double.
// Source: CalculatePreluParams in micro/kernels/prelu_common.cc.
template <class T>
constexpr PreluParams prelu_params(const Shape& shape1, const TensorQuantization& input1,
                                   const Shape& shape2, const TensorQuantization& input2,
                                   const TensorQuantization& output,
                                   Activation activation = Activation::none,
                                   Rounding rounding = Rounding::tflite) {
  PreluParams params = mul_params<T>(shape1, input1, shape2, input2, output, activation, rounding);
  params.input1.rescale = rescale_multiplier(input1.scale, output.scale, rounding);
  return params;
}

}  // namespace octet::inline OCTET_BASELINE
