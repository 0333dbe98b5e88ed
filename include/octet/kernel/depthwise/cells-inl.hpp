// SPDX-License-Identifier: Apache-2.0
// The cells of a depthwise convolution (DepthwiseBlocking), staged: the bytes of each are
// interleaved (zip) into a small buffer, and padding becomes zero points on the way. Included
// inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/epilogue-inl.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

inline constexpr int kBlockChannels = vec::kLanes * Dot8x8::kDepth;
static_assert(Dot8x8::kBands == 1 || Dot8x8::kBands == 2 || Dot8x8::kBands == detail::kMostBands);
inline constexpr std::int64_t kCellVectorBytes = detail::cell_vector_bytes(kLayout);
inline constexpr std::int64_t kWeightBytes = kCellVectorBytes * Dot8x8::kDepth;  // of one cell

// What the cells of a group are made of: each of the kDepth values of a cell has a row of the input
// in each band. Rows outside the input have one pixel of zero points for all columns.
struct CellRows {
  const std::uint8_t* of[Dot8x8::kDepth][detail::kMostBands];  // pixel 0,
  std::int64_t step[Dot8x8::kDepth][detail::kMostBands];       // and bytes from one to the next

  OCTET_INLINE const std::uint8_t* pixel(int e, int band, std::int64_t x) const {
    return of[e][band] + x * step[e][band];
  }
  OCTET_INLINE bool is_inside(int e, int band) const { return step[e][band] != 0; }
  OCTET_INLINE bool are_outside(int bands) const {
    std::int64_t any = 0;
    for (int e = 0; e < Dot8x8::kDepth; ++e) {
      for (int b = 0; b < bands; ++b) any |= step[e][b];
    }
    return any == 0;
  }
};

// A run of `count` cells, the first of them at column x of the input and each `step` columns behind
// the one before. Cells from `begin` on and before `end` lie inside the input with all their
// columns.
struct CellColumns {
  std::int64_t x, count, step, begin, end;

  CellColumns(const DepthwiseTask& task, std::int64_t first, std::int64_t cells)
      : x(first), count(cells), step(task.blocking.cell_columns), begin(0), end(cells) {
    // Columns that a first cell may have for the last one of `cells` to be inside.
    const std::int64_t w = task.input_shape.w - task.blocking.cell.w + 1;
    if (x < 0) begin = (-x + step - 1) / step;
    if (x + (count - 1) * step >= w) end = w - x > 0 ? (w - x - 1) / step + 1 : 0;
    if (begin >= end) begin = end = count;
  }

  // The first `cells` of them, and the others, all of which count as outside.
  OCTET_INLINE CellColumns before(std::int64_t cells) const {
    CellColumns columns = *this;
    columns.count = cells;
    if (end > cells) columns.end = cells;
    if (begin > cells) columns.begin = cells;
    return columns;
  }
  OCTET_INLINE CellColumns behind(std::int64_t cells) const {
    CellColumns columns = *this;
    columns.x += cells * step;
    columns.count -= cells;
    columns.begin = columns.end = columns.count;
    return columns;
  }

  // Those inside only.
  OCTET_INLINE CellColumns inside() const {
    CellColumns columns = *this;
    columns.x += begin * step;
    columns.count = columns.end = end - begin;
    columns.begin = 0;
    return columns;
  }

  OCTET_INLINE std::int64_t column(std::int64_t cell) const { return x + cell * step; }
  // Whether all of them lie beside an input of width `w`.
  OCTET_INLINE bool are_outside(std::int32_t w, int cell_w) const {
    return x >= w || column(count - 1) + cell_w <= 0;
  }
};

// The column of value e in a cell: cells are one or two columns wide.
OCTET_INLINE int column_of(int e, int cell_w) { return e & (cell_w - 1); }

// Bytes of one value of the cells of a block: its channels in each of its bands.
template <int kBands>
OCTET_INLINE Dot8x8::Bytes load_bands(const std::uint8_t* const (&p)[kBands], bool is_signed) {
  if constexpr (kBands == 1) {
    return Dot8x8::load_bytes(p[0], is_signed);
  } else {
    return Dot8x8::load_bytes(p, is_signed);
  }
}

// Interleaves kCount neighbouring cells of each channel.
template <int kCount>
OCTET_INLINE void store_cells(const Dot8x8::Bytes (&values)[kCount][Dot8x8::kDepth],
                              std::int64_t plane, std::byte* out) {
  Dot8x8::Operand operands[kCount][Dot8x8::kDepth];
  OCTET_UNROLL
  for (int i = 0; i < kCount; ++i) Dot8x8::zip(values[i], operands[i]);
  OCTET_UNROLL
  for (int v = 0; v < Dot8x8::kDepth; ++v) {
    OCTET_UNROLL
    for (int i = 0; i < kCount; ++i) {
      Dot8x8::store_operand(out + v * plane + i * kCellVectorBytes, operands[i][v]);
    }
  }
}

