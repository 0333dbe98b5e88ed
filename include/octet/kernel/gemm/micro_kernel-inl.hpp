// SPDX-License-Identifier: Apache-2.0
// The tiles that every "splat a group of a, dot it with a vector of b" instruction set shares:
//
//   acc = start + A * B
//
// for a few rows of A and the columns of a panel, or of a few side by side. Their accumulators are
// registers for the whole depth; then they go to memory, in the first level cache, where the
// epilogue finds them. Included inside the region of each target.

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

struct TileOperands {
  const std::byte* a;
  std::int64_t a_stride;          // bytes between rows
  std::int64_t groups, segments;  // each row is `segments` pieces of `groups` depth groups,
  std::int64_t segment_step;      // this many bytes apart
  const std::byte* panel;         // of packed weights
  std::int64_t panel_step = 0;    // bytes between panels that are multiplied side by side
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

// The panel of the columns from j on, of which `left` are left: `vectors` vectors wide. `bytes` is
// detail::panel_bytes without its roundings of what is whole already: a layer of one row and a few
// columns takes a seventh longer with them.
struct Panel {
  int columns, vectors;
  std::int64_t bytes;

  OCTET_INLINE Panel(std::int64_t left, std::int64_t groups, int weight_bytes)
      : columns(static_cast<int>(left < kWidest ? left : kWidest)),
        vectors(static_cast<int>((static_cast<unsigned>(columns) + vec::kLanes - 1) / vec::kLanes)),
        bytes(static_cast<std::int64_t>(detail::panel_constants_bytes(vectors * vec::kLanes)) +
              detail::round_up(groups * vectors * vec::kLanes * vec::kDepth * weight_bytes,
                               kAlignment)) {}

  static constexpr int kWidest = vec::kTileVectors * vec::kLanes;
};

OCTET_INLINE std::int64_t depth_groups(std::int64_t k) {
  return static_cast<std::int64_t>((static_cast<std::uint64_t>(k) + vec::kDepth - 1) / vec::kDepth);
}

// Zeros from depth k up to the next multiple of kDepth. The weights are zero there, so any value
// would do, but memory that nobody wrote is not to be read.
OCTET_INLINE void pad_row(vec::Packed* row, std::int64_t k) {
  for (std::int64_t i = k; i % vec::kDepth != 0; ++i) row[i] = 0;
}

template <int kRows, int kVectors>
OCTET_INLINE void start_tile(const std::byte* panel, vec::Acc (&acc)[kRows][kVectors]) {
  const PanelConstants constants = detail::panel_constants(panel, kVectors * vec::kLanes);
  OCTET_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    const vec::Acc start = vec::load_acc(constants.start + v * vec::kLanes);
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) acc[r][v] = start;
  }
}

template <int kRows, int kVectors>
OCTET_INLINE void store_tile(std::int32_t* accumulators, const vec::Acc (&acc)[kRows][kVectors]) {
  OCTET_UNROLL
  for (int r = 0; r < kRows; ++r) {
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      vec::store_acc(accumulators + (r * kVectors + v) * vec::kLanes, acc[r][v]);
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

// The bytes of a vector of weights in a panel: of int8, or of elements as wide as activations.
template <class Weight>
inline constexpr std::int64_t kWeightsBytes = sizeof(Weight) * vec::kLanes* vec::kDepth;

template <class Weight>
OCTET_INLINE vec::Operand load_weights(const std::byte* p) {
  if constexpr (sizeof(Weight) == 1) return vec::load_weights(p);
  return vec::load_operand(p);
}

// A group of packed activations in every lane.
struct SplatPacked {
  OCTET_INLINE vec::Operand operator()(const std::byte* group) const {
    return vec::splat(reinterpret_cast<const vec::Packed*>(group));
  }
};

// Adds the products of one depth group.
template <class Weight, int kRows, int kVectors, class Stride, class Splat = SplatPacked>
OCTET_INLINE void add_group(const std::byte* a, const Stride& a_stride, const std::byte* b,
                            vec::Acc (&acc)[kRows][kVectors], const Splat& splat = {}) {
  vec::Operand column[kVectors];
  OCTET_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    column[v] = load_weights<Weight>(b + v * kWeightsBytes<Weight>);
  }
  OCTET_UNROLL
  for (int r = 0; r < kRows; ++r) {
    const auto row = splat(a + r * a_stride);
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) acc[r][v] = vec::dot(acc[r][v], row, column[v]);
  }
}

