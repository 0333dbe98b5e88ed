// SPDX-License-Identifier: Apache-2.0
// The parameters of every operation: aggregates for designated initializers, plain data. They
// describe shapes and quantization; tensors are passed beside them. `reference/` and the prepared
// operations take the same structs.
#pragma once

#include <cstdint>
#include <limits>

#include "octet/types.hpp"

namespace octet {

// c[i][j] = output(bias[j] + sum_k (a[i][k] - a_zero_point) * (b[k][j] - b_zero_point))
// a: m x k, b: k x n (or its transpose, n x k), c: m x n; row-major, strides in elements between
// rows, 0 meaning dense. With a batch there are that many matrices a and c for one b,
// `batch_stride` elements from first to first, 0 meaning m rows.
struct GemmParams {
  std::int32_t m = 1, n = 1, k = 1;
  std::int32_t batch = 1;
  std::int32_t a_zero_point = 0;
  std::int32_t b_zero_point = 0;
  bool b_transposed = false;
  std::int64_t a_stride = 0, b_stride = 0, c_stride = 0;
  std::int64_t a_batch_stride = 0, c_batch_stride = 0;
  OutputStage output = {};
};

// y[b][o] = output(bias[o] + sum_i (x[b][i] - input_zero_point) * (w[o][i] - filter_zero_point))
// x: batches x inputs, w: outputs x inputs, y: batches x outputs; dense, row-major.
struct FullyConnectedParams {
  std::int32_t batches = 1, inputs = 1, outputs = 1;
  std::int32_t input_zero_point = 0;
  std::int32_t filter_zero_point = 0;
  OutputStage output = {};
};

// y[n][oy][ox][o] = output(bias[o] + sum_{ky, kx, i} w[o][ky][kx][i] *
//     (x[n][oy * stride.h - padding.top + ky * dilation.h]
//          [ox * stride.w - padding.left + kx * dilation.w][g * filter.i + i] - input_zero_point))
// with g = o / (filter.o / groups), groups = input.c / filter.i; positions outside x add nothing.
// So filter.i, which is 1 unless it is set, is input.c where there are no groups.
struct Conv2dParams {
  ShapeNhwc input = {};
  ShapeOhwi filter = {};
  Extent2d stride = {1, 1};
  Extent2d dilation = {1, 1};
  Padding padding = {};
  std::int32_t input_zero_point = 0;
  OutputStage output = {};
};

// As Conv2dParams, but output channel o reads input channel o / depth_multiplier only.
// w: [filter.h][filter.w][input.c * depth_multiplier]
struct DepthwiseConv2dParams {
  ShapeNhwc input = {};
  Extent2d filter = {};
  std::int32_t depth_multiplier = 1;
  Extent2d stride = {1, 1};
  Extent2d dilation = {1, 1};
  Padding padding = {};
  std::int32_t input_zero_point = 0;
  OutputStage output = {};
};

// Average: round(sum of valid elements / their count), halves away from zero; max: their maximum;
// then clamped to [min, max]. Input and output share their quantization.
struct Pool2dParams {
  ShapeNhwc input = {};
  Extent2d filter = {};
  Extent2d stride = {1, 1};
  Padding padding = {};
  std::int32_t min = std::numeric_limits<std::int32_t>::min();
  std::int32_t max = std::numeric_limits<std::int32_t>::max();
};

// A rescaled operand of an addition: real multiplier and zero point of one input.
struct AddOperand {
  std::int32_t zero_point = 0;
  std::int32_t multiplier = 0;
  std::int32_t shift = 0;
};

// y = clamp(zero_point + mbqm(mbqm((x1 - z1) << left_shift, m1, s1) +
//                             mbqm((x2 - z2) << left_shift, m2, s2), multiplier, shift), min, max)
// with mbqm = multiply_by_quantized_multiplier. left_shift is 20 for 8-bit and 15 for 16-bit types.
struct AddParams {
  AddOperand input1 = {}, input2 = {};
  std::int32_t left_shift = 20;
  std::int32_t zero_point = 0;
  std::int32_t multiplier = 0;
  std::int32_t shift = 0;
  std::int32_t min = std::numeric_limits<std::int32_t>::min();
  std::int32_t max = std::numeric_limits<std::int32_t>::max();
};

// y = clamp(output_zero_point + mbqm(x - input_zero_point, multiplier, shift)) over the output
// type.
struct RequantizeParams {
  std::int32_t input_zero_point = 0;
  std::int32_t output_zero_point = 0;
  std::int32_t multiplier = 0;
  std::int32_t shift = 0;
};

// Rows of `depth` values; the output's scale is 1/256 and its zero point -128 (int8), or 1/65536
// and -32768 (int16). input_multiplier, input_left_shift and diff_min come from
// quantize/multiplier.hpp.
struct SoftmaxParams {
  std::int32_t rows = 1, depth = 1;
  std::int32_t input_multiplier = 0;
  std::int32_t input_left_shift = 0;
  std::int32_t diff_min = 0;
};

inline constexpr std::int32_t kMaxRank = 6;

// A dense row-major tensor of up to kMaxRank dimensions.
struct Shape {
  std::int32_t rank = 0;
  std::int32_t extent[kMaxRank] = {};

