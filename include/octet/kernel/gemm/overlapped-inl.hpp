// SPDX-License-Identifier: Apache-2.0
// How the accumulators of tiles become outputs, in the way of each target (TileEpilogue). Included
// inside the region of each target.

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

// Rows of a panel whose accumulators are complete and whose outputs are still to be written: those
// of `columns` of its columns.
struct FinishedRows {
  std::int32_t* accumulators;
  const std::byte* panel;
  std::byte* out;
  int rows, columns, vectors;
};

template <class Out>
inline void write_rows(const GemmPlan& plan, const FinishedRows& finished) {
  const int width = finished.vectors * vec::kLanes;
  finish_block(finished.accumulators, finished.rows, finished.columns, width,
               detail::panel_constants(finished.panel, width), plan.range, plan.epilogue,
               reinterpret_cast<Out*>(finished.out), plan.output_stride);
}

static_assert(vec::kTileEpilogue == TileEpilogue::in_memory || vec::kTileVectors == 2);

// What else there is to do between the dot products of a tile.
struct Meanwhile {
  FinishedRows before;
  RowsAhead ahead;
};

// The rows of a whole tile. One of one vector is twice as high, which halves the loads of weights.
OCTET_INLINE constexpr int whole_tile_rows(int vectors) {
  return vectors == 2 ? vec::kTileRows : 2 * vec::kTileRows;
}

// A whole tile, which stays in registers to the end. Only for bytes and Epilogue::vector.
template <class Weight, int kVectors, class Out>
[[gnu::noinline]] inline void multiply_whole_tile(const GemmPlan& plan,
                                                  const TileOperands& operands, Out* out) {
  using Four = RowsEpilogue<Out, kVectors>;
  constexpr int kRows = whole_tile_rows(kVectors), kLast = kRows - Four::kRows;
  vec::Acc acc[1][kRows][kVectors];
  accumulate_tile<Weight>(operands, acc);
  const Four epilogue(constants_of<kVectors>(operands), 0, plan.range);
  OCTET_UNROLL
  for (int row = 0; row < kRows; row += Four::kRows) {
    const int first = row < kLast ? row : kLast;
    epilogue.write(
        [&](int r, int v) __attribute__((always_inline)) { return acc[0][first + r][v]; },
        out + first * plan.output_stride, plan.output_stride);
  }
}

// As many of these rows as can stay in registers to the end; returns how many.
template <class Out, class Weight>
inline int multiply_in_registers(const GemmPlan& plan, const TileOperands& operands,
                                 std::byte* first_out, int rows, int columns, int vectors,
                                 Meanwhile& meanwhile) {
  auto* out = reinterpret_cast<Out*>(first_out);
  if (columns != vectors * vec::kLanes) return 0;
  const auto multiply =
      vectors == 2 ? multiply_whole_tile<Weight, 2, Out> : multiply_whole_tile<Weight, 1, Out>;
  const int height = whole_tile_rows(vectors);
  const auto is_next = [&](int left) {
    return height == vec::kTileRows ? next_tile(left) == height : left >= height;
  };
  TileOperands tile = operands;
  int row = 0;
  for (; is_next(rows - row); row += height) {
    if (is_next(rows - row - height)) meanwhile.ahead.pack_in(0);
    multiply(plan, tile, out);
    tile.a += height * tile.a_stride;
    out += height * plan.output_stride;
  }
  return row;
}

// Tiles one below the other, with the epilogue of the tile before and the packing of the rows of
// the next one spread over the dot products of each. Those leave units of the processor idle that
// the others need, but it does not look far enough ahead to find so much work. meanwhile.before has
// the width of these tiles, or no columns; in the end it is the last of them. meanwhile.ahead, if
// it has any, are the rows behind the first tile. Only for bytes and Epilogue::vector.
template <int kRows, int kVectors, class Out>
inline void multiply_tiles(const GemmPlan& plan, const TileOperands& operands, Out* first_out,
                           int tiles, int columns, Meanwhile& meanwhile) {
  static_assert(kRows % 4 == 0 && kRows / 4 * kVectors == kTileSteps);
  constexpr int kWidth = kVectors * vec::kLanes;
  const std::int64_t a_stride = operands.a_stride;
  const RowStrides strides(a_stride);
  const std::int64_t next_segment = operands.segment_step - operands.groups * kGroupBytes;
  const std::int64_t groups = operands.groups * operands.segments;
  const std::int64_t each = groups / kTileSteps;
  FinishedRows& before = meanwhile.before;
  if (before.columns == 0) before.panel = operands.panel;
  RowsAhead ahead = meanwhile.ahead;
  Out part[kRows * vec::kLanes + kCopyMargin];
  for (int tile = 0; tile < tiles; ++tile) {
    const std::byte* a = operands.a + tile * kRows * a_stride;
    const std::byte* b = elements_of<kVectors>(operands);
    vec::Acc acc[kRows][kVectors];
    start_tile(operands.panel, acc);
    std::int64_t left = operands.groups;
    const auto add_groups = [&](std::int64_t count) __attribute__((always_inline)) {
      for (; count > 0; --count) {
        if constexpr (kRows > 8) {
          add_group<std::int8_t>(a, a_stride, b, acc);
        } else {
          add_group<std::int8_t>(a, strides, b, acc);
        }
        a += kGroupBytes;
        b += kVectors * kWeightsBytes<std::int8_t>;
        // Out of line: a jump over it in each group would cost the units that fetch instructions.
        if (--left == 0) [[unlikely]] {
          left = operands.groups;
          a += next_segment;
        }
      }
    };
    const PanelConstants constants = detail::panel_constants(before.panel, kWidth);
    Out* const out = reinterpret_cast<Out*>(before.out);
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      const int wanted = before.columns - v * vec::kLanes;
      const bool whole = wanted >= vec::kLanes;
      Out* const to = whole ? out + v * vec::kLanes : part;
      const std::int64_t stride = whole ? plan.output_stride : vec::kLanes;
      const RowsEpilogue<Out, 1> epilogue(constants, v * vec::kLanes, plan.range);
      OCTET_UNROLL
      for (int r = 0; r < kRows; r += 4) {
        add_groups(each);
        if (tile + 1 < tiles) ahead.pack_in(v * kRows / 4 + r / 4);
        if (before.columns == 0) continue;
        epilogue.write(before.accumulators + r * kWidth + v * vec::kLanes, kWidth, to + r * stride,
                       stride);
      }
      if (!whole && wanted > 0) {
        copy_rows(part, vec::kLanes, kRows, wanted, out + v * vec::kLanes, plan.output_stride);
      }
    }
    add_groups(groups - each * kTileSteps);
    store_tile(before.accumulators, acc);
    before.panel = operands.panel;
    before.out = reinterpret_cast<std::byte*>(first_out + tile * kRows * plan.output_stride);
    before.rows = kRows;
    before.vectors = kVectors;
    before.columns = columns;
  }
}