// The same for `count` cells of zero points.
inline void store_zero_cells(const DepthwiseTask& task, std::int64_t count, std::int64_t plane,
                             std::byte* out) {
  std::uint8_t zero_points[kBlockChannels];
  std::memset(zero_points, task.zero_point, sizeof zero_points);
  Dot8x8::Bytes values[1][Dot8x8::kDepth];
  OCTET_UNROLL
  for (Dot8x8::Bytes& value : values[0]) value = Dot8x8::load_bytes(zero_points, task.is_signed);
  for (; count > 0; --count, out += kCellVectorBytes) store_cells(values, plane, out);
}

// Bytes that repeat_values writes at once.
inline constexpr int kRepeated = 8;

// count values: *x `left` times, and each that follows `times` times; up to kRepeated - 1 bytes
// more.
OCTET_INLINE void repeat_values(const std::uint8_t* x, std::int32_t left, std::int32_t times,
                                int count, std::uint8_t* out) {
  for (; count > 0; ++x, left = times) {
    const std::uint64_t copies = *x * std::uint64_t{0x0101010101010101};
    const int run = left < count ? left : count;
    for (int i = 0; i < run; i += kRepeated) std::memcpy(out + i, &copies, kRepeated);
    out += run;
    count -= run;
  }
}

// The input channel that the first channel of a block has, and how many of the block have it.
struct FirstChannel {
  std::int32_t channel, count;

  FirstChannel(const DepthwiseBlock& block, std::int32_t depth_multiplier)
      : channel(block.first / depth_multiplier),
        count(depth_multiplier - block.first % depth_multiplier) {}
};

// The channels of a block in value e of the cells at column x. Any block, any column.
inline void gather_channels(const DepthwiseTask& task, const DepthwiseBlock& block,
                            const FirstChannel& first, const CellRows& rows, int e, std::int64_t x,
                            std::uint8_t* out) {
  const bool inside = x >= 0 && x < task.input_shape.w;
  for (int b = 0; b < block.bands; ++b, out += block.part) {
    const std::uint8_t* const pixel = inside ? rows.pixel(e, b, x) : task.zero_pixel;
    if (task.depth_multiplier == 1) {
      copy_values(out, pixel + block.first, block.channels);
    } else {
      repeat_values(pixel + first.channel, first.count, task.depth_multiplier, block.channels, out);
    }
  }
}

// Stages the cells of a group for any block.
inline void gather_cells(const DepthwiseTask& task, const DepthwiseBlock& block,
                         const CellColumns& columns, const CellRows& rows, std::int64_t plane,
                         std::byte* out) {
  const int cell_w = task.blocking.cell.w;
  const FirstChannel first(block, task.depth_multiplier);
  std::uint8_t gathered[kBlockChannels + kRepeated] = {};
  for (std::int64_t j = 0; j < columns.count; ++j, out += kCellVectorBytes) {
    Dot8x8::Bytes values[1][Dot8x8::kDepth];
    OCTET_UNROLL
    for (int e = 0; e < Dot8x8::kDepth; ++e) {
      gather_channels(task, block, first, rows, e, columns.column(j) + column_of(e, cell_w),
                      gathered);
      values[0][e] = Dot8x8::load_bytes(gathered, task.is_signed);
    }
    store_cells(values, plane, out);
  }
}

// Cells that are staged in one step: Arm stores two vectors with one instruction.
inline constexpr int kCellsTogether = kDoubling ? 4 : 1;

