// SPDX-License-Identifier: Apache-2.0
// How a depthwise convolution is cut into blocks of channels and pieces of output rows.
#pragma once

#include "octet/detail/packing.hpp"

namespace octet {

// What a vector of bytes holds: `channels` channels from `first` on, of `pixels` output pixels that
// are neighbours in a row. There are several pixels where the channels are too few to fill a
// vector.
struct DepthwiseBlock {
  std::int32_t first;
  int channels, pixels;
};

struct DepthwiseBlocking {
  int groups;       // of `depth` rows of the input, whose bytes are interleaved
  int output_rows;  // that one set of interleaved rows serves
  int columns;      // of the input, interleaved at a time
};

inline namespace OCTET_BASELINE {
namespace detail {

// The block that starts at channel `first`, or that ends at the last channel and overlaps the one
// before it.
OCTET_INLINE constexpr DepthwiseBlock depthwise_block(const Layout& layout, std::int32_t channels,
                                                      std::int32_t first) {
  const int bytes = layout.zip_channels();
  if (channels < bytes) return {0, channels, bytes / channels};
  return {channels - first < bytes ? channels - bytes : first, bytes, 1};
}

// Columns of the input from the first to the last that an output pixel needs.
OCTET_INLINE constexpr std::int64_t window_columns(const Extent2d& filter,
                                                   const Extent2d& dilation) {
  return (std::int64_t{filter.w} - 1) * dilation.w + 1;
}

// Bytes of one interleaved column: a vector of operands for each of `depth` vectors of lanes.
OCTET_INLINE constexpr std::int64_t column_bytes(const Layout& layout) {
  return std::int64_t{layout.zip_channels()} * layout.depth * layout.element_bytes();
}

// The interleaved columns stay in the first level cache.
inline constexpr std::int64_t kStagedBytes = 16 * 1024;

OCTET_INLINE constexpr DepthwiseBlocking depthwise_blocking(const Layout& layout,
                                                            const Extent2d& filter,
                                                            const Extent2d& stride,
                                                            const Extent2d& dilation) {
  const std::int32_t groups = (filter.h - 1) / layout.depth + 1;
  // Rows interleaved beyond those of the filter are the ones that the next outputs need.
  const std::int32_t spare = groups * layout.depth - filter.h;
  const std::int32_t more = dilation.h == 1 ? spare / stride.h : 0;
  const std::int64_t fitting = kStagedBytes / (groups * column_bytes(layout));
  const std::int64_t least = window_columns(filter, dilation);
  return {groups, more + 1, static_cast<int>(fitting < least ? least : fitting)};
}

// Products in a panel of packed weights: those of each output row come with zeros for the rows that
// only the other output rows need.
OCTET_INLINE constexpr std::int64_t depthwise_depth(const Layout& layout,
                                                    const DepthwiseBlocking& blocking,
                                                    std::int32_t filter_w) {
  return std::int64_t{blocking.output_rows} * blocking.groups * filter_w * layout.depth;
}
OCTET_INLINE constexpr std::size_t depthwise_panel_bytes(const Layout& layout,
                                                         const DepthwiseBlocking& blocking,
                                                         std::int32_t filter_w) {
  return panel_bytes(layout, depthwise_depth(layout, blocking, filter_w), layout.zip_channels());
}

// The output positions of a block (each of `pixels` pixels) whose input fits into the columns.
OCTET_INLINE constexpr std::int64_t positions_of(const DepthwiseBlocking& blocking,
                                                 const DepthwiseBlock& block,
                                                 const Extent2d& filter, const Extent2d& stride,
                                                 const Extent2d& dilation) {
  const std::int64_t spare = blocking.columns - window_columns(filter, dilation);
  return spare / (std::int64_t{block.pixels} * stride.w) + 1;
}

}  // namespace detail
}  // namespace OCTET_BASELINE
}  // namespace octet
