// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/window.hpp"
#include "octet/reference/index.hpp"
#include "octet/reference/output_value.hpp"

namespace octet::inline OCTET_BASELINE {

// input: NHWC, filter: OHWI. filter.i, which is 1 unless it is set, is the number of channels of
// the input where there are no groups; else it divides that, and there are input.shape.c / filter.i
// groups.
struct Conv2dParams {
  NhwcOperand input = {};
  ShapeOhwi filter = {};
  Extent2d stride = {};
  Extent2d dilation = {};
  Padding padding = {};
  OutputStage output = {};
};

OCTET_INLINE constexpr ShapeNhwc output_shape(const Conv2dParams& p) {
  return detail::window_shape(p.input.shape, p.padding, {p.filter.h, p.filter.w}, p.stride,
                              p.dilation, p.filter.o);
}

namespace reference {

// Two-dimensional convolution with groups
//
//   output[n][oy][ox][o] = output_value(bias[o] + sum_{ky, kx, i} filter[o][ky][kx][i]
//                                 * (input[n][y][x][g * filter.i + i] - input.zero_point))
//   y = oy * stride.h - padding.top + ky * dilation.h
//   x = ox * stride.w - padding.left + kx * dilation.w
//   g = o / (filter.o / groups), groups = input.shape.c / filter.i
//
// Terms with (y, x) outside the input are left out. input: NHWC (In: int8, uint8, int16), filter:
// OHWI, bias: filter.o values of the accumulator's type, or null; output: NHWC of
// output_shape(p). The sum must fit the accumulator.
// Source: kernels/internal/reference/integer_ops/conv.h of tflite-micro.
template <class Out, class In, class Accumulator = std::int32_t>
constexpr void conv2d(const Conv2dParams& p, const In* input, const std::int8_t* filter,
                      const Accumulator* bias, Out* output) {
  const ShapeNhwc out = output_shape(p);
  const std::int32_t groups = p.input.shape.c / p.filter.i;
  const std::int32_t outputs_per_group = p.filter.o / groups;
  for (std::int32_t n = 0; n < out.n; ++n) {
    for (std::int32_t oy = 0; oy < out.h; ++oy) {
      for (std::int32_t ox = 0; ox < out.w; ++ox) {
        for (std::int32_t o = 0; o < out.c; ++o) {
          const std::int32_t first_channel = o / outputs_per_group * p.filter.i;
          Accumulator sum = bias != nullptr ? bias[o] : 0;
          for_each_tap(p, oy, ox, [&](auto ky, auto kx, std::int64_t y, std::int64_t x) {
            for (std::int32_t i = 0; i < p.filter.i; ++i) {
              const std::int32_t value = input[index(p.input.shape, n, y, x, first_channel + i)];
              const std::int32_t weight = filter[index(p.filter, o, ky, kx, i)];
              sum += (value - p.input.zero_point) * weight;
            }
          });
          output[index(out, n, oy, ox, o)] = output_value<Out>(sum, p.output, o);
        }
      }
    }
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
