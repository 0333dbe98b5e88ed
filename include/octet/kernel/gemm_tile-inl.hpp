// SPDX-License-Identifier: Apache-2.0
// The tiles that every "splat a group of a, dot it with a vector of b" instruction set shares:
//
//   acc = start + row_start + A * B,   out = the epilogue of acc
//
// for a few rows of A and the columns of a panel. Their accumulators are registers for the whole
// depth. Included inside the region of each target.

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

struct TileOperands {
  const std::byte* a;
  std::int64_t a_stride;          // bytes between rows
  std::int64_t groups, segments;  // each row is `segments` pieces of `groups` depth groups,
  std::int64_t segment_step;      // this many bytes apart
  const std::byte* panel;         // of packed weights
  const std::int32_t* row_start;  // or a null pointer
};

template <class Out>
struct TileOutput {
  const OutputRange& range;
  Out* out;
  std::int64_t stride;

  OCTET_INLINE TileOutput at_row(std::int64_t row) const {
    return {range, out + row * stride, stride};
  }
};

inline constexpr std::int64_t kGroupBytes = vec::kDepth * sizeof(vec::Packed);

// The panel's constants and its elements, where its width is known when this is compiled.
template <int kVectors>
OCTET_INLINE PanelConstants constants_of(const TileOperands& operands) {
  return detail::panel_constants(operands.panel, kVectors * vec::kLanes);
}
template <int kVectors>
OCTET_INLINE const std::byte* elements_of(const TileOperands& operands) {
  return operands.panel + detail::panel_constants_bytes(kVectors * vec::kLanes);
}

template <int kRows, int kVectors>
OCTET_INLINE void start_tile(const TileOperands& operands, std::int64_t first_row,
                             vec::Acc (&acc)[kRows][kVectors]) {
  const PanelConstants constants = constants_of<kVectors>(operands);
  OCTET_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    const vec::Acc start = vec::load_acc(constants.start + v * vec::kLanes);
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) acc[r][v] = start;
  }
  if (operands.row_start == nullptr) return;
  OCTET_UNROLL
  for (int r = 0; r < kRows; ++r) {
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      acc[r][v] = vec::add(acc[r][v], vec::splat_acc(operands.row_start[first_row + r]));
    }
  }
}

// The odd multiples of the distance between rows. The address of each of eight rows is then a base
// and one of them times 1, 2 or 4; left alone, g++ 12 adds distances up in the loop.
struct RowStrides {
  std::int64_t odd[4];

  OCTET_INLINE explicit RowStrides(std::int64_t stride) {
    OCTET_UNROLL
    for (int i = 0; i < 4; ++i) {
      odd[i] = (2 * i + 1) * stride;
      asm("" : "+r"(odd[i]));
    }
  }
};
OCTET_INLINE std::int64_t operator*(int row, const RowStrides& strides) {
  const int even = row == 0 ? 1 : row & -row;
  return row == 0 ? 0 : strides.odd[row / even / 2] * even;
}

// Adds the products of one depth group.
template <int kRows, int kVectors, class Stride>
OCTET_INLINE void add_group(const std::byte* a, const Stride& a_stride, const std::byte* b,
                            vec::Acc (&acc)[kRows][kVectors]) {
  vec::Operand column[kVectors];
  OCTET_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    column[v] = vec::load_weights(b + v * vec::kLanes * vec::kDepth);
  }
  OCTET_UNROLL
  for (int r = 0; r < kRows; ++r) {
    const auto row = vec::splat(reinterpret_cast<const vec::Packed*>(a + r * a_stride));
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) acc[r][v] = vec::dot(acc[r][v], row, column[v]);
  }
}

