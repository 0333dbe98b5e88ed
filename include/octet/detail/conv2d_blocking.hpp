// SPDX-License-Identifier: Apache-2.0
// How the input of a convolution reaches the micro kernel: gathered window by window, or staged row
// by row.
#pragma once

#include "octet/detail/gemm_blocking.hpp"
#include "octet/reference/conv2d.hpp"

namespace octet::inline OCTET_BASELINE {

// Staged rows hold the input with its padding, in the domain of the target. The windows of
// neighbouring outputs are then the rows of a matrix with a constant stride, in filter.h segments:
//
//   staged row y      [left padding][pixels of input row y][right padding]
//   window (oy, ox)   filter.w pixels from ox * stride.w on,
//                     of rows oy * stride.h + ky * dilation.h
struct Conv2dBlocking {
  bool staged;
  std::int64_t row_bytes;    // of a staged row
  std::int32_t output_rows;  // computed from the rows that are staged at a time
  std::int32_t input_rows;   // staged at a time
  std::int64_t bytes;        // all of them, and what the last tile reads beyond
};

namespace detail {

// Products of one segment of a window, filled up with zeros to the depth of the target.
OCTET_INLINE constexpr std::int64_t segment_depth(const Layout& layout, const ShapeOhwi& filter) {
  return round_up(std::int64_t{filter.w} * filter.i, layout.depth_unit);
}

OCTET_INLINE constexpr std::int64_t conv2d_staged_bytes(const Layout& layout) {
  return cached_bytes(layout.lanes, kBlockBytes);
}

// Whether staging leaves tiles of matrices about as full as gathering: segments that fill their
// depth, and output rows of more than half a block, whose rows share what is loaded of the weights.
OCTET_INLINE constexpr bool suits_matrices(const Layout& layout, const Conv2dParams& params) {
  const std::int64_t staged = params.filter.h * segment_depth(layout, params.filter);
  const std::int64_t window = std::int64_t{params.filter.h} * params.filter.w * params.filter.i;
  const std::int64_t gathered = round_up(window, layout.depth_unit);
  return 4 * staged <= kStagedFourths * gathered &&
         2 * std::int64_t{output_shape(params).w} > layout.micro_rows;
}

// Staging copies every input value once and gathering filter.h * filter.w times, but a staged tile
// ends with the output's row. So it pays where few filters share the cost of gathering.
[[gnu::noinline]] constexpr bool is_staged(const Layout& layout, const Conv2dParams& params) {
  const ShapeOhwi& filter = params.filter;
  if (filter.i != params.input.shape.c || params.dilation.w != 1) return false;
  if (filter.h == 1 && filter.w == 1) return false;
  if (layout.multiplies_matrices() && !suits_matrices(layout, params)) return false;
  // Rows of a tile further apart compete for the sets of the first level cache.
  const std::int64_t step = std::int64_t{params.stride.w} * filter.i * layout.element_bytes();
  if (step >= kCacheSetStride) return false;
  // Nor is the second level cache to overflow.
  const std::int64_t width =
      (std::int64_t{output_shape(params).w} - 1) * params.stride.w + filter.w;
  const std::int64_t window = (std::int64_t{filter.h} - 1) * params.dilation.h + 1;
  const std::int64_t most = 4 * conv2d_staged_bytes(layout) / window;
  if (width * filter.i * layout.element_bytes() > most) return false;
  return filter.o <= kStagedPanels * layout.panel_columns();
}

[[gnu::noinline]] constexpr Conv2dBlocking conv2d_blocking(const Layout& layout,
                                                           const Conv2dParams& params) {
  if (!is_staged(layout, params)) return {};
  const ShapeOhwi& filter = params.filter;
  const ShapeNhwc out = output_shape(params);
  const std::int64_t pixel = std::int64_t{filter.i} * layout.element_bytes();
  const std::int64_t row = ((std::int64_t{out.w} - 1) * params.stride.w + filter.w) * pixel;
  const std::int64_t window = (std::int64_t{filter.h} - 1) * params.dilation.h + 1;
  const std::int64_t fitting = (conv2d_staged_bytes(layout) / row - window) / params.stride.h + 1;
  const std::int64_t rows = fitting < 1 ? 1 : fitting < out.h ? fitting : out.h;
  const std::int64_t input_rows = (rows - 1) * params.stride.h + window;
  const std::int64_t beyond =
      std::int64_t{layout.micro_rows} * params.stride.w * pixel + std::int64_t{kAlignment};
  return {true, row, static_cast<std::int32_t>(rows), static_cast<std::int32_t>(input_rows),
          round_up(input_rows * row + beyond, kAlignment)};
}

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE
