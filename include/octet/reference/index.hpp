// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE::reference {

// Where element [n][y][x][c] of an NHWC tensor lies.
constexpr std::int64_t index(const ShapeNhwc& shape, std::int64_t n, std::int64_t y, std::int64_t x,
                             std::int64_t c) {
  return ((n * shape.h + y) * shape.w + x) * shape.c + c;
}

// Where element [o][y][x][i] of OHWI weights lies.
constexpr std::int64_t index(const ShapeOhwi& shape, std::int64_t o, std::int64_t y, std::int64_t x,
                             std::int64_t i) {
  return ((o * shape.h + y) * shape.w + x) * shape.i + i;
}

// The row or column of an input that element `tap` of the window at `output` covers.
constexpr std::int64_t position(std::int64_t output, std::int64_t stride, std::int64_t before,
                                std::int64_t tap, std::int64_t dilation) {
  return output * stride - before + tap * dilation;
}

// Whether row y and column x lie inside the tensor; what lies outside is padding.
constexpr bool contains(const ShapeNhwc& shape, std::int64_t y, std::int64_t x) {
  return y >= 0 && y < shape.h && x >= 0 && x < shape.w;
}

// Calls visit(ky, kx, y, x) for the elements of the window at output position (oy, ox) that meet
// the input, at row y and column x. Params is that of a convolution.
template <class Params, class Visit>
constexpr void for_each_tap(const Params& p, std::int32_t oy, std::int32_t ox, Visit visit) {
  for (std::int32_t ky = 0; ky < p.filter.h; ++ky) {
    for (std::int32_t kx = 0; kx < p.filter.w; ++kx) {
      const std::int64_t y = position(oy, p.stride.h, p.padding.top, ky, p.dilation.h);
      const std::int64_t x = position(ox, p.stride.w, p.padding.left, kx, p.dilation.w);
      if (contains(p.input.shape, y, x)) visit(ky, kx, y, x);
    }
  }
}

// Where the element at these indices lies in a dense tensor.
constexpr std::int64_t index(const Shape& shape, const std::int64_t (&at)[kMaxRank]) {
  std::int64_t place = 0;
  for (std::int32_t d = 0; d < shape.rank; ++d) place = place * shape.extent[d] + at[d];
  return place;
}

// Calls visit(i, at) for every element i of a dense tensor, `at` being its indices, which visit may
// change.
template <class Visit>
constexpr void for_each_index(const Shape& shape, Visit visit) {
  const std::int64_t count = shape.size();
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t at[kMaxRank] = {}, rest = i;
    for (std::int32_t d = shape.rank - 1; d >= 0; --d) {
      at[d] = rest % shape.extent[d];
      rest /= shape.extent[d];
    }
    visit(i, at);
  }
}

// Calls visit(x, depth, y) for the rows of a dense tensor and of its output, which are the `depth`
// elements along the last dimension.
template <class In, class Out, class Visit>
constexpr void for_each_row(const Shape& shape, const In* input, Out* output, Visit visit) {
  const std::int64_t depth = shape.extent[shape.rank - 1], rows = shape.size() / depth;
  for (std::int64_t r = 0; r < rows; ++r) visit(input + r * depth, depth, output + r * depth);
}

}  // namespace octet::inline OCTET_BASELINE::reference