// A dot product takes several cycles, in which as many others can start: tiles of few accumulators
// keep kChains sums of each, over every kChains-th group, and add them up at the end.
template <int kRows, int kVectors>
OCTET_INLINE void accumulate_tile(const TileOperands& operands,
                                  vec::Acc (&total)[kRows][kVectors]) {
  // One chain for scalar code: g++ 12 -O3 vectorizes several of them, and wrongly.
  constexpr int kMostChains = vec::kLanes == 1 ? 1 : 4;
  constexpr int kWanted = kRows * kVectors >= 8 ? 1 : kRows * kVectors >= 4 ? 2 : 4;
  constexpr int kChains = kWanted < kMostChains ? kWanted : kMostChains;
  constexpr std::int64_t kColumnsBytes = kVectors * vec::kLanes * vec::kDepth;
  vec::Acc acc[kChains][kRows][kVectors];
  start_tile(operands, 0, acc[0]);
  OCTET_UNROLL
  for (int c = 1; c < kChains; ++c) {
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) {
      OCTET_UNROLL
      for (int v = 0; v < kVectors; ++v) acc[c][r][v] = vec::splat_acc(0);
    }
  }
  const std::byte *a = operands.a, *b = elements_of<kVectors>(operands);
  const std::int64_t a_stride = operands.a_stride;
  const std::int64_t next_segment = operands.segment_step - operands.groups * kGroupBytes;
  for (std::int64_t segment = operands.segments; segment > 0; --segment, a += next_segment) {
    std::int64_t g = operands.groups;
    if constexpr (kChains > 1) {
      for (; g >= kChains; g -= kChains) {
        OCTET_UNROLL
        for (int c = 0; c < kChains; ++c, a += kGroupBytes, b += kColumnsBytes) {
          add_group(a, a_stride, b, acc[c]);
        }
      }
    }
    for (; g > 0; --g, a += kGroupBytes, b += kColumnsBytes) add_group(a, a_stride, b, acc[0]);
  }
  OCTET_UNROLL
  for (int r = 0; r < kRows; ++r) {
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      OCTET_UNROLL
      for (int c = 1; c < kChains; ++c) acc[0][r][v] = vec::add(acc[0][r][v], acc[c][r][v]);
      // g++ 12 gives a variable one register for all its uses, or none: without another one for the
      // epilogue it takes the accumulators of the loop above out of their registers.
      total[r][v] = vec::split_live_range(acc[0][r][v]);
    }
  }
}

// What of a tile is wanted: its first rows and columns, and an epilogue other than
// Epilogue::vector, or a null pointer.
struct TilePart {
  int rows, columns;
  const Epilogue* epilogue;
};

// One tile; its accumulators do not leave the registers but for an epilogue other than `vector`.
template <int kRows, int kVectors, class Out>
inline void multiply_tile(const TileOperands& operands, const TileOutput<Out>& output,
                          const TilePart& part) {
  constexpr int kWidth = kVectors * vec::kLanes;
  const PanelConstants constants = constants_of<kVectors>(operands);
  vec::Acc acc[kRows][kVectors];
  accumulate_tile(operands, acc);
  if (sizeof(Out) > 1 || part.epilogue != nullptr) {
    std::int32_t accumulators[kRows * kWidth];
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) {
      OCTET_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        vec::store_acc(accumulators + r * kWidth + v * vec::kLanes, acc[r][v]);
      }
    }
    return finish_block(accumulators, part.rows, part.columns, kWidth, constants, output.range,
                        *part.epilogue, output.out, output.stride);
  }
  if constexpr (sizeof(Out) == 1) {
    const vec::ByteRange bytes = vec::byte_range(output.range);
    write_block<kRows * kWidth>(
        part.rows, part.columns, kRows, kWidth, output.out,
        output.stride, [&](Out * out, std::int64_t stride) __attribute__((always_inline)) {
          OCTET_UNROLL
          for (int v = 0; v < kVectors; ++v) {
            finish_column<kRows>(
                [&](int r) __attribute__((always_inline)) { return acc[r][v]; }, kRows,
                vec::load_multipliers(constants, v * vec::kLanes), output.range, bytes,
                out + v * vec::kLanes, stride);
          }
        });
  }
}

