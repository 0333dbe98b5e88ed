// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/index.hpp"
#include "octet/reference/output_value.hpp"

namespace octet::inline OCTET_BASELINE {

// input: NHWC, filter: OHWI with the channels of the input. The padding is cut off the result; at
// the bottom and on the right it may be negative, which adds rows and columns that no product
// reaches.
struct TransposeConv2dParams {
  NhwcOperand input = {};
  ShapeOhwi filter = {};
  Extent2d stride = {};
  Padding padding = {};
  OutputStage output = {};
};

OCTET_INLINE constexpr ShapeNhwc output_shape(const TransposeConv2dParams& p) {
  const auto extent = [](std::int64_t input, std::int64_t stride, std::int64_t filter,
                         std::int64_t before, std::int64_t behind) {
    return detail::saturated_extent((input - 1) * stride + filter - before - behind);
  };
  const ShapeNhwc& in = p.input.shape;
  return {in.n, extent(in.h, p.stride.h, p.filter.h, p.padding.top, p.padding.bottom),
          extent(in.w, p.stride.w, p.filter.w, p.padding.left, p.padding.right), p.filter.o};
}

namespace reference {

// Two-dimensional transposed convolution
//
//   output[n][oy][ox][o] = output_value(bias[o] + sum filter[o][ky][kx][i]
//                                                     * (input[n][y][x][i] - input.zero_point))
//
// over all i, ky, kx, y and x inside the input with
//
//   y * stride.h - padding.top + ky = oy,   x * stride.w - padding.left + kx = ox
//
// input: NHWC (In: int8, uint8, int16), filter: OHWI, bias: filter.o values of the accumulator's
// type, or null; output: NHWC of output_shape(p). The sum must fit the accumulator.
// Source: kernels/internal/reference/integer_ops/transpose_conv.h of tflite-micro.
template <class Out, class In, class Accumulator = std::int32_t>
constexpr void transpose_conv2d(const TransposeConv2dParams& p, const In* input,
                                const std::int8_t* filter, const Accumulator* bias, Out* output) {
  const ShapeNhwc out = output_shape(p);
  for (std::int32_t n = 0; n < out.n; ++n) {
    for (std::int32_t oy = 0; oy < out.h; ++oy) {
      for (std::int32_t ox = 0; ox < out.w; ++ox) {
        for (std::int32_t o = 0; o < out.c; ++o) {
          Accumulator sum = bias != nullptr ? bias[o] : 0;
          for (std::int32_t ky = 0; ky < p.filter.h; ++ky) {
            for (std::int32_t kx = 0; kx < p.filter.w; ++kx) {
              const std::int64_t y = std::int64_t{oy} + p.padding.top - ky;
              const std::int64_t x = std::int64_t{ox} + p.padding.left - kx;
              if (y % p.stride.h != 0 || x % p.stride.w != 0) continue;
              if (!contains(p.input.shape, y / p.stride.h, x / p.stride.w)) continue;
              for (std::int32_t i = 0; i < p.filter.i; ++i) {
                const std::int32_t value =
                    input[index(p.input.shape, n, y / p.stride.h, x / p.stride.w, i)];
                const std::int32_t weight = filter[index(p.filter, o, ky, kx, i)];
                sum += (value - p.input.zero_point) * weight;
              }
            }
          }
          output[index(out, n, oy, ox, o)] = output_value<Out>(sum, p.output, o);
        }
      }
    }
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
