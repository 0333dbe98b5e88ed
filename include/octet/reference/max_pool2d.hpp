// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

#include "octet/fixed_point.hpp"
#include "octet/reference/pool2d.hpp"
#include "octet/reference/index.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace reference {

// Maximum over a sliding window
//
//   output[n][oy][ox][c] = clamp(max of input[n][y][x][c] over the window, min, max)
//
// Elements outside the input are left out. input: NHWC, output: NHWC of output_shape(p); T: int8,
// uint8, int16. Source: kernels/internal/reference/integer_ops/pooling.h of tflite-micro.
template <class T>
constexpr void max_pool2d(const Pool2dParams& p, const T* input, T* output) {
  const ShapeNhwc out = output_shape(p);
  for (std::int32_t n = 0; n < out.n; ++n) {
    for (std::int32_t oy = 0; oy < out.h; ++oy) {
      for (std::int32_t ox = 0; ox < out.w; ++ox) {
        for (std::int32_t c = 0; c < out.c; ++c) {
          std::int32_t highest = std::numeric_limits<T>::min();
          for (std::int32_t ky = 0; ky < p.filter.h; ++ky) {
            for (std::int32_t kx = 0; kx < p.filter.w; ++kx) {
              const std::int32_t y = oy * p.stride.h - p.padding.top + ky;
              const std::int32_t x = ox * p.stride.w - p.padding.left + kx;
              if (!contains(p.input, y, x)) continue;
              const std::int32_t value = input[index(p.input, n, y, x, c)];
              highest = value > highest ? value : highest;
            }
          }
          output[index(out, n, oy, ox, c)] = saturate<T>(clamp(highest, p.min, p.max));
        }
      }
    }
  }
}

}  // namespace reference
}  // namespace OCTET_BASELINE
}  // namespace octet