// Tiles come in a few heights. The last tile of a block is as high as the rows that are left need,
// so it may compute rows that nobody stores.
inline constexpr int kLowTile = 4;
static_assert(vec::kTileRows >= kLowTile);
OCTET_INLINE constexpr int tile_height(int rows) {
  return rows > kLowTile ? vec::kTileRows : rows > 1 ? kLowTile : rows;
}

// The rows of the next tile, of those that are left. Two low tiles take 8 rows where a full one of
// 6 would leave 2 for a low one.
OCTET_INLINE constexpr int next_tile(int left) {
  if (left > vec::kTileRows + 1 && left <= 2 * kLowTile) return kLowTile;
  return left < vec::kTileRows ? left : vec::kTileRows;
}

template <class Out>
using MultiplyTile = void (*)(const TileOperands&, const TileOutput<Out>&, const TilePart&);

template <int kVectors, class Out>
inline MultiplyTile<Out> multiply_tile_for(int height) {
  if (height == vec::kTileRows) return multiply_tile<vec::kTileRows, kVectors, Out>;
  return height == kLowTile ? multiply_tile<kLowTile, kVectors, Out>
                            : multiply_tile<1, kVectors, Out>;
}

template <class Out>
inline MultiplyTile<Out> multiply_tile_for(int height, int vectors) {
  static_assert(vec::kTileVectors == 2 || vec::kTileVectors == 4);
  if (vectors == vec::kTileVectors) return multiply_tile_for<vec::kTileVectors, Out>(height);
  if constexpr (vec::kTileVectors == 4) {
    if (vectors == 3) return multiply_tile_for<3, Out>(height);
    if (vectors == 2) return multiply_tile_for<2, Out>(height);
  }
  return multiply_tile_for<1, Out>(height);
}

// A tile whose accumulators are complete and whose outputs are still to be written: `columns` of
// each row, 0 where there is none.
template <class Out>
struct PendingTile {
  // Whether there are such tiles: only for bytes and Epilogue::vector.
  static constexpr bool kUsed = vec::kTwoTiles && sizeof(Out) == 1;
  static constexpr int kMost = kUsed ? vec::kTileRows * vec::kTileVectors * vec::kLanes : 1;
  alignas(kAlignment) std::int32_t accumulators[kMost];
  const std::byte* panel;
  Out* out;
  std::int64_t stride;
  int rows, width, columns = 0;
};

template <class Out>
inline void finish_pending(PendingTile<Out>& pending, const OutputRange& range) {
  if (!PendingTile<Out>::kUsed || pending.columns == 0) return;
  finish_block(pending.accumulators, pending.rows, pending.columns, pending.width,
               detail::panel_constants(pending.panel, pending.width), range, Epilogue::vector,
               pending.out, pending.stride);
  pending.columns = 0;
}

