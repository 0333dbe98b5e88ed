// SPDX-License-Identifier: Apache-2.0
// How a depthwise convolution is cut into blocks of channels, pieces of output rows, and cells of
// the input that one dot product instruction multiplies at once.
#pragma once

#include "octet/detail/packing.hpp"
#include "octet/detail/parts.hpp"
#include "octet/detail/product_tuning.hpp"
#include "octet/reference/depthwise_conv2d.hpp"

namespace octet::inline OCTET_BASELINE {

// What a vector of bytes holds: `bands` parts, one for each of as many bands of output rows. Each
// begins with `channels` channels, from `first` on. There are several bands where the channels are
// too few to fill a vector.
struct DepthwiseBlock {
  std::int32_t first;
  int channels, bands, part;
};

// The rows and columns of the filter that any output has inside the input; the others only ever
// meet zero points. top and left are those of what is left, negative where a filter begins behind
// the first row or column.
struct DepthwiseWindow {
  Extent2d first, filter, dilation;
  std::int32_t top, left;
};

// Each lane multiplies the `depth` values of one cell of its channel, cell.h x cell.w neighbours,
// in the order of rows. Neighbours are rows that one filter may cover, dilation.h apart. Cells of
// one height lie side by side and make a group:
//
//   group g    rows y + g * cell.h * dilation.h and the cell.h - 1 following, dilation.h apart
//
// `groups` groups hold all the input of `output_rows` rows of outputs, row_step apart: of every
// row_step-th row, all filters cover the same rows of the input, and rows between them share
// nothing with these. Of those groups the next output rows need, the last groups - advance stay
// where they are.
//
// Where those of an image are so few that as many groups hold their whole columns (is_whole), that
// is what groups are: they begin at the top of the image, whichever rows an output needs of them,
// every output row has weights of its own, and start values that leave out what it has outside.
//
//   dilation 12, filters of five rows, images of 28; depth 4
//   group 0    rows y  y+12  y+24  -
//   output     w2  w3    w4    0       of the row at y
//              w1  w2    w3    0       of the row at y + 12
//              w0  w1    w2    0       of the row at y + 24
//
// The columns of a group are either all from the first to the last that a piece of an output row
// covers, cell_columns apart, or, where large dilations leave too many between those, runs of
// neighbours, dilation.w apart:
//
//   dilation 100, filters of three columns, from outputs 0 ...
//   runs       0 1 2 3 | 100 101 102 103 | 200 201 202 203 | 300 301 302 303
//   pass 0     outputs 0 1 2 3           the first three runs
//   pass 1     outputs 100 101 102 103   the last three
struct DepthwiseBlocking {
  Extent2d cell;
  int groups, width;           // cells that the filter covers, down and across
  int output_rows, advance;    // rows of outputs, groups from these to those of the next rows
  std::int64_t row_step;       // rows of outputs from one of those to the next
  bool is_whole;               // groups hold all rows of an image that are row_step apart
  std::int32_t first_tap;      // then the filter's row at the topmost, for the topmost output
  std::int64_t cell_columns;   // of the input, from one cell to the next,
  std::int64_t run_columns;    // and from one run to the next; 0 where there is one only
  std::int64_t position_step;  // cells from one output of a pass to the next,
  std::int64_t tap_step;       // and from one to the next that its filter covers
  std::int64_t positions;      // outputs of a pass, at most
  std::int64_t passes;         // over one set of staged cells, at most
  std::int64_t pass_step;      // outputs from one pass to the next,
  std::int64_t pass_runs;      // and runs
  std::int64_t columns;        // cells of a group that these need
  int strips, staged_groups;   // sets of output rows computed at a time, and the groups these need
  int blocks;                  // of channels, computed side by side at most
  std::int64_t cached_rows;    // rows of outputs computed for all channels before those that follow