// The same where every output channel has an input channel of its own, for blocks that are made of
// kBands parts of a vector. Vectors read whole parts, also of pixels that have less.
template <int kBands>
inline void load_cells(const DepthwiseTask& task, const DepthwiseBlock& block,
                       const CellColumns& columns, const CellRows& rows, std::int64_t plane,
                       std::byte* out) {
  const int cell_w = task.blocking.cell.w;
  // Cells of which some columns lie outside, or all.
  const auto load_edge = [&](std::int64_t from, std::int64_t to) {
    if (cell_w == 1) return store_zero_cells(task, to - from, plane, out + from * kCellVectorBytes);
    for (std::int64_t j = from; j < to; ++j) {
      Dot8x8::Bytes values[1][Dot8x8::kDepth];
      OCTET_UNROLL
      for (int e = 0; e < Dot8x8::kDepth; ++e) {
        const std::int64_t x = columns.column(j) + column_of(e, cell_w);
        const bool inside = x >= 0 && x < task.input_shape.w;
        const std::uint8_t* pixels[kBands];
        OCTET_UNROLL
        for (int b = 0; b < kBands; ++b) {
          pixels[b] = (inside ? rows.pixel(e, b, x) : task.zero_pixel) + block.first;
        }
        values[0][e] = load_bands(pixels, task.is_signed);
      }
      store_cells(values, plane, out + j * kCellVectorBytes);
    }
  };
  load_edge(0, columns.begin);
  load_edge(columns.end, columns.count);

  const std::uint8_t* pixels[Dot8x8::kDepth][kBands];
  std::int64_t steps[Dot8x8::kDepth][kBands];
  OCTET_UNROLL
  for (int e = 0; e < Dot8x8::kDepth; ++e) {
    const std::int64_t x = columns.column(columns.begin) + column_of(e, cell_w);
    OCTET_UNROLL
    for (int b = 0; b < kBands; ++b) {
      pixels[e][b] = rows.pixel(e, b, x) + block.first;
      steps[e][b] = rows.step[e][b] * columns.step;
    }
  }
  out += columns.begin * kCellVectorBytes;
  const auto load_inside = [&](auto is_signed) __attribute__((always_inline)) {
    const auto load = [&](auto count) __attribute__((always_inline)) {
      constexpr int kCount = decltype(count)::value;
      Dot8x8::Bytes values[kCount][Dot8x8::kDepth];
      OCTET_UNROLL
      for (int i = 0; i < kCount; ++i) {
        OCTET_UNROLL
        for (int e = 0; e < Dot8x8::kDepth; ++e) {
          values[i][e] = load_bands(pixels[e], is_signed);
          OCTET_UNROLL
          for (int b = 0; b < kBands; ++b) pixels[e][b] += steps[e][b];
        }
      }
      store_cells(values, plane, out);
      out += kCount * kCellVectorBytes;
    };
    std::int64_t left = columns.end - columns.begin;
    for (; left >= kCellsTogether; left -= kCellsTogether) {
      load(std::integral_constant<int, kCellsTogether>());
    }
    if constexpr (kCellsTogether > 1) {
      for (; left > 0; --left) load(std::integral_constant<int, 1>());
    }
  };
  // Known to the loop: some targets have one instruction for each kind of bytes.
  if (task.is_signed) return load_inside(std::true_type());
  load_inside(std::false_type());
}

// The same for pixels of fewer channels than a part has bytes. Reading those that follow does no
// harm, but behind the last pixel of the input there is nothing to be read: cells near to it are
// gathered.
template <int kBands>
inline void load_few_channels(const DepthwiseTask& task, const DepthwiseBlock& block,
                              const CellColumns& columns, const CellRows& rows, std::int64_t plane,
                              std::byte* out) {
  const std::uint8_t* const end = task.input + task.input_shape.size();
  const int cell_w = task.blocking.cell.w;
  bool all = true;
  std::int64_t cells = columns.end;
  for (int e = 0; e < Dot8x8::kDepth; ++e) {
    for (int b = 0; b < kBands; ++b) {
      const auto is_readable = [&](std::int64_t x) {
        return !rows.is_inside(e, b) || end - rows.pixel(e, b, x) >= block.part;
      };
      if (is_readable(task.input_shape.w - 1)) continue;
      all = false;
      while (cells > columns.begin &&
             !is_readable(columns.column(cells - 1) + column_of(e, cell_w))) {
        --cells;
      }
    }
  }
  if (all) return load_cells<kBands>(task, block, columns, rows, plane, out);
  if (cells == columns.begin) cells = 0;
  load_cells<kBands>(task, block, columns.before(cells), rows, plane, out);
  gather_cells(task, block, columns.behind(cells), rows, plane, out + cells * kCellVectorBytes);
}

using StageCells = void (*)(const DepthwiseTask&, const DepthwiseBlock&, const CellColumns&,
                            const CellRows&, std::int64_t plane, std::byte* out);

template <int kBands>
inline StageCells load_cells_of(const DepthwiseBlock& block) {
  return block.channels < block.part ? load_few_channels<kBands> : load_cells<kBands>;
}

inline StageCells stage_cells_for(const DepthwiseTask& task, const DepthwiseBlock& block) {
  if (task.depth_multiplier == 1) {
    if (block.bands == 1) return load_cells_of<1>(block);
    if constexpr (Dot8x8::kBands >= 2) {
      if (block.bands == 2) return load_cells_of<2>(block);
    }
    if constexpr (Dot8x8::kBands >= 4) {
      if (block.bands == 4) return load_cells_of<4>(block);
    }
  }
  return gather_cells;
}

// Groups of staged cells, in a ring.
struct StagedGroups {
  std::byte* cells;
  std::int64_t plane;  // bytes from one vector of cells to the next
  int count;

  // The group that is g groups behind the one at `place`.
  OCTET_INLINE int wrapped(int place, int g) const {
    return place + g < count ? place + g : place + g - count;
  }
  OCTET_INLINE std::byte* at(int place, int g) const {
    return cells + wrapped(place, g) * (plane * Dot8x8::kDepth);
  }
};

// Which of the first groups in the ring hold zero points already, where these are to be staged
// next: large dilations have most of their cells beside the input.
struct StagedZeros {
  static constexpr int kGroups = 8, kRuns = 64;
  std::uint64_t runs[kGroups];  // that are nothing else, by their bits
  std::uint32_t edges;          // groups whose cells beside the input are there, by their bits
};

// A block of channels, its weights and its cells.
struct StagedBlock : DepthwiseBlock {
  const std::byte* panel;
  StageCells stage;
  StagedGroups groups;
};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
