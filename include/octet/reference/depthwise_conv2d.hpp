// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/window.hpp"
#include "octet/reference/index.hpp"
#include "octet/reference/output_value.hpp"

namespace octet::inline OCTET_BASELINE {

// input: NHWC, filter: [filter.h][filter.w][input.shape.c * depth_multiplier]. Output channel o
// reads input channel o / depth_multiplier only.
struct DepthwiseConv2dParams {
  NhwcOperand input = {};
  Extent2d filter = {};
  std::int32_t depth_multiplier = 1;
  Extent2d stride = {};
  Extent2d dilation = {};
  Padding padding = {};
  OutputStage output = {};
};

OCTET_INLINE constexpr ShapeNhwc output_shape(const DepthwiseConv2dParams& p) {
  const std::int64_t channels = std::int64_t{p.input.shape.c} * p.depth_multiplier;
  return detail::window_shape(p.input.shape, p.padding, p.filter, p.stride, p.dilation,
                              detail::saturated_extent(channels));
}

namespace reference {

// Depthwise convolution: every output channel sees one input channel
//
//   output[n][oy][ox][o] = output_value(bias[o] + sum_{ky, kx} filter[ky][kx][o]
//                                 * (input[n][y][x][o / depth_multiplier] - input.zero_point))
//   y = oy * stride.h - padding.top + ky * dilation.h
//   x = ox * stride.w - padding.left + kx * dilation.w
//
// Terms with (y, x) outside the input are left out. input: NHWC (In: int8, uint8, int16), filter:
// filter.h x filter.w x (input.shape.c * depth_multiplier), bias: one value of the accumulator's
// type for each output channel, or null; output: NHWC of output_shape(p). The sum must fit the
// accumulator. Source: kernels/internal/reference/integer_ops/depthwise_conv.h of tflite-micro.
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
          const std::int32_t channel = o / p.depth_multiplier;
          for_each_tap(p, oy, ox, [&](auto ky, auto kx, std::int64_t y, std::int64_t x) {
            const std::int32_t value = input[index(p.input.shape, n, y, x, channel)];
            sum += (value - p.input.zero_point) * filter[index(filter_shape, 0, ky, kx, o)];
          });
          output[index(out, n, oy, ox, o)] = output_value<Out>(sum, p.output, o);
        }
      }
    }
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
