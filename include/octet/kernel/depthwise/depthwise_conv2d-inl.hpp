// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution. Included inside the region of each target.
//
// Channels run along the vectors, and a lane multiplies the kDepth values of one cell of its
// channel at once (DepthwiseBlocking). For a few blocks of channels side by side, and for the rows
// of the output from top to bottom:
//
//   stage      the bytes of the cells that the rows above did not need are interleaved into a small
//              buffer (cells-inl.hpp)
//   convolve   every output adds up the cells under its filter, times weights that were interleaved
//              the same way when they were packed; three or four outputs at a time, vector by
//              vector of a block, with the epilogue of one vector among the dot products of the
//              next (pass-inl.hpp)
//
// For a depth of four a cell is four rows of a column. A 3 x 3 filter leaves one of them idle; the
// row that follows takes its place, so that the same cells serve two output rows, each with weights
// of its own:
//
//   rows     y  y+1  y+2  y+3
//   output   w0  w1   w2   0       of the row at y
//            0   w0   w1   w2      of the row at y + 1
//
// Where the filter moves by two, cells are squares of two rows and two columns.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/depthwise/pass-inl.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// Blocks of channels that walk down an image side by side, in the same bands.
struct StagedBlocks {
  int count;
  StagedBlock of[detail::kMostBlocks];
  StagedZeros zeros[detail::kMostBlocks];  // of dilated convolutions

  OCTET_INLINE int bands() const { return of[0].bands; }
};

// As many blocks as there are to be computed from channel `first` on, up to blocking.blocks.
inline StagedBlocks staged_blocks(const DepthwiseTask& task, std::int64_t first) {
  const DepthwiseBlocking& blocking = task.blocking;
  const std::int64_t plane = detail::staged_plane_bytes(kLayout, blocking);
  const std::int64_t group_bytes = plane * Dot8x8::kDepth;
  const auto panel_bytes =
      static_cast<std::int64_t>(detail::depthwise_panel_bytes(kLayout, blocking));
  StagedBlocks blocks;
  blocks.count = 0;
  for (std::int64_t c = first; c < task.last_channel && blocks.count < blocking.blocks;
       c += kBlockChannels) {
    const DepthwiseBlock block =
        detail::depthwise_block(kLayout, task.channels, static_cast<std::int32_t>(c));
    if (blocks.count > 0 && block.bands != blocks.bands()) break;
    std::byte* const cells = task.staged + blocks.count * blocking.staged_groups * group_bytes;
    blocks.of[blocks.count++] = {block,
                                 task.packed + c / kBlockChannels * panel_bytes,
                                 stage_cells_for(task, block),
                                 {cells, plane, blocking.staged_groups}};
  }
  return blocks;
}

// The rows of the input for a group of cells, the first of them y in the topmost band.
inline CellRows cell_rows(const DepthwiseTask& task, const std::uint8_t* image, std::int64_t y,
                          int bands, std::int64_t band_step) {
  const ShapeNhwc& in = task.input_shape;
  const bool is_wide = task.blocking.cell.w > 1;
  CellRows rows;
  OCTET_UNROLL
  for (int e = 0; e < Dot8x8::kDepth; ++e) {
    std::int64_t row = y + std::int64_t{is_wide ? e / 2 : e} * task.dilation.h;
    for (int b = 0; b < bands; ++b, row += band_step) {
      const bool inside = row >= 0 && row < in.h;
      rows.of[e][b] = inside ? image + row * in.w * in.c : task.zero_pixel;
      rows.step[e][b] = inside ? in.c : 0;
    }
  }
  return rows;
}

OCTET_INLINE bool is_dilated(const DepthwiseTask& task) {
  return task.dilation.h > 1 || task.dilation.w > 1;
}

// A piece of an output row, for which cells are staged once: `passes` times `positions` outputs,
// the first of them at `first`; of the last pass maybe fewer.
struct DepthwisePiece {
  std::int64_t first, positions, passes;

  // The outputs of pass i.
  OCTET_INLINE PartRange of_pass(const DepthwiseTask& task, std::int64_t i) const {
    const std::int64_t start = first + i * task.blocking.pass_step, end = start + positions;
    return {start, end < task.out_w ? end : task.out_w};
  }
};

// body(piece) for all pieces of a row.
template <class Body>
OCTET_INLINE void for_each_piece_of_row(const DepthwiseTask& task, Body body) {
  const DepthwiseBlocking& b = task.blocking;
  const std::int64_t end = b.pass_step < task.out_w ? b.pass_step : task.out_w;
  for (std::int64_t first = 0; first < end; first += b.positions) {
    const std::int64_t positions = end - first < b.positions ? end - first : b.positions;
    const std::int64_t all = (task.out_w - 1 - first) / b.pass_step + 1;
    for (std::int64_t i = 0; i < all; i += b.passes) {
      body(DepthwisePiece{first + i * b.pass_step, positions,
                          all - i < b.passes ? all - i : b.passes});
    }
  }
}