// As many of these rows as such tiles can have; returns how many.
template <class Out>
inline int multiply_overlapped(const GemmPlan& plan, const TileOperands& operands, std::byte* out,
                               int rows, int columns, int vectors, Meanwhile& meanwhile) {
  FinishedRows& before = meanwhile.before;
  auto* const first_out = reinterpret_cast<Out*>(out);
  if (operands.segments == 1 && is_shallow(operands.groups)) {
    return multiply_shallow_rows(plan, operands, first_out, rows, columns, vectors,
                                 meanwhile.ahead);
  }
  const int height = whole_tile_rows(vectors);
  const int tiles = rows / height;
  if (tiles == 0) return 0;
  if (before.columns > 0 && before.vectors != vectors) {
    write_rows<Out>(plan, before);
    before.columns = 0;
  }
  if (vectors == 2) {
    multiply_tiles<whole_tile_rows(2), 2>(plan, operands, first_out, tiles, columns, meanwhile);
  } else {
    multiply_tiles<whole_tile_rows(1), 1>(plan, operands, first_out, tiles, columns, meanwhile);
  }
  return tiles * height;
}

inline constexpr bool kOverlapped = vec::kTileEpilogue == TileEpilogue::overlapped;

// Overlapped tiles and shallow ones read panels of bytes.
static_assert(!kOverlapped || !kWidensWeights);

// The rows of the first tile of a product of n columns.
OCTET_INLINE constexpr int tile_rows(std::int64_t n, std::int64_t groups) {
  return kOverlapped && is_shallow(groups) ? kShallowHeight
                                           : whole_tile_rows(n > vec::kLanes ? 2 : 1);
}

// The depth up to which that pays. More of it hides all of an epilogue without help, in a loop that
// is shorter because there is nothing else to do.
inline constexpr std::int64_t kMostOverlappedGroups = 320;

// What depends on the types of the outputs and of the weights in panels.
struct TileKernels {
  int output_bytes, weight_bytes;
  MultiplyTile (*tile)(int height, int vectors);
  MultiplyTile low_tile;  // of kLowTile rows and kLowTilePanels panels side by side
  void (*write_rows)(const GemmPlan& plan, const FinishedRows& finished);
  // The ways of the target, for Epilogue::vector, or null pointers: some rows from the first one
  // on, of which it returns the number, 0 if that way does not suit them; and a single row.
  int (*multiply)(const GemmPlan& plan, const TileOperands& operands, std::byte* out, int rows,
                  int columns, int vectors, Meanwhile& meanwhile);
  void (*row)(const GemmPlan& plan, const GemmTask& task, const std::byte* a);
  // Rows and columns of a panel that is `width` columns wide, for Epilogue::wide.
  void (*wide)(const GemmPlan& plan, const TileOperands& operands, int rows, int columns, int width,
               std::byte* out);
};

template <class Out, class Weight>
inline void multiply_wide_bytes(const GemmPlan& plan, const TileOperands& operands, int rows,
                                int columns, int width, std::byte* out) {
  multiply_wide<vec::Packed, Weight>(plan, operands, rows, columns, width,
                                     reinterpret_cast<Out*>(out));
}

template <class Out, class Weight>
OCTET_INLINE constexpr TileKernels tile_kernels() {
  TileKernels result{sizeof(Out),
                     sizeof(Weight),
                     multiply_tile_for<Weight>,
                     multiply_tile<Weight, kLowTile, vec::kTileVectors, kLowTilePanels>,
                     write_rows<Out>,
                     nullptr,
                     nullptr,
                     multiply_wide_bytes<Out, Weight>};
  if constexpr (sizeof(Out) == 1 && vec::kTileEpilogue != TileEpilogue::in_memory) {
    if constexpr (kOverlapped) {
      result.multiply = multiply_overlapped<Out>;
    } else if constexpr (kWidensWeights == (sizeof(Weight) > 1)) {
      // Where there are wide weights, bytes are for products of few rows, which wait for weights.
      result.multiply = multiply_in_registers<Out, Weight>;
    }
    if constexpr (sizeof(Weight) == 1) result.row = multiply_row_in_registers<Weight, Out>;
  }
  return result;
}

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
