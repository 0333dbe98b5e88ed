// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/fixed_point.hpp"
#include "octet/reference/pool2d.hpp"
#include "octet/reference/index.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace reference {

// Average over a sliding window
//
//   output[n][oy][ox][c] = clamp(round(sum / count), min, max)
//
// over the `count` elements input[n][y][x][c] of the window that lie inside the input; at least one
// does. round: to nearest, halves away from zero. The zero point plays no part: it is the same on
// both sides. input: NHWC, output: NHWC of output_shape(p); T: int8, uint8, int16. The sum must fit
// 32 bits. Source: kernels/internal/reference/integer_ops/pooling.h of tflite-micro.
template <class T>
constexpr void average_pool2d(const Pool2dParams& p, const T* input, T* output) {
  const ShapeNhwc out = output_shape(p);
  for (std::int32_t n = 0; n < out.n; ++n) {
    for (std::int32_t oy = 0; oy < out.h; ++oy) {
      for (std::int32_t ox = 0; ox < out.w; ++ox) {
        for (std::int32_t c = 0; c < out.c; ++c) {
          std::int32_t sum = 0, count = 0;
          for (std::int32_t ky = 0; ky < p.filter.h; ++ky) {
            for (std::int32_t kx = 0; kx < p.filter.w; ++kx) {
              const std::int32_t y = oy * p.stride.h - p.padding.top + ky;
              const std::int32_t x = ox * p.stride.w - p.padding.left + kx;
              if (!contains(p.input, y, x)) continue;
              sum += input[index(p.input, n, y, x, c)];
              ++count;
            }
          }
          const std::int32_t average = (sum + (sum > 0 ? count / 2 : -(count / 2))) / count;
          output[index(out, n, oy, ox, c)] = saturate<T>(clamp(average, p.min, p.max));
        }
      }
    }
  }
}

}  // namespace reference
}  // namespace OCTET_BASELINE
}  // namespace octet