// A dot product takes several cycles, in which as many others can start: tiles of few accumulators
// keep kChains sums of each, over every kChains-th group, and add them up at the end.
template <class Weight, int kPanels, int kRows, int kVectors, class Splat = SplatPacked>
OCTET_INLINE void accumulate_tile(const TileOperands& operands,
                                  vec::Acc (&total)[kPanels][kRows][kVectors],
                                  const Splat& splat = {}) {
  // One chain for scalar code: g++ 12 -O3 vectorizes several of them, and wrongly.
  constexpr int kMostChains = vec::kLanes == 1 ? 1 : 4;
  constexpr int kSums = kPanels * kRows * kVectors;
  constexpr int kWanted = kSums >= 8 ? 1 : kSums >= 4 ? 2 : 4;
  constexpr int kChains = kWanted < kMostChains ? kWanted : kMostChains;
  constexpr std::int64_t kColumnsBytes = kVectors * kWeightsBytes<Weight>;
  vec::Acc acc[kChains][kPanels][kRows][kVectors];
  const std::int64_t panel_step = operands.panel_step;
  OCTET_UNROLL
  for (int p = 0; p < kPanels; ++p) {
    start_tile(operands.panel + p * panel_step, acc[0][p]);
    OCTET_UNROLL
    for (int c = 1; c < kChains; ++c) {
      OCTET_UNROLL
      for (int r = 0; r < kRows; ++r) {
        OCTET_UNROLL
        for (int v = 0; v < kVectors; ++v) acc[c][p][r][v] = vec::splat_acc(0);
      }
    }
  }
  const std::byte *a = operands.a, *b = elements_of<kVectors>(operands);
  const std::int64_t a_stride = operands.a_stride;
  const auto add_groups = [&](vec::Acc(&sums)[kPanels][kRows][kVectors])
      __attribute__((always_inline)) {
    OCTET_UNROLL
    for (int p = 0; p < kPanels; ++p) {
      add_group<Weight>(a, a_stride, b + p * panel_step, sums[p], splat);
    }
    a += kGroupBytes;
    b += kColumnsBytes;
  };
  const std::int64_t next_segment = operands.segment_step - operands.groups * kGroupBytes;
  for (std::int64_t segment = operands.segments; segment > 0; --segment, a += next_segment) {
    std::int64_t g = operands.groups;
    if constexpr (kChains > 1) {
      for (; g >= kChains; g -= kChains) {
        OCTET_UNROLL
        for (int c = 0; c < kChains; ++c) add_groups(acc[c]);
      }
    }
    for (; g > 0; --g) add_groups(acc[0]);
  }
  OCTET_UNROLL
  for (int p = 0; p < kPanels; ++p) {
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) {
      OCTET_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        OCTET_UNROLL
        for (int c = 1; c < kChains; ++c) {
          acc[0][p][r][v] = vec::add(acc[0][p][r][v], acc[c][p][r][v]);
        }
        // g++ 12 gives a variable one register for all its uses, or none: without another one for
        // the epilogue it takes the accumulators of the loop above out of their registers.
        total[p][r][v] = vec::split_live_range(acc[0][p][r][v]);
      }
    }
  }
}

// The accumulators of each panel follow those of the one before.
template <class Weight, int kRows, int kVectors, int kPanels = 1>
inline void multiply_tile(const TileOperands& operands, std::int32_t* accumulators) {
  vec::Acc acc[kPanels][kRows][kVectors];
  accumulate_tile<Weight>(operands, acc);
  OCTET_UNROLL
  for (int p = 0; p < kPanels; ++p) {
    store_tile(accumulators + p * kRows * kVectors * vec::kLanes, acc[p]);
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

// Few rows wait for weights, and several streams of those come faster from memory than one: so many
// panels side by side have the accumulators of a whole tile.
OCTET_INLINE constexpr int panels_side_by_side(int rows) { return vec::kTileRows / rows; }
inline constexpr int kLowTilePanels = panels_side_by_side(kLowTile);

// Outputs whose sums take 64 bits (Epilogue::wide), one by one: `rows` rows and the first `columns`
// columns of a panel. Slow, for layers that hardly ever exist. Packed: of activations.
template <class Packed, class Weight, class Out>
inline void multiply_wide(const GemmPlan& plan, const TileOperands& operands, int rows, int columns,
                          int width, Out* out) {
  const PanelConstants constants = detail::panel_constants(operands.panel, width);
  const auto* const elements =
      reinterpret_cast<const Weight*>(operands.panel + detail::panel_constants_bytes(width));
  const std::int64_t depth = operands.groups * vec::kDepth;  // of a segment
  for (int r = 0; r < rows; ++r, out += plan.output_stride) {
    for (int column = 0; column < columns; ++column) {
      std::int64_t sum = constants.addend[column];
      for (std::int64_t segment = 0; segment < operands.segments; ++segment) {
        const auto* const a = reinterpret_cast<const Packed*>(operands.a + r * operands.a_stride +
                                                              segment * operands.segment_step);
        for (std::int64_t p = 0; p < depth; ++p) {
          const std::int64_t group = segment * operands.groups + p / vec::kDepth;
          const Weight b = elements[(group * width + column) * vec::kDepth + p % vec::kDepth];
          sum += std::int64_t{a[p]} * (b - plan.filter_zero_point);
        }
      }
      out[column] = static_cast<Out>(finish_sum(sum, constants, column, plan.range));
    }
  }
}

using MultiplyTile = void (*)(const TileOperands&, std::int32_t* accumulators);

template <class Weight, int kVectors>
inline MultiplyTile multiply_tile_for(int height) {
  if (height == vec::kTileRows) return multiply_tile<Weight, vec::kTileRows, kVectors>;
  return height == kLowTile ? multiply_tile<Weight, kLowTile, kVectors>
                            : multiply_tile<Weight, 1, kVectors>;
}

template <class Weight>
inline MultiplyTile multiply_tile_for(int height, int vectors) {
  static_assert(vec::kTileVectors == 2 || vec::kTileVectors == 4);
  if (vectors == vec::kTileVectors) return multiply_tile_for<Weight, vec::kTileVectors>(height);
  if constexpr (vec::kTileVectors == 4) {
    if (vectors == 3) return multiply_tile_for<Weight, 3>(height);
    if (vectors == 2) return multiply_tile_for<Weight, 2>(height);
  }
  return multiply_tile_for<Weight, 1>(height);
}

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
