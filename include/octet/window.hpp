// SPDX-License-Identifier: Apache-2.0
// Windows that slide over the rows and columns of a tensor: how often they fit, and the padding
// around it. Defined for all arguments, also those that prepare refuses, because shapes are
// computed before anything is prepared.
#pragma once

#include <cstdint>
#include <limits>

#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {
namespace detail {

// (input + before + after - span of the window) / stride + 1, rounded down; 0 if the window does
// not fit once, or is none. All arguments are those of 32 bits.
OCTET_INLINE constexpr std::int32_t window_positions(std::int64_t input, std::int64_t before,
                                                     std::int64_t after, std::int64_t window,
                                                     std::int64_t stride, std::int64_t dilation) {
  const std::int64_t room = input + before + after - ((window - 1) * dilation + 1);
  if (room < 0 || stride < 1 || window < 1 || dilation < 1) return 0;
  return saturated_extent(room / stride + 1);
}

// The positions of a window over the rows and columns of an input, for each of its images.
OCTET_INLINE constexpr ShapeNhwc window_shape(const ShapeNhwc& input, const Padding& padding,
                                              Extent2d window, Extent2d stride, Extent2d dilation,
                                              std::int32_t channels) {
  return {input.n,
          window_positions(input.h, padding.top, padding.bottom, window.h, stride.h, dilation.h),
          window_positions(input.w, padding.left, padding.right, window.w, stride.w, dilation.w),
          channels};
}

// What `outputs` windows need beyond the input along one dimension, before and after it together;
// 0 if they fit in it.
OCTET_INLINE constexpr std::int64_t padding_total(std::int64_t input, std::int64_t outputs,
                                                  std::int64_t window, std::int64_t stride,
                                                  std::int64_t dilation) {
  if (outputs < 1 || window < 1 || stride < 1 || dilation < 1) return 0;
  const std::int64_t total = (outputs - 1) * stride + (window - 1) * dilation + 1 - input;
  constexpr std::int64_t highest = std::numeric_limits<std::int32_t>::max();
  return total < 0 ? 0 : total < highest ? total : highest;
}

// The same where there are ceil(input / stride) outputs: TensorFlow's SAME.
OCTET_INLINE constexpr std::int64_t same_padding_total(std::int64_t input, std::int64_t window,
                                                       std::int64_t stride, std::int64_t dilation) {
  if (stride < 1) return 0;
  return padding_total(input, (input + stride - 1) / stride, window, stride, dilation);
}

}  // namespace detail

// The padding for which the output has ceil(input / stride) positions; what is odd goes to the
// bottom and the right (TensorFlow's SAME).
OCTET_INLINE constexpr Padding same_padding(const ShapeNhwc& input, Extent2d filter,
                                            Extent2d stride = {1, 1}, Extent2d dilation = {1, 1}) {
  const auto total = [](std::int64_t extent, std::int64_t window, std::int64_t step,
                        std::int64_t gap) {
    return static_cast<std::int32_t>(detail::same_padding_total(extent, window, step, gap));
  };
  const std::int32_t h = total(input.h, filter.h, stride.h, dilation.h);
  const std::int32_t w = total(input.w, filter.w, stride.w, dilation.w);
  return {h / 2, w / 2, h - h / 2, w - w / 2};
}

// The padding for which a window makes an output of that height and width, for engines whose
// tensors know their shapes: `top` and `left` as given, bottom and right what is missing then.
OCTET_INLINE constexpr Padding padding_for(const ShapeNhwc& input, const ShapeNhwc& output,
                                           Extent2d window, Extent2d stride, Extent2d dilation,
                                           std::int32_t top, std::int32_t left) {
  const auto behind = [](std::int64_t extent, std::int64_t outputs, std::int64_t size,
                         std::int64_t step, std::int64_t gap, std::int32_t before) {
    const std::int64_t missing = detail::padding_total(extent, outputs, size, step, gap) - before;
    return missing < 0 ? 0 : static_cast<std::int32_t>(missing);
  };
  return {top, left, behind(input.h, output.h, window.h, stride.h, dilation.h, top),
          behind(input.w, output.w, window.w, stride.w, dilation.w, left)};
}

}  // namespace octet::inline OCTET_BASELINE