// Tiles one below the other, the epilogue of each spread over the dot products of the next. Those
// leave units of the processor idle that the epilogue needs, but it does not look far enough ahead
// to find a whole epilogue's work. Complete accumulators wait in memory, in the first level cache,
// so that a tile has all the registers. A pending tile has the width of these.
template <int kRows, int kVectors, class Out>
inline void multiply_tiles(const TileOperands& operands, const TileOutput<Out>& output, int tiles,
                           int columns, PendingTile<Out>& pending) {
  static_assert(kRows % 4 == 0 && kRows * kVectors * vec::kLanes == PendingTile<Out>::kMost);
  constexpr int kWidth = kVectors * vec::kLanes, kSteps = kRows / 4 * kVectors;
  const vec::ByteRange bytes = vec::byte_range(output.range);
  const std::int64_t a_stride = operands.a_stride;
  const RowStrides strides(a_stride);
  const std::int64_t next_segment = operands.segment_step - operands.groups * kGroupBytes;
  const std::int64_t groups = operands.groups * operands.segments;
  const std::int64_t each = groups / kSteps;
  if (pending.columns == 0) pending.panel = operands.panel;
  Out part[kRows * vec::kLanes + kCopyMargin];
  for (int tile = 0; tile < tiles; ++tile) {
    const std::byte* a = operands.a + tile * kRows * a_stride;
    const std::byte* b = elements_of<kVectors>(operands);
    vec::Acc acc[kRows][kVectors];
    start_tile(operands, tile * kRows, acc);
    std::int64_t left = operands.groups;
    const auto add_groups = [&](std::int64_t count) __attribute__((always_inline)) {
      for (; count > 0; --count) {
        if constexpr (kRows > 8) {
          add_group(a, a_stride, b, acc);
        } else {
          add_group(a, strides, b, acc);
        }
        a += kGroupBytes;
        b += kWidth * vec::kDepth;
        if (--left == 0) {
          left = operands.groups;
          a += next_segment;
        }
      }
    };
    const PanelConstants constants = detail::panel_constants(pending.panel, kWidth);
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      const int wanted = pending.columns - v * vec::kLanes;
      const bool whole = wanted >= vec::kLanes;
      Out* const out = whole ? pending.out + v * vec::kLanes : part;
      const std::int64_t stride = whole ? pending.stride : vec::kLanes;
      OCTET_UNROLL
      for (int r = 0; r < kRows; r += 4) {
        add_groups(each);
        if (pending.columns == 0) continue;
        const vec::Multipliers multipliers = vec::load_multipliers(constants, v * vec::kLanes);
        vec::Acc x[4];
        OCTET_UNROLL
        for (int i = 0; i < 4; ++i) {
          const std::int32_t* const before =
              pending.accumulators + (r + i) * kWidth + v * vec::kLanes;
          // One load, not one for each use.
          x[i] = vec::requantize(vec::split_live_range(vec::load_acc(before)), multipliers);
        }
        vec::store_rows(out + r * stride, stride, vec::row_order(vec::narrow4<Out>(x, bytes)));
      }
      if (!whole && wanted > 0) {
        copy_rows(part, vec::kLanes, kRows, wanted, pending.out + v * vec::kLanes, pending.stride);
      }
    }
    add_groups(groups - each * kSteps);
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) {
      OCTET_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        vec::store_acc(pending.accumulators + r * kWidth + v * vec::kLanes, acc[r][v]);
      }
    }
    pending.panel = operands.panel;
    pending.out = output.out + tile * kRows * output.stride;
    pending.stride = output.stride;
    pending.rows = kRows;
    pending.width = kWidth;
    pending.columns = columns;
  }
}

// The depth up to which that pays. More of it hides most of an epilogue without help, and the loop
// over it is shorter where there is nothing else to do: where two threads share a core, each gets
// half of the instructions that the core can issue.
inline constexpr std::int64_t kMostOverlappedGroups = 64;

// As many of these rows as such tiles can have; returns how many. A tile of one vector is twice as
// high, which halves the loads of weights.
template <class Out>
inline int multiply_overlapped(const TileOperands& operands, int vectors, int rows, int columns,
                               const TileOutput<Out>& output, PendingTile<Out>& pending) {
  static_assert(!vec::kTwoTiles || vec::kTileVectors == 2);
  const int height = vectors == 2 ? vec::kTileRows : 2 * vec::kTileRows;
  const int tiles = rows / height;
  if (tiles == 0) return 0;
  if (pending.columns > 0 && pending.width != vectors * vec::kLanes) {
    finish_pending(pending, output.range);
  }
  if (vectors == 2) {
    multiply_tiles<vec::kTileRows, 2>(operands, output, tiles, columns, pending);
  } else {
    multiply_tiles<2 * vec::kTileRows, 1>(operands, output, tiles, columns, pending);
  }
  return tiles * height;
}

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
