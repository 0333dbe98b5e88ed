// SPDX-License-Identifier: Apache-2.0
// What pooling operations share: windows that slide over an input and what is left of them inside.
#pragma once

#include <cstdint>

#include "octet/fixed_point.hpp"
#include "octet/reference/index.hpp"
#include "octet/types.hpp"
#include "octet/window.hpp"

namespace octet::inline OCTET_BASELINE {

// Input and output share their quantization: of the output, min and max are used, and its zero
// point is the input's.
struct Pool2dParams {
  NhwcOperand input = {};
  Extent2d filter = {};
  Extent2d stride = {1, 1};
  Padding padding = {};
  Output output = {};
};

OCTET_INLINE constexpr ShapeNhwc output_shape(const Pool2dParams& p) {
  return detail::window_shape(p.input.shape, p.padding, p.filter, p.stride, {1, 1},
                              p.input.shape.c);
}

namespace detail {

// The positions of a window along one dimension that lie inside the input.
struct WindowSpan {
  std::int64_t begin, end;

  // Of the window at output position `position`.
  OCTET_INLINE constexpr WindowSpan(std::int64_t position, std::int64_t stride, std::int64_t before,
                                    std::int64_t filter, std::int64_t input)
      : begin(position * stride - before), end(begin + filter) {
    if (begin < 0) begin = 0;
    if (end > input) end = input;
  }
  OCTET_INLINE constexpr std::int64_t count() const { return end - begin; }
};

}  // namespace detail

namespace reference {

// output[n][oy][ox][c] = clamp(finish(combined, count), min, max), where `combined` are the `count`
// elements input[n][y][x][c] of the window that lie inside the input, at least one.
template <class T, class Combine, class Finish>
constexpr void pool2d(const Pool2dParams& p, const T* input, T* output, std::int64_t start,
                      Combine combine, Finish finish) {
  const ShapeNhwc &in = p.input.shape, out = output_shape(p);
  for (std::int64_t n = 0; n < out.n; ++n) {
    for (std::int64_t oy = 0; oy < out.h; ++oy) {
      const detail::WindowSpan ys(oy, p.stride.h, p.padding.top, p.filter.h, in.h);
      for (std::int64_t ox = 0; ox < out.w; ++ox) {
        const detail::WindowSpan xs(ox, p.stride.w, p.padding.left, p.filter.w, in.w);
        for (std::int64_t c = 0; c < out.c; ++c) {
          std::int64_t combined = start;
          for (std::int64_t y = ys.begin; y < ys.end; ++y) {
            for (std::int64_t x = xs.begin; x < xs.end; ++x) {
              combined = combine(combined, input[index(in, n, y, x, c)]);
            }
          }
          const auto value = static_cast<std::int32_t>(finish(combined, ys.count() * xs.count()));
          output[index(out, n, oy, ox, c)] = saturate<T>(clamp(value, p.output.min, p.output.max));
        }
      }
    }
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