// Stages group `group` of the ring for a piece of a dilated convolution, from rows which may all
// lie outside the input.
[[gnu::noinline]] inline void stage_dilated_group(const DepthwiseTask& task,
                                                  const StagedBlock& block, StagedZeros& zeros,
                                                  const DepthwisePiece& piece,
                                                  const CellColumns& columns, const CellRows& rows,
                                                  bool outside, int group) {
  const DepthwiseBlocking& blocking = task.blocking;
  const std::int64_t plane = block.groups.plane;
  const std::int64_t run_cells = blocking.has_runs() ? blocking.positions : blocking.columns;
  const int cell_w = blocking.cell.w;
  std::byte* cells = block.groups.at(group, 0);
  std::uint64_t untold = 0;
  const bool told = group < StagedZeros::kGroups;
  std::uint64_t& zero_runs = told ? zeros.runs[group] : untold;
  const std::uint32_t edge = told && cell_w == 1 ? std::uint32_t{1} << group : 0;
  const bool has_edges = (zeros.edges & edge) != 0;
  const auto stage = [&](std::int64_t i, const CellColumns& run) {
    const std::uint64_t bit = i < StagedZeros::kRuns && told ? std::uint64_t{1} << i : 0;
    if (outside || run.are_outside(task.input_shape.w, cell_w)) {
      if ((zero_runs & bit) == 0) store_zero_cells(task, run_cells, plane, cells);
      zero_runs |= bit;
      return;
    }
    // A run of zero points has edges of these, too.
    if (has_edges || (edge != 0 && (zero_runs & bit) != 0)) {
      block.stage(task, block, run.inside(), rows, plane, cells + run.begin * kCellVectorBytes);
    } else {
      block.stage(task, block, run, rows, plane, cells);
    }
    zero_runs &= ~bit;
  };
  stage(0, columns);
  const std::int64_t runs = blocking.runs(piece.passes);
  for (std::int64_t i = 1; i < runs; ++i) {
    cells += blocking.positions * kCellVectorBytes;
    stage(i, {task, columns.x + i * blocking.run_columns, columns.count});
  }
  zeros.edges |= edge;
}

