// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/window.hpp"
#include "octet/reference/index.hpp"
#include "octet/reference/output_value.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

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

OCTET_INLINE constexpr ShapeNhwc output_shape(const DepthwiseConv2dParams& p) {
  return {p.input.n,
          detail::window_positions(p.input.h, p.padding.top, p.padding.bottom, p.filter.h,
                                   p.stride.h, p.dilation.h),
          detail::window_positions(p.input.w, p.padding.left, p.padding.right, p.filter.w,
                                   p.stride.w, p.dilation.w),
          p.input.c * p.depth_multiplier};
}

namespace reference {

// Depthwise convolution: every output channel sees one input channel
//
//   output[n][oy][ox][o] = output(bias[o] + sum_{ky, kx} filter[ky][kx][o]
//                                 * (input[n][y][x][o / depth_multiplier] - input_zero_point))
//   y = oy * stride.h - padding.top + ky * dilation.h
//   x = ox * stride.w - padding.left + kx * dilation.w
//
// Terms with (y, x) outside the input are left out. input: NHWC (In: int8, uint8, int16), filter:
// filter.h x filter.w x (input.c * depth_multiplier), bias: one value of the accumulator's type for
// each output channel, or null; output: NHWC of output_shape(p). The sum must fit the accumulator.
// Source: kernels/internal/reference/integer_ops/depthwise_conv.h of tflite-micro.
template <class Out, class In, class Accumulator = std::int32_t>
constexpr void depthwise_conv2d(const DepthwiseConv2dParams& p, const In* input,
                                const std::int8_t* filter, const Accumulator* bias, Out* output) {
  const ShapeNhwc out = output_shape(p);
  const ShapeNhwc filter_shape{1, p.filter.h, p.filter.w, out.c};
  for (std::int32_t n = 0; n < out.n; ++n) {
    for (std::int32_t oy = 0; oy < out.h; ++oy) {
      for (std::int32_t ox = 0; ox < out.w; ++ox) {
        for (std::int32_t o = 0; o < out.c; ++o) {
          Accumulator sum = bias != nullptr ? bias[o] : 0;
          for (std::int32_t ky = 0; ky < p.filter.h; ++ky) {
            for (std::int32_t kx = 0; kx < p.filter.w; ++kx) {
              const std::int32_t y = oy * p.stride.h - p.padding.top + ky * p.dilation.h;
              const std::int32_t x = ox * p.stride.w - p.padding.left + kx * p.dilation.w;
              if (!contains(p.input, y, x)) continue;
              const std::int32_t value = input[index(p.input, n, y, x, o / p.depth_multiplier)];
              const std::int32_t weight = filter[index(filter_shape, 0, ky, kx, o)];
              sum += (value - p.input_zero_point) * weight;
            }
          }
          output[index(out, n, oy, ox, o)] = output_value<Out>(sum, p.output, o);
        }
      }
    }
  }
}

}  // namespace reference
}  // namespace OCTET_BASELINE
}  // namespace octet
