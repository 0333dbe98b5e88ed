// SPDX-License-Identifier: Apache-2.0
// How a depthwise convolution is cut into blocks of channels, pieces of output rows, and cells of
// the input that one dot product instruction multiplies at once.
#pragma once

#include "octet/detail/packing.hpp"
#include "octet/reference/depthwise_conv2d.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// What a vector of bytes holds: `bands` parts, one for each of as many bands of output rows. Each
// begins with `channels` channels, from `first` on. There are several bands where the channels are
// too few to fill a vector.
struct DepthwiseBlock {
  std::int32_t first;
  int channels, bands, part;
};

// Each lane multiplies the `depth` values of one cell of its channel, cell.h x cell.w neighbours,
// in the order of rows. Cells of one height lie side by side, cell.w columns apart, and make a
// group:
//
//   group g    rows y + g * cell.h * dilation.h and the cell.h - 1 following, dilation.h apart
//
// `groups` groups hold all the input of `output_rows` rows of outputs. Of those the next output
// rows need, the last groups - advance stay where they are.
struct DepthwiseBlocking {
  Extent2d cell;
  int groups, width;           // cells that the filter covers, down and across
  int output_rows, advance;    // rows of outputs, groups from these to those of the next rows
  std::int64_t position_step;  // cells from one output of a row to the next,
  std::int64_t tap_step;       // and from one to the next that its filter covers
  std::int64_t positions;      // outputs of a row that are computed from one set of staged cells
  std::int64_t columns;        // cells of a group that these need
  int strips, staged_groups;   // sets of output rows computed at a time, and the groups these need
  int blocks;                  // of channels, computed side by side at most
  std::int64_t cached_rows;    // rows of outputs computed for all channels before those that follow

  OCTET_INLINE constexpr std::int64_t columns_of(std::int64_t count) const {
    return (count - 1) * position_step + (width - 1) * tap_step + 1;
  }
};