  OCTET_INLINE constexpr std::int64_t size() const {
    std::int64_t product = 1;
    for (std::int32_t i = 0; i < rank; ++i) product *= extent[i];
    return product;
  }
};

// Elements of `value` added before and after each dimension.
struct PadParams {
  Shape input = {};
  std::int32_t before[kMaxRank] = {};
  std::int32_t after[kMaxRank] = {};
  std::int32_t value = 0;
};

// y = clamp(output_zero_point + mbqm(sum(x) - count * input_zero_point, multiplier, shift)), the
// sum over every dimension d with reduce[d]; 1 / count is folded into the multiplier.
struct MeanParams {
  Shape input = {};
  bool reduce[kMaxRank] = {};
  std::int32_t input_zero_point = 0;
  std::int32_t output_zero_point = 0;
  std::int32_t multiplier = 0;
  std::int32_t shift = 0;
};

inline namespace OCTET_BASELINE {
namespace detail {

// (input + before + after - span of the window) / stride + 1, rounded down; 0 if the window does
// not fit once.
OCTET_INLINE constexpr std::int32_t window_positions(std::int64_t input, std::int64_t before,
                                                     std::int64_t after, std::int64_t window,
                                                     std::int64_t stride, std::int64_t dilation) {
  const std::int64_t room = input + before + after - ((window - 1) * dilation + 1);
  return room < 0 ? 0 : static_cast<std::int32_t>(room / stride + 1);
}

// All that TensorFlow's SAME padding adds along one dimension.
OCTET_INLINE constexpr std::int32_t same_padding_total(std::int32_t input, std::int32_t window,
                                                       std::int32_t stride, std::int32_t dilation) {
  const std::int32_t outputs = (input + stride - 1) / stride;
  const std::int32_t total = (outputs - 1) * stride + (window - 1) * dilation + 1 - input;
  return total > 0 ? total : 0;
}

}  // namespace detail

OCTET_INLINE constexpr ShapeNhwc output_shape(const Conv2dParams& p) {
  return {p.input.n,
          detail::window_positions(p.input.h, p.padding.top, p.padding.bottom, p.filter.h,
                                   p.stride.h, p.dilation.h),
          detail::window_positions(p.input.w, p.padding.left, p.padding.right, p.filter.w,
                                   p.stride.w, p.dilation.w),
          p.filter.o};
}

OCTET_INLINE constexpr ShapeNhwc output_shape(const DepthwiseConv2dParams& p) {
  return {p.input.n,
          detail::window_positions(p.input.h, p.padding.top, p.padding.bottom, p.filter.h,
                                   p.stride.h, p.dilation.h),
          detail::window_positions(p.input.w, p.padding.left, p.padding.right, p.filter.w,
                                   p.stride.w, p.dilation.w),
          p.input.c * p.depth_multiplier};
}

OCTET_INLINE constexpr ShapeNhwc output_shape(const Pool2dParams& p) {
  return {p.input.n,
          detail::window_positions(p.input.h, p.padding.top, p.padding.bottom, p.filter.h,
                                   p.stride.h, 1),
          detail::window_positions(p.input.w, p.padding.left, p.padding.right, p.filter.w,
                                   p.stride.w, 1),
          p.input.c};
}

OCTET_INLINE constexpr Shape output_shape(const PadParams& p) {
  Shape shape = p.input;
  for (std::int32_t i = 0; i < shape.rank; ++i) shape.extent[i] += p.before[i] + p.after[i];
  return shape;
}

// The padding for which the output has ceil(input / stride) positions; what is odd goes to the
// bottom and the right (TensorFlow's SAME).
OCTET_INLINE constexpr Padding same_padding(const ShapeNhwc& input, Extent2d filter,
                                            Extent2d stride = {1, 1}, Extent2d dilation = {1, 1}) {
  const std::int32_t h = detail::same_padding_total(input.h, filter.h, stride.h, dilation.h);
  const std::int32_t w = detail::same_padding_total(input.w, filter.w, stride.w, dilation.w);
  return {h / 2, w / 2, h - h / 2, w - w / 2};
}

}  // namespace OCTET_BASELINE
}  // namespace octet
