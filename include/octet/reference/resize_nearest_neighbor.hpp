// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

#include "octet/reference/index.hpp"
#include "octet/reference/resize2d.hpp"

namespace octet::inline OCTET_BASELINE {
namespace detail {

// A number as float32 rounds it: mantissa * 2^exponent, the mantissa below 2^24.
struct Float32 {
  std::uint64_t mantissa;
  int exponent;

  // The nearest to x * 2^exponent, ties to even, x > 0.
  static constexpr Float32 nearest(std::uint64_t x, int exponent) {
    const int dropped = 64 - std::countl_zero(x) - 24;
    if (dropped <= 0) return {x, exponent};
    const std::uint64_t kept = x >> dropped, half = std::uint64_t{1} << (dropped - 1);
    const std::uint64_t rest = x - (kept << dropped);
    return {kept + (rest > half || (rest == half && (kept & 1) != 0) ? 1 : 0), exponent + dropped};
  }
  // a / b for a and b in [1, 2^24). The quotient has so many bits that the last one can tell
  // whether there is a remainder.
  static constexpr Float32 quotient(std::uint64_t a, std::uint64_t b) {
    const int left = std::countl_zero(a);
    const std::uint64_t shifted = a << left;
    return nearest(shifted / b | (shifted % b != 0 ? 1 : 0), -left);
  }
};

}  // namespace detail

namespace reference {

// The row of `inputs` ones that row `position` of `outputs` is a copy of; columns alike. The
// source computes this in float32, which extents below 2^23 do exactly here, by integers:
//
//   scale = inputs / outputs, or (inputs - 1) / (outputs - 1) with align_corners, rounded
//   row   = (position + (half_pixel_centers ? 1/2 : 0)) * scale, rounded to float32, then down,
//           with align_corners to the nearest, halves up; at most inputs - 1
constexpr std::int32_t nearest_neighbor(const Resize2dParams& p, std::int32_t position,
                                        std::int32_t inputs, std::int32_t outputs) {
  const auto doubled = 2 * static_cast<std::uint64_t>(position) + (p.half_pixel_centers ? 1 : 0);
  if (doubled == 0 || inputs == 1) return 0;
  const std::int32_t less = p.align_corners && outputs > 1 ? 1 : 0;
  const auto scale = detail::Float32::quotient(static_cast<std::uint64_t>(inputs - less),
                                               static_cast<std::uint64_t>(outputs - less));
  const auto row = detail::Float32::nearest(doubled * scale.mantissa, scale.exponent - 1);
  // Scale and row have all their 24 bits, and the row is below 2^23.
  const int right = -row.exponent;
  const std::uint64_t half = p.align_corners ? std::uint64_t{1} << (right - 1) : 0;
  const auto whole = static_cast<std::int32_t>((row.mantissa + half) >> right);
  return whole < inputs ? whole : inputs - 1;
}

// Each pixel the nearest one of the input
//
//   output[n][y][x][c] = input[n][nearest_neighbor(y)][nearest_neighbor(x)][c]
//
// input: NHWC of p.input, output: NHWC of output_shape(p); T: any.
// Source: kernels/internal/reference/resize_nearest_neighbor.h of tflite-micro.
template <class T>
constexpr void resize_nearest_neighbor(const Resize2dParams& p, const T* input, T* output) {
  const ShapeNhwc &in = p.input.shape, out = output_shape(p);
  for (std::int32_t n = 0; n < out.n; ++n) {
    for (std::int32_t y = 0; y < out.h; ++y) {
      for (std::int32_t x = 0; x < out.w; ++x) {
        for (std::int32_t c = 0; c < out.c; ++c) {
          *output++ = input[index(in, n, nearest_neighbor(p, y, in.h, out.h),
                                  nearest_neighbor(p, x, in.w, out.w), c)];
        }
      }
    }
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