// The outputs of a piece for these blocks, in the rows [part.first, part.last) of an image.
template <class Out>
inline void convolve_blocks(const DepthwiseTask& task, StagedBlocks& blocks,
                            const std::uint8_t* image, const PartRange& part,
                            const DepthwisePiece& piece, Out* output) {
  const DepthwiseBlocking& blocking = task.blocking;
  const CellColumns columns(task, piece.first * task.stride.w - task.left,
                            blocking.run_cells(piece.positions));
  const ConvolvePass<Out> convolve = convolve_pass_for<Out>(task, piece.positions);
  const bool dilated = is_dilated(task);
  // The edges of another piece are others.
  for (int b = 0; dilated && b < blocks.count; ++b) blocks.zeros[b].edges = 0;
  const std::int64_t rows = part.last - part.first;
  const detail::DepthwiseBands bands = detail::depthwise_bands(blocking, part, blocks.bands());
  const std::int64_t row_weights = std::int64_t{blocking.groups} * blocking.width * kWeightBytes;
  const std::int64_t row_starts = blocking.is_whole ? kBlockChannels : 0;
  const std::int64_t group_rows = std::int64_t{blocking.cell.h} * task.dilation.h;
  const std::int64_t strip_rows = blocking.strip_rows() * task.stride.h;
  const std::int64_t pass_bytes = blocking.pass_runs * blocking.positions * kCellVectorBytes;
  // Where no group serves two strips these have their own, wherever their rows start.
  const bool apart = blocking.advance == blocking.groups;
  // The rows of a band that share rows of the input, then those that share others.
  for (std::int64_t start = 0; start < bands.starts; ++start) {
    int place = 0;     // of the first group of the next strip
    int retained = 0;  // groups of it that are there already
    for (std::int64_t oy = bands.first + start; oy < bands.last;) {
      const std::int64_t rest = (bands.last - oy - 1) / blocking.strip_rows() + 1;
      const int strips = rest < blocking.strips ? static_cast<int>(rest) : blocking.strips;
      const int needed = (strips - 1) * blocking.advance + blocking.groups;
      std::int64_t top =
          (part.first + oy) * task.stride.h - task.top + std::int64_t{retained} * group_rows;
      int in_strip = 0;
      for (int g = retained; g < needed; ++g) {
        const CellRows source =
            cell_rows(task, image, top, blocks.bands(), bands.step * task.stride.h);
        for (int b = 0; b < blocks.count; ++b) {
          const StagedBlock& block = blocks.of[b];
          if (dilated) {
            const bool outside = source.are_outside(blocks.bands());
            stage_dilated_group(task, block, blocks.zeros[b], piece, columns, source, outside,
                                block.groups.wrapped(place, g));
          } else {
            block.stage(task, block, columns, source, block.groups.plane,
                        block.groups.at(place, g));
          }
        }
        top += group_rows;
        if (apart && ++in_strip == blocking.groups) {
          top += strip_rows - blocking.groups * group_rows;
          in_strip = 0;
        }
      }
      for (int b = 0; b < blocks.count; ++b) {
        const StagedBlock& block = blocks.of[b];
        const std::byte* weights = block.panel + detail::panel_constants_bytes(kBlockChannels);
        const std::int32_t* const starts =
            blocking.is_whole ? reinterpret_cast<const std::int32_t*>(
                                    block.panel + detail::depthwise_start_offset(kLayout, blocking))
                              : detail::panel_constants(block.panel, kBlockChannels).start;
        for (int r = 0; r < blocking.output_rows; ++r) {
          std::int64_t row = oy + r * blocking.row_step, end = rows, last = bands.last;
          int first_place = place, skipped = 0;
          if (blocking.is_whole) {
            // Rows from `end` on belong to the next output row.
            end = (r + std::int64_t{1}) * blocking.row_step - part.first;
            last = end = end < rows ? end : rows;
            // Strips that have only rows before the part.
            const std::int64_t before = -row - (blocks.bands() - 1) * bands.step;
            if (before >= strips) continue;
            if (before > 0) {
              skipped = static_cast<int>(before);
              row += skipped;
              first_place = (place + skipped * blocking.advance) % blocking.staged_groups;
            }
          }
          if (row >= last) break;
          const std::int64_t with_row = (last - row - 1) / blocking.strip_rows() + 1;
          const int count =
              with_row < strips - skipped ? static_cast<int>(with_row) : strips - skipped;
          for (std::int64_t i = 0; i < piece.passes; ++i) {
            const PartRange outputs = piece.of_pass(task, i);
            Out* const out =
                output + (part.first * task.out_w + outputs.first) * task.channels + block.first;
            const std::int64_t positions = outputs.last - outputs.first;
            convolve({task, block, weights + r * row_weights, starts + r * row_starts, first_place,
                      i * pass_bytes, count, positions, row < 0 ? 0 : positions, row, end,
                      bands.step, out});
          }
        }
      }
      oy += strips * blocking.strip_rows();
      place = static_cast<int>((place + std::int64_t{strips} * blocking.advance) %
                               blocking.staged_groups);
      retained = blocking.groups - blocking.advance;
    }
  }
}

// All channels of the rows `part` of an image.
template <class Out>
inline void convolve_rows(const DepthwiseTask& task, const std::uint8_t* image,
                          const PartRange& part, Out* output) {
  for (std::int64_t c = task.first_channel; c < task.last_channel;) {
    StagedBlocks blocks = staged_blocks(task, c);
    for (int b = 0; is_dilated(task) && b < blocks.count; ++b) blocks.zeros[b] = {};
    for_each_piece_of_row(task, [&](const DepthwisePiece& piece) {
      convolve_blocks(task, blocks, image, part, piece, output);
    });
    c += std::int64_t{blocks.count} * kBlockChannels;
  }
}

template <class Out>
inline void depthwise_conv2d(const DepthwiseTask& task) {
  const ShapeNhwc& in = task.input_shape;
  std::memset(task.zero_pixel, task.zero_point,
              static_cast<std::size_t>(detail::zero_pixel_bytes(kLayout, in.c)));
  for (std::int32_t n = 0; n < in.n; ++n) {
    const std::uint8_t* const image = task.input + std::int64_t{n} * in.h * in.w * in.c;
    Out* const output =
        static_cast<Out*>(task.output) + std::int64_t{n} * task.out_h * task.out_w * task.channels;
    const PartRange part = detail::within(task.rows, std::int64_t{n} * task.out_h, task.out_h);
    for (std::int64_t row = part.first; row < part.last; row += task.blocking.cached_rows) {
      const std::int64_t end = row + task.blocking.cached_rows;
      convolve_rows(task, image, {row, end < part.last ? end : part.last}, output);
    }
  }
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