namespace detail {

// The bands of any target, Layout::bands, are no more than that.
inline constexpr int kMostBands = 4;

// The block that starts at channel `first`: of a whole vector or, if that is enough for what is
// left, of a part of one. The last block overlaps the one before it, so that it fills its part as
// well, unless there are not as many channels.
OCTET_INLINE constexpr DepthwiseBlock depthwise_block(const Layout& layout, std::int32_t channels,
                                                      std::int32_t first) {
  const int bytes = layout.zip_channels();
  const std::int32_t left = channels - first;
  int bands = layout.bands;
  while (bands > 1 && left > bytes / bands) bands /= 2;
  const int part = bytes / bands;
  if (left >= part) return {first, part, bands, part};
  if (channels >= part) return {channels - part, part, bands, part};
  return {0, channels, bands, part};
}

// Zero points stand for a pixel outside an input of `channels` channels: as many bytes as vectors
// may read from it.
OCTET_INLINE constexpr std::int32_t zero_pixel_bytes(const Layout& layout, std::int32_t channels) {
  return channels > layout.zip_channels() ? channels : layout.zip_channels();
}

// Bytes of one vector of cells, and of the cells of all channels of a block.
OCTET_INLINE constexpr std::int64_t cell_vector_bytes(const Layout& layout) {
  return std::int64_t{layout.zip_channels()} * layout.element_bytes();
}
OCTET_INLINE constexpr std::int64_t cell_bytes(const Layout& layout) {
  return cell_vector_bytes(layout) * layout.depth;
}

// Every block of channels reads the same cache lines, if it needs a part of each. The input rows of
// that many bytes stay in the second level cache for all of them.
inline constexpr std::int64_t kCachedBytes = 512 * 1024;

// The rows of outputs for that: a multiple of what all bands compute at a time. All of them where
// there is one block of channels.
OCTET_INLINE constexpr std::int64_t depthwise_cached_rows(const Layout& layout,
                                                          const DepthwiseConv2dParams& params,
                                                          const ShapeNhwc& out, int output_rows) {
  if (out.c <= layout.zip_channels()) return out.h;
  const std::int64_t unit = std::int64_t{output_rows} * layout.bands;
  const std::int64_t fitting =
      kCachedBytes / (std::int64_t{params.input.shape.w} * params.input.shape.c);
  const std::int64_t rows = fitting / params.stride.h / unit * unit;
  return rows < unit ? unit : rows;
}

// Staged cells stay in the first level cache.
inline constexpr std::int64_t kStagedBytes = 30 * 1024;

// Blocks of channels that are staged one after the other from the same cache lines, at most.
inline constexpr int kMostBlocks = 4;

// As many as fit with all the columns of their groups.
OCTET_INLINE constexpr int depthwise_blocks(const Layout& layout, const DepthwiseBlocking& blocking,
                                            const ShapeNhwc& out) {
  const std::int64_t fitting =
      kStagedBytes / (blocking.groups * cell_bytes(layout)) / blocking.columns_of(out.w);
  const std::int64_t all = (out.c - 1) / layout.zip_channels() + 1;
  const std::int64_t most = all < kMostBlocks ? all : kMostBlocks;
  return fitting < 1 ? 1 : static_cast<int>(fitting < most ? fitting : most);
}

OCTET_INLINE constexpr DepthwiseBlocking depthwise_blocking(const Layout& layout,
                                                            const DepthwiseConv2dParams& params) {
  const Extent2d &filter = params.filter, &stride = params.stride, &dilation = params.dilation;
  // Squares of a filter that moves by two never overlap: every input value is interleaved once.
  const bool squares =
      layout.depth == 4 && stride.h == 2 && stride.w == 2 && dilation.h == 1 && dilation.w == 1;
  DepthwiseBlocking b{};
  b.cell = squares ? Extent2d{2, 2} : Extent2d{layout.depth, 1};
  b.groups = (filter.h - 1) / b.cell.h + 1;
  b.width = (filter.w - 1) / b.cell.w + 1;
  // Rows beyond those of the filter are the ones that the next outputs need.
  const std::int32_t spare = b.groups * b.cell.h - filter.h;
  b.output_rows = (dilation.h == 1 ? spare / stride.h : 0) + 1;
  const std::int64_t moved = std::int64_t{b.output_rows} * stride.h;
  const bool aligned = dilation.h == 1 && moved % b.cell.h == 0 && moved / b.cell.h < b.groups;
  b.advance = aligned ? static_cast<int>(moved / b.cell.h) : b.groups;
  b.position_step = stride.w / b.cell.w;
  b.tap_step = dilation.w;
  const ShapeNhwc out = output_shape(params);
  b.blocks = depthwise_blocks(layout, b, out);
  const std::int64_t staged = kStagedBytes / b.blocks;
  const std::int64_t fitting = staged / (b.groups * cell_bytes(layout));
  const std::int64_t least = b.columns_of(1);
  const std::int64_t most = fitting < least ? 1 : (fitting - least) / b.position_step + 1;
  b.positions = out.w < most ? out.w : most;
  b.columns = b.columns_of(b.positions);
  const std::int64_t room = staged / (b.columns * cell_bytes(layout)) - b.groups;
  const std::int64_t strips = room < 0 ? 1 : room / b.advance + 1;
  const std::int64_t needed = (out.h - 1) / b.output_rows + 1;
  b.strips = static_cast<int>(needed < strips ? needed : strips);
  b.staged_groups = (b.strips - 1) * b.advance + b.groups;
  b.cached_rows = depthwise_cached_rows(layout, params, out, b.output_rows);
  return b;
}

// Bytes from one vector of the staged cells of a group to the next: an odd number of cache lines,
// so that they do not compete for the same sets.
OCTET_INLINE constexpr std::int64_t staged_plane_bytes(const Layout& layout,
                                                       const DepthwiseBlocking& blocking) {
  const auto line = static_cast<std::int64_t>(kAlignment);
  return (round_up(blocking.columns * cell_vector_bytes(layout), line) / line | 1) * line;
}

// Products in a panel of packed weights, which are operands of the target as they are. Those of
// each output row come with zeros for the rows that only the other output rows need.
OCTET_INLINE constexpr std::int64_t depthwise_depth(const Layout& layout,
                                                    const DepthwiseBlocking& blocking) {
  return std::int64_t{blocking.output_rows} * blocking.groups * blocking.width * layout.depth;
}
OCTET_INLINE constexpr std::size_t depthwise_panel_bytes(const Layout& layout,
                                                         const DepthwiseBlocking& blocking) {
  return panel_bytes(layout, depthwise_depth(layout, blocking), layout.zip_channels(),
                     layout.element_bytes());
}

}  // namespace detail
}  // namespace OCTET_BASELINE
}  // namespace octet
