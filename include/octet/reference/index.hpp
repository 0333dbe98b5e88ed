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

}  // namespace octet::inline OCTET_BASELINE::reference
