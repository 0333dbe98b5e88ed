// SPDX-License-Identifier: Apache-2.0
// The pooling kernels of every target and what they are handed.
#pragma once

#include "octet/kernel/broadcast.hpp"
#include "octet/kernel/epilogue.hpp"
#include "octet/reference/pool2d.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

struct Pool2dTask {
  const void* x;
  void* y;
  ShapeNhwc input;
  std::int32_t out_h, out_w;
  Extent2d filter, stride;
  std::int32_t top, left;
  OutputRange range;
};

struct Pool2dKernel {
  void (*run)(const Pool2dTask&);
};

// round(sum / count), halves away from zero, as multiply_by_quantized_multiplier<Rounding::tflite>(
// kScale * sum, multiplier, -right).
struct Division {
  static constexpr std::int32_t kScale = 4;
  std::int32_t multiplier, right;
};

namespace detail {

// The most bytes that the division below is exact for.
inline constexpr std::int64_t kMostPooled = 1 << 20;

// For the sum of `count` bytes of either signedness, 1 <= count <= kMostPooled.
//
// With 2^k the largest power of two below count (1/2 for a count of 1), right = k + 2 and
// multiplier = ceil(2^(31+k) / count) is in [2^30, 2^31): its relative error is less than 2^-30.
// The closed form of requantize_constants() computes, for y the absolute value of the sum,
//
//   floor( y * (1 + error) / count + 1/2 + 2^-(k+3))    for sums >= 0
//   floor(-y * (1 + error) / count + 1/2 - 2^-(k+3))    for sums < 0
//
// Halves go away from zero because error is not negative. Any other sum / count is at least
// 1 / (2 count) away from a half, and 2^-(k+3) is at most 1 / (4 count), y * error / count less
// than 2^-22, which is at most 1 / (4 count). 255 * count * kScale < 2^30 suits the vectors.
constexpr Division division_by(std::int32_t count) {
  int width = 0;  // k + 1
  while ((1 << width) < count) ++width;
  const std::int64_t power = std::int64_t{1} << (30 + width);
  const std::int64_t multiplier = (power + count - 1) / count;
  return {static_cast<std::int32_t>(multiplier), width + 1};
}

template <class T>
constexpr Pool2dTask pool2d_task(const Pool2dParams& p, const T* x, T* y) {
  const ShapeNhwc out = output_shape(p);
  return {.x = x,
          .y = y,
          .input = p.input,
          .out_h = out.h,
          .out_w = out.w,
          .filter = p.filter,
          .stride = p.stride,
          .top = p.padding.top,
          .left = p.padding.left,
          .range = {0, saturate<T>(p.min), saturate<T>(p.max)}};
}

}  // namespace detail
}  // namespace OCTET_BASELINE
}  // namespace octet

#define OCTET_KERNEL "octet/kernel/window/pool2d-inl.hpp"
#include "octet/detail/foreach_target.hpp"
