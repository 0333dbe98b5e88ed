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
constexpr SquaredDifferenceParams squared_difference_params(const BinaryQuantization& q) {
  const double scale1 = q.input1.scale, scale2 = q.input2.scale;
  const double shared = 2.0 * std::max(scale1, scale2);
  const std::int32_t left_shift = sizeof(T) == 1 ? 7 : 0;
  const double headroom = std::int32_t{1} << (2 * left_shift);
  SquaredDifferenceParams params = detail::shared_scale_params<T>(
      q, scale1 / shared, scale2 / shared, shared * shared / (headroom * double{q.output.scale}));
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
      {shape, input, shape, input, output, Activation::none, rounding}, 0.5, 0.5,
      2.0 * double{input.scale} / (headroom * double{output.scale}));
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
constexpr DivParams div_params(const BinaryQuantization& q) {
  DivParams params = mul_params<T>(q);
  const float product = q.input2.scale * q.output.scale;
  params.output.rescale = quantize_multiplier(double{q.input1.scale / product}, q.rounding);
  return params;
}

// The parameters of prelu, input1 being the input and input2 alpha; all quotients in double.
// Source: CalculatePreluParams in micro/kernels/prelu_common.cc.
template <class T>
constexpr PreluParams prelu_params(const BinaryQuantization& q) {
  PreluParams params = mul_params<T>(q);
  params.input1.rescale = rescale_multiplier(q.input1.scale, q.output.scale, q.rounding);
  return params;
}

}  // namespace octet::inline OCTET_BASELINE
