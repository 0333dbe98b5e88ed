// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/fixed_point.hpp"
#include "octet/reference/index.hpp"
#include "octet/reference/reduce.hpp"
#include "octet/reference/resize2d.hpp"

namespace octet::inline OCTET_BASELINE {
namespace detail {

inline constexpr int kInterpolationBits = 10;

// 2^-20 of twice a sum: where there are two roundings, the first one is exact.
inline constexpr Rescale kInterpolationFactor{1 << 30, -2 * kInterpolationBits};

// The rows between which a row of the output lies: `begin` and, unless the fraction is 0, the one
// behind it. Columns alike.
struct Interpolation {
  std::int32_t begin, fraction;  // the fraction in units of 2^-10

  constexpr std::int32_t count() const { return fraction == 0 ? 1 : 2; }
  constexpr std::int32_t weight(std::int32_t i) const {
    return i == 0 ? (1 << kInterpolationBits) - fraction : fraction;
  }
};

// The rows of an output of `outputs` rows, from `inputs` of them. No extent is above 2^20, so that
// positions are below 2^31.
struct Interpolator {
  std::int32_t scale = 0, first = 0, inputs = 0;

  constexpr Interpolator() = default;
  constexpr Interpolator(const Resize2dParams& p, std::int32_t in, std::int32_t outputs)
      : inputs(in) {
    const std::int32_t less = p.align_corners && outputs > 1 ? 1 : 0;
    const std::int32_t steps = outputs - less;
    scale = ((inputs - less) * (1 << kInterpolationBits) + steps / 2) / steps;
    if (p.half_pixel_centers) first = scale / 2 - (1 << (kInterpolationBits - 1));
  }

  // What lies before the first row is the first row, what lies behind the last one the last.
  OCTET_INLINE constexpr Interpolation operator()(std::int32_t output) const {
    const std::int32_t position = output * scale + first;
    const std::int32_t row = position >> kInterpolationBits;
    if (row < 0) return {0, 0};
    if (row >= inputs - 1) return {inputs - 1, 0};
    return {row, position & ((1 << kInterpolationBits) - 1)};
  }
};

}  // namespace detail

namespace reference {

// Each pixel interpolated between four of the input: rows y and y + 1, columns x and x + 1
//
//   output[n][oy][ox][c] = round(sum_i sum_j weight_y(i) * weight_x(j) * input[n][y + i][x + j][c]
//                                / 2^20)
//
// where positions and weights are multiples of 2^-10: position(o) = o * scale, with
// half_pixel_centers + scale / 2 - 2^9, scale = round(2^10 * inputs / outputs), with align_corners
// of extents that are one less. round: that of p.rounding, in the source to the nearest with halves
// away from zero. Rows that scales rounded up put behind the last one, where the source reads them,
// are the last one. input: NHWC of p.input, output: NHWC of output_shape(p); T: int8, uint8, int16.
// Source: ResizeBilinearInteger in kernels/internal/reference/resize_bilinear.h of tflite-micro.
template <class T>
constexpr void resize_bilinear(const Resize2dParams& p, const T* input, T* output) {
  const ShapeNhwc &in = p.input.shape, out = output_shape(p);
  const detail::Interpolator row(p, in.h, out.h), column(p, in.w, out.w);
  for (std::int32_t n = 0; n < out.n; ++n) {
    for (std::int32_t oy = 0; oy < out.h; ++oy) {
      for (std::int32_t ox = 0; ox < out.w; ++ox) {
        const detail::Interpolation y = row(oy), x = column(ox);
        for (std::int32_t c = 0; c < out.c; ++c) {
          std::int64_t sum = 0;
          for (std::int32_t i = 0; i < y.count(); ++i) {
            for (std::int32_t j = 0; j < x.count(); ++j) {
              sum += std::int64_t{y.weight(i)} * x.weight(j) *
                     input[index(in, n, y.begin + i, x.begin + j, c)];
            }
          }
          *output++ =
              static_cast<T>(rescale_sum(2 * sum, detail::kInterpolationFactor, p.rounding));
        }
      }
    }
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