  // Rows from one set of output rows to the next.
  OCTET_INLINE constexpr std::int64_t strip_rows() const {
    return is_whole ? 1 : output_rows * row_step;
  }
  OCTET_INLINE constexpr bool has_runs() const { return run_columns > 0; }
  // Cells for `count` outputs of a pass: in one run each, or in the only one.
  OCTET_INLINE constexpr std::int64_t run_cells(std::int64_t count) const {
    return has_runs() ? count : (count - 1) * position_step + (width - 1) * tap_step + 1;
  }
  OCTET_INLINE constexpr std::int64_t runs(std::int64_t count_of_passes) const {
    return has_runs() ? (count_of_passes - 1) * pass_runs + width : 1;
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

// The rows where the strips of a band begin, counted from the first one of a part: those from
// `first` on and before `last`, `step` behind those of the band before. `starts` rows share no
// cells, and those behind share theirs. There may be rows that the part does not have.
struct DepthwiseBands {
  std::int64_t step, first, last, starts;
};

// Bands lie one below the other or, where the rows that share cells are far apart, between those.
[[gnu::noinline]] constexpr DepthwiseBands depthwise_bands(const DepthwiseBlocking& blocking,
                                                           const PartRange& part, int count) {
  const std::int64_t rows = part.last - part.first;
  const auto at_most = [](std::int64_t x, std::int64_t most) { return x < most ? x : most; };
  if (blocking.is_whole) {
    // A part of few rows may have one of each whole column only.
    const std::int64_t top = part.first % blocking.row_step;
    const bool once = top + rows <= blocking.row_step;
    const std::int64_t columns = once ? rows : at_most(blocking.row_step, part.last);
    const std::int64_t first = (once ? top : 0) - part.first, step = (columns - 1) / count + 1;
    return {step, first, first + step, 1};
  }
  const std::int64_t height = (rows - 1) / count + 1;
  const DepthwiseBands below{height, 0, height, at_most(blocking.row_step, height)};
  if (blocking.row_step == 1 || count == 1) return below;
  const std::int64_t starts = (at_most(blocking.row_step, rows) - 1) / count + 1;
  const DepthwiseBands between{starts, 0, rows, starts};
  // Rows that are computed, and groups that are staged for them.
  const auto work = [&](const DepthwiseBands& bands) {
    const std::int64_t each = bands.last / blocking.row_step;
    const std::int64_t longer = at_most(bands.last % blocking.row_step, bands.starts);
    const auto of_start = [&](std::int64_t computed) {
      const std::int64_t strips = (computed + blocking.output_rows - 1) / blocking.output_rows;
      return computed + strips * blocking.advance + (blocking.groups - blocking.advance);
    };
    return longer * of_start(each + 1) + (bands.starts - longer) * (each > 0 ? of_start(each) : 0);
  };
  return work(between) < work(below) ? between : below;
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
                                                          const ShapeNhwc& out,
                                                          const DepthwiseBlocking& blocking) {
  if (out.c <= layout.zip_channels()) return out.h;
  const std::int64_t unit = blocking.output_rows * blocking.row_step * layout.bands;
  const std::int64_t fitting =
      kCachedBytes / (std::int64_t{params.input.shape.w} * params.input.shape.c);
  const std::int64_t rows = fitting / params.stride.h / unit * unit;
  return rows < unit ? unit : rows;
}

// Staged cells stay in the first level cache.
inline constexpr std::int64_t kStagedBytes = 30 * 1024;
OCTET_INLINE constexpr std::int64_t most_staged_bytes(const Layout& layout) {
  return cached_bytes(layout.lanes, kStagedBytes);
}

// Blocks of channels that are staged one after the other from the same cache lines, at most.
inline constexpr int kMostBlocks = 4;

// As many as fit, of groups of that many cells.
OCTET_INLINE constexpr int depthwise_blocks(const Layout& layout, std::int64_t group_cells,
                                            const ShapeNhwc& out) {
  const std::int64_t fitting = most_staged_bytes(layout) / cell_bytes(layout) / group_cells;
  const std::int64_t all = (out.c - 1) / layout.zip_channels() + 1;
  const std::int64_t most = all < kMostBlocks ? all : kMostBlocks;
  return fitting < 1 ? 1 : static_cast<int>(fitting < most ? fitting : most);
}

[[gnu::noinline]] constexpr DepthwiseWindow depthwise_window(const DepthwiseConv2dParams& params) {
  struct Taps {
    std::int32_t first, count, dilation, before;
  };
  // Of `taps` taps the first one that the last output has inside or behind the input's beginning,
  // up to the last one that the first output has inside or before its end.
  const auto clip = [](std::int64_t input, std::int64_t outputs, std::int64_t before,
                       std::int64_t taps, std::int64_t stride, std::int64_t dilation) {
    const std::int64_t missing = before - (outputs - 1) * stride;
    std::int64_t first = missing > 0 ? (missing + dilation - 1) / dilation : 0;
    if (first > taps - 1) first = taps - 1;
    std::int64_t last = (input - 1 + before) / dilation;
    if (last > taps - 1) last = taps - 1;
    if (last < first) last = first;
    return Taps{static_cast<std::int32_t>(first), static_cast<std::int32_t>(last - first + 1),
                first == last ? 1 : static_cast<std::int32_t>(dilation),
                static_cast<std::int32_t>(before - first * dilation)};
  };
  const ShapeNhwc out = output_shape(params);
  const Taps h = clip(params.input.shape.h, out.h, params.padding.top, params.filter.h,
                      params.stride.h, params.dilation.h);
  const Taps w = clip(params.input.shape.w, out.w, params.padding.left, params.filter.w,
                      params.stride.w, params.dilation.w);
  return {{h.first, w.first}, {h.count, w.count}, {h.dilation, w.dilation}, h.before, w.before};
}

OCTET_INLINE constexpr std::int32_t greatest_common_divisor(std::int32_t a, std::int32_t b) {
  while (b != 0) {
    const std::int32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// Runs are that long at least, if there are as many cells. Longer ones leave room for the outputs
// of one pass where a filter has many columns, and every pass stages all of its own. With 16, a
// filter of 5 x 5 takes 1.7, 1.8, 1.7 and 1.8 times as long at dilation 12 as without, instead of
// 1.2, 1.4, 1.3 and 1.3 times (depthwise_conv2d_bench avx512vnni 5x5, last column of 56x56).
inline constexpr std::int64_t kLeastRun = 4;

// Where columns of a filter are that far apart, pieces of whole runs may take twice the memory:
// what is staged for more than one piece costs more than cells in the second level cache. With 16
// those figures are 1.6, 1.6, 1.6 and 2.2.
inline constexpr std::int64_t kFarApart = 8;

// Cuts rows of outputs into pieces whose columns are staged in runs, in about `cells` cells.
OCTET_INLINE constexpr void cut_into_runs(DepthwiseBlocking& b, const DepthwiseWindow& window,
                                          std::int32_t stride, std::int64_t out_w,
                                          std::int64_t cells) {
  const std::int32_t divisor = greatest_common_divisor(stride, window.dilation.w);
  b.pass_step = window.dilation.w / divisor;
  b.pass_runs = stride / divisor;
  const std::int64_t neighbours = out_w < b.pass_step ? out_w : b.pass_step;
  const std::int64_t all_passes = (out_w - 1) / b.pass_step + 1;
  const std::int64_t all_runs = (all_passes - 1) * b.pass_runs + b.width;
  const auto whole_fours = [](std::int64_t count) { return count < 4 ? 4 : count / 4 * 4; };
  std::int64_t longest = whole_fours(cells / all_runs);
  if (longest < kLeastRun) {
    const std::int64_t fitting = whole_fours(cells / b.width);
    longest = fitting < kLeastRun ? fitting : kLeastRun;
  }
  const std::int64_t pieces = (neighbours - 1) / longest + 1;
  const std::int64_t each = round_up((neighbours - 1) / pieces + 1, 4);
  b.positions = each < neighbours ? each : neighbours;
  const std::int64_t runs = cells / b.positions;
  const std::int64_t passes = runs < b.width ? 1 : (runs - b.width) / b.pass_runs + 1;
  b.passes = passes < all_passes ? passes : all_passes;
  b.cell_columns = stride;
  b.run_columns = window.dilation.w;
  b.position_step = 1;
  b.tap_step = b.positions;
  b.columns = b.runs(b.passes) * b.positions;
}

// Bytes from one vector of the staged cells of a group to the next: an odd number of cache lines,
// so that they do not compete for the same sets.
OCTET_INLINE constexpr std::int64_t staged_plane_bytes(const Layout& layout,
                                                       const DepthwiseBlocking& blocking) {
  const auto line = static_cast<std::int64_t>(kAlignment);
  return (round_up(blocking.columns * cell_vector_bytes(layout), line) / line | 1) * line;
}

OCTET_INLINE constexpr std::int64_t staged_bytes(const Layout& layout,
                                                 const DepthwiseBlocking& blocking) {
  return std::int64_t{blocking.blocks} * blocking.staged_groups * layout.depth *
         staged_plane_bytes(layout, blocking);
}

// Cuts rows of outputs into pieces and decides how many strips are staged at a time, in about that
// many bytes.
OCTET_INLINE constexpr void cut_columns(DepthwiseBlocking& b, const Layout& layout,
                                        const DepthwiseConv2dParams& params,
                                        const DepthwiseWindow& window, std::int64_t bytes) {
  const ShapeNhwc out = output_shape(params);
  const std::int32_t stride = params.stride.w, dilation = window.dilation.w;
  const std::int32_t common = greatest_common_divisor(stride, dilation);
  b.cell_columns = b.cell.w > 1 ? b.cell.w : common;
  b.position_step = stride / b.cell_columns;
  b.tap_step = dilation / common;
  b.run_columns = 0;
  b.passes = 1;
  b.pass_step = out.w;
  const std::int64_t row_cells = b.run_cells(out.w);
  if (!b.is_whole) b.blocks = depthwise_blocks(layout, b.groups * row_cells, out);
  const std::int64_t group_bytes = b.groups * cell_bytes(layout);
  // Whole columns may have the memory of pieces of runs, but rows that do without are faster.
  const std::int64_t wanted = most_staged_bytes(layout);
  const bool fits = bytes > wanted && b.blocks * row_cells * group_bytes <= wanted;
  const std::int64_t staged = (fits ? wanted : bytes) / b.blocks;
  const std::int64_t fitting = staged / group_bytes;
  const std::int64_t between = (b.width - 1) * b.tap_step;
  if (b.tap_step >= 2 * kLeastRun && row_cells > fitting && between > fitting / 8) {
    const bool twice = b.tap_step >= kFarApart && !b.is_whole;
    cut_into_runs(b, window, stride, out.w, twice ? 2 * fitting : fitting);
  } else {
    std::int64_t most = fitting <= between ? 1 : (fitting - between - 1) / b.position_step + 1;
    if (b.tap_step > 1 && most < between / 4) most = between / 4;
    b.positions = out.w < most ? out.w : most;
    b.columns = b.run_cells(b.positions);
  }
  const std::int64_t room = staged / (b.columns * cell_bytes(layout)) - b.groups;
  const std::int64_t strips = room < 0 ? 1 : room / b.advance + 1;
  const std::int64_t rows = (out.h - 1) / b.row_step + 1;
  const std::int64_t apart = out.h < b.row_step ? out.h : b.row_step;
  const std::int64_t needed = b.is_whole ? apart : (rows - 1) / b.output_rows + 1;
  b.strips = static_cast<int>(needed < strips ? needed : strips);
  b.staged_groups = (b.strips - 1) * b.advance + b.groups;
}

// Lets groups hold whole columns, if these are no more than it has now, and if bands, each of which
// has columns of its own then, compute few rows more than they would otherwise.
OCTET_INLINE constexpr void stage_whole_columns(DepthwiseBlocking& b, const Layout& layout,
                                                const DepthwiseConv2dParams& params,
                                                const DepthwiseWindow& window) {
  const ShapeNhwc out = output_shape(params);
  const std::int32_t dilation = window.dilation.h, channels = layout.zip_channels();
  const std::int64_t rows = (params.input.shape.h - 1) / dilation + 1;
  const std::int64_t output_rows = (out.h - 1) / dilation + 1;
  const std::int64_t groups = (rows - 1) / b.cell.h + 1;
  const int bands = depthwise_block(layout, out.c, (out.c - 1) / channels * channels).bands;
  const auto of_band = [&](std::int64_t count) { return (count - 1) / bands + 1; };
  const std::int64_t apart = out.h < dilation ? out.h : dilation;
  const std::int64_t work = of_band(apart) * output_rows * groups;
  const std::int64_t work_otherwise = of_band(out.h) * b.groups;
  b.is_whole = dilation > 1 && params.stride.h == 1 && window.top % dilation == 0 &&
               groups <= b.groups && output_rows <= b.groups * b.cell.h &&
               (bands == 1 || work * 4 <= work_otherwise * 5);
  if (!b.is_whole) return;
  b.first_tap = window.top / dilation;
  b.groups = b.advance = static_cast<int>(groups);
  b.output_rows = static_cast<int>(output_rows);
}

[[gnu::noinline]] constexpr DepthwiseBlocking depthwise_blocking(
    const Layout& layout, const DepthwiseConv2dParams& params) {
  const Extent2d& stride = params.stride;
  const DepthwiseWindow window = depthwise_window(params);
  const Extent2d &filter = window.filter, &dilation = window.dilation;
  // Squares of a filter that moves by two never overlap: every input value is interleaved once.
  const bool squares =
      layout.depth == 4 && stride.h == 2 && stride.w == 2 && dilation.h == 1 && dilation.w == 1;
  DepthwiseBlocking b{};
  b.cell = squares ? Extent2d{2, 2} : Extent2d{layout.depth, 1};
  b.groups = (filter.h - 1) / b.cell.h + 1;
  b.width = (filter.w - 1) / b.cell.w + 1;
  const std::int32_t common_rows = greatest_common_divisor(stride.h, dilation.h);
  b.row_step = dilation.h / common_rows;
  const std::int32_t stride_h = stride.h / common_rows;  // in rows dilation.h apart
  // Rows beyond those of the filter are the ones that the next outputs need.
  const std::int32_t spare = b.groups * b.cell.h - filter.h;
  b.output_rows = spare / stride_h + 1;
  const std::int64_t moved = std::int64_t{b.output_rows} * stride_h;
  const bool aligned = moved % b.cell.h == 0 && moved / b.cell.h < b.groups;
  b.advance = aligned ? static_cast<int>(moved / b.cell.h) : b.groups;
  cut_columns(b, layout, params, window, most_staged_bytes(layout));
  // Whole columns take no more memory than others would.
  const std::int64_t bytes =
      std::int64_t{b.blocks} * b.staged_groups * b.columns * cell_bytes(layout);
  stage_whole_columns(b, layout, params, window);
  if (b.is_whole) cut_columns(b, layout, params, window, bytes);
  b.cached_rows = depthwise_cached_rows(layout, params, output_shape(params), b);
  return b;
}

// Products in a panel of packed weights, which are operands of the target as they are. Those of
// each output row come with zeros for the rows that only the other output rows need.
OCTET_INLINE constexpr std::int64_t depthwise_depth(const Layout& layout,
                                                    const DepthwiseBlocking& blocking) {
  return std::int64_t{blocking.output_rows} * blocking.groups * blocking.width * layout.depth;
}
// Behind those are the start values of each output row, where these differ.
OCTET_INLINE constexpr std::int64_t depthwise_start_offset(const Layout& layout,
                                                           const DepthwiseBlocking& blocking) {
  return static_cast<std::int64_t>(panel_bytes(layout, depthwise_depth(layout, blocking),
                                               layout.zip_channels(), layout.element_bytes()));
}
OCTET_INLINE constexpr std::size_t depthwise_panel_bytes(const Layout& layout,
                                                         const DepthwiseBlocking& blocking) {
  const std::int64_t starts = blocking.is_whole ? blocking.output_rows * layout.zip_channels() : 0;
  return memory_size(
      depthwise_start_offset(layout, blocking) +
      round_up(starts * std::int64_t{sizeof(std::int32_t)}, static_cast<std::int64_t>(kAlignment)));
}

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE
