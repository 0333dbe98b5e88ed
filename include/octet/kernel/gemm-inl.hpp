// SPDX-License-Identifier: Apache-2.0
// Matrix multiplication with packed weights. Included inside the region of each target.
//
// Loop nest, outside in: blocks of rows, packed once into `block` (or read in place) and kept in
// the second level cache; panels of weights, each kept in the first level cache while the tiles of
// the block pass over it; tiles of kTileRows x panel columns, whose accumulators are registers for
// the whole depth.

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

// The bytes of activations that vec::load_bytes moves into the domain of the target at once.
inline constexpr int kBytesStep = vec::kLanes * vec::kDepth;

// Moves n < kBytesStep bytes, without reading or writing any other: steps of 16 and 8 bytes, of
// which the last may overlap the one before.
inline void pack_few(vec::Packed* out, const std::uint8_t* in, int n, bool is_signed) {
  if constexpr (sizeof(vec::Packed) == 1) {
    const bool flip = is_signed != std::is_signed_v<vec::Packed>;
    const auto move = [&](auto type, int i) {
      decltype(type) word;
      __builtin_memcpy(&word, in + i, sizeof word);
      word ^= type;
      __builtin_memcpy(out + i, &word, sizeof word);
    };
    using Word16 [[gnu::vector_size(16)]] = std::uint8_t;
    const std::uint8_t top = flip ? 0x80 : 0;
    const std::uint64_t top8 = flip ? 0x8080808080808080u : 0;
    int i = 0;
    if (kBytesStep > 16 && n >= 16) {
      const Word16 top16 = Word16{} + top;
      for (; i + 16 <= n; i += 16) move(top16, i);
      if (i < n) move(top16, n - 16);
    } else if (n >= 8) {
      move(top8, 0);
      move(top8, n - 8);
    } else if (n >= 4) {
      move(static_cast<std::uint32_t>(top8), 0);
      move(static_cast<std::uint32_t>(top8), n - 4);
    } else {
      for (; i < n; ++i) out[i] = static_cast<vec::Packed>(in[i] ^ top);
    }
  } else {
    for (int i = 0; i < n; ++i) {
      const int value = is_signed ? static_cast<std::int8_t>(in[i]) : int{in[i]};
      out[i] = static_cast<vec::Packed>(value);
    }
  }
}

// Moves n bytes of activations into the domain of the target.
OCTET_INLINE void pack_row(vec::Packed* out, const std::uint8_t* in, std::int64_t n,
                           bool is_signed) {
  if (n < kBytesStep) return pack_few(out, in, static_cast<int>(n), is_signed);
  std::int64_t i = 0;
  for (; i + kBytesStep <= n; i += kBytesStep) {
    vec::store_packed(out + i, vec::load_bytes(in + i, is_signed));
  }
  if (i == n) return;
  // The last vector overlaps the one before.
  vec::store_packed(out + n - kBytesStep, vec::load_bytes(in + n - kBytesStep, is_signed));
}

// Zeros from depth k up to the next multiple of kDepth. The weights are zero there, so any value
// would do, but memory that nobody wrote is not to be read.
OCTET_INLINE void pad_row(vec::Packed* row, std::int64_t k) {
  for (std::int64_t i = k; i % vec::kDepth != 0; ++i) row[i] = 0;
}

inline void gather_matrix(const void* source, std::int64_t first, int count, std::byte* block,
                          std::int64_t stride) {
  const auto& rows = *static_cast<const MatrixRows*>(source);
  if (rows.stride == rows.k && stride == rows.k * static_cast<std::int64_t>(sizeof(vec::Packed))) {
    pack_row(reinterpret_cast<vec::Packed*>(block), rows.data + first * rows.stride, count * rows.k,
             rows.is_signed);
    return;
  }
  for (int r = 0; r < count; ++r) {
    auto* const out = reinterpret_cast<vec::Packed*>(block + r * stride);
    pack_row(out, rows.data + (first + r) * rows.stride, rows.k, rows.is_signed);
    pad_row(out, rows.k);
  }
}

// The tile that every "splat a group of a, dot it with a vector of b" instruction set shares:
// acc = start + row_start + A * B.
//
// A dot product takes several cycles, in which as many others can start: tiles of few accumulators
// keep kChains sums of each, over every kChains-th group, and add them up at the end.
struct TileOperands {
  const std::byte* a;
  std::int64_t a_stride;          // bytes between rows
  std::int64_t groups, segments;  // each row is `segments` pieces of `groups` depth groups,
  std::int64_t segment_step;      // this many bytes apart
  const std::byte* b;
  const std::int32_t *start, *row_start;  // of the columns; of the rows, or a null pointer
};

template <int kRows, int kVectors>
OCTET_INLINE void accumulate_tile(const TileOperands& operands,
                                  vec::Acc (&total)[kRows][kVectors]) {
  constexpr int kColumns = kVectors * vec::kLanes;
  constexpr std::int64_t kGroupBytes = vec::kDepth * sizeof(vec::Packed);
  // One chain for scalar code: g++ 12 -O3 vectorizes several of them, and wrongly.
  constexpr int kMostChains = vec::kLanes == 1 ? 1 : 4;
  constexpr int kWanted = kRows * kVectors >= 8 ? 1 : kRows * kVectors >= 4 ? 2 : 4;
  constexpr int kChains = kWanted < kMostChains ? kWanted : kMostChains;
  vec::Acc acc[kChains][kRows][kVectors];
  OCTET_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    const vec::Acc s = vec::load_acc(operands.start + v * vec::kLanes);
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) {
      acc[0][r][v] = s;
      OCTET_UNROLL
      for (int c = 1; c < kChains; ++c) acc[c][r][v] = vec::splat_acc(0);
    }
  }
  if (operands.row_start != nullptr) {
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) {
      OCTET_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        acc[0][r][v] = vec::add(acc[0][r][v], vec::splat_acc(operands.row_start[r]));
      }
    }
  }
  const std::byte *a = operands.a, *b = operands.b;
  const std::int64_t a_stride = operands.a_stride;
  const auto add_group = [&](vec::Acc(&sums)[kRows][kVectors]) __attribute__((always_inline)) {
    vec::Operand column[kVectors];
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v)
      column[v] = vec::load_weights(b + v * vec::kLanes * vec::kDepth);
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) {
      const auto row = vec::splat(reinterpret_cast<const vec::Packed*>(a + r * a_stride));
      OCTET_UNROLL
      for (int v = 0; v < kVectors; ++v) sums[r][v] = vec::dot(sums[r][v], row, column[v]);
    }
    a += kGroupBytes;
    b += kColumns * vec::kDepth;
  };
  const std::int64_t next_segment = operands.segment_step - operands.groups * kGroupBytes;
  for (std::int64_t segment = operands.segments; segment > 0; --segment, a += next_segment) {
    std::int64_t g = operands.groups;
    if constexpr (kChains > 1) {
      for (; g >= kChains; g -= kChains) {
        OCTET_UNROLL
        for (int c = 0; c < kChains; ++c) add_group(acc[c]);
      }
    }
    for (; g > 0; --g) add_group(acc[0]);
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

// Stores the accumulators of a tile row after row.
template <int kRows, int kVectors>
inline void accumulate(const TileOperands& operands, std::int32_t* out) {
  vec::Acc acc[kRows][kVectors];
  accumulate_tile(operands, acc);
  OCTET_UNROLL
  for (int r = 0; r < kRows; ++r) {
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      vec::store_acc(out + (r * kVectors + v) * vec::kLanes, acc[r][v]);
    }
  }
}

// A whole tile whose accumulators never leave the registers; writes all columns of the panel.
template <int kVectors, class Out>
inline void multiply_tile(const TileOperands& operands, const PanelConstants& constants,
                          const OutputRange& range, Out* out, std::int64_t stride) {
  vec::Acc acc[vec::kTileRows][kVectors];
  accumulate_tile(operands, acc);
  const vec::ByteRange bytes = vec::byte_range(range);
  OCTET_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    finish_column<vec::kTileRows>(
        [&](int r) __attribute__((always_inline)) { return acc[r][v]; }, vec::kTileRows,
        vec::load_multipliers(constants, v * vec::kLanes), range, bytes, out + v * vec::kLanes,
        stride);
  }
}

template <class Out>
using MultiplyTile = void (*)(const TileOperands&, const PanelConstants&, const OutputRange&, Out*,
                              std::int64_t);

template <class Out>
inline MultiplyTile<Out> multiply_tile_for(int vectors) {
  if (vectors == vec::kTileVectors) return multiply_tile<vec::kTileVectors, Out>;
  if constexpr (vec::kTileVectors == 4) {
    if (vectors == 3) return multiply_tile<3, Out>;
    if (vectors == 2) return multiply_tile<2, Out>;
  }
  return multiply_tile<1, Out>;
}

using Accumulate = void (*)(const TileOperands&, std::int32_t*);

// Tiles come in a few heights. The last tile of a block is as high as the rows that are left need,
// so it may compute rows that nobody stores.
OCTET_INLINE constexpr int tile_height(int rows) {
  if (rows > 8) return vec::kTileRows;
  if (rows > 4) return vec::kTileRows < 8 ? vec::kTileRows : 8;
  return rows > 1 ? 4 : rows;
}

template <int kVectors>
inline Accumulate accumulate_for(int height) {
  if (height == vec::kTileRows) return accumulate<vec::kTileRows, kVectors>;
  if constexpr (vec::kTileRows > 8) {
    if (height == 8) return accumulate<8, kVectors>;
  }
  return height == 4 ? accumulate<4, kVectors> : accumulate<1, kVectors>;
}

inline Accumulate accumulate_for(int height, int vectors) {
  static_assert(vec::kTileVectors == 2 || vec::kTileVectors == 4);
  if (vectors == vec::kTileVectors) return accumulate_for<vec::kTileVectors>(height);
  if constexpr (vec::kTileVectors == 4) {
    if (vectors == 3) return accumulate_for<3>(height);
    if (vectors == 2) return accumulate_for<2>(height);
  }
  return accumulate_for<1>(height);
}

// A block of rows of the left matrix: `runs` times `rows` rows `a_stride` bytes apart, that share
// nothing but the panels they meet.
struct RowBlock {
  const std::byte* a;
  std::int64_t a_stride;
  int rows;
  const std::int32_t* row_start = nullptr;
  std::int64_t segments = 1, segment_step = 0;  // as in TileOperands
  int runs = 1;
  std::int64_t a_run_step = 0, c_run_step = 0;  // bytes of a, elements of c
};

// One block of rows against every panel.
template <class Out>
inline void multiply_block(const GemmTask& task, const RowBlock& block, Out* c) {
  constexpr int kWidest = vec::kTileVectors * vec::kLanes;
  alignas(kAlignment) std::int32_t accumulators[vec::kTileRows * kWidest];
  const std::int64_t groups = (std::int64_t{task.k} + vec::kDepth - 1) / vec::kDepth;
  const std::byte* panel = task.packed;
  for (std::int64_t j = 0; j < task.n; j += kWidest) {
    const int columns = task.n - j < kWidest ? static_cast<int>(task.n - j) : kWidest;
    const int vectors = (columns + vec::kLanes - 1) / vec::kLanes;
    const int width = vectors * vec::kLanes;
    const PanelConstants constants = detail::panel_constants(panel, width);
    TileOperands operands{.a = nullptr,
                          .a_stride = block.a_stride,
                          .groups = groups / block.segments,
                          .segments = block.segments,
                          .segment_step = block.segment_step,
                          .b = panel + detail::panel_constants_bytes(width),
                          .start = constants.start,
                          .row_start = nullptr};
    for (int run = 0; run < block.runs; ++run) {
      const std::byte* const a = block.a + run * block.a_run_step;
      Out* const out = c + run * block.c_run_step + j;
      for (int i = 0; i < block.rows; i += vec::kTileRows) {
        const int rows = block.rows - i < vec::kTileRows ? block.rows - i : vec::kTileRows;
        operands.a = a + i * block.a_stride;
        if (block.row_start != nullptr) operands.row_start = block.row_start + i;
        if constexpr (sizeof(Out) == 1) {
          if (rows == vec::kTileRows && task.epilogue == Epilogue::vector) {
            write_columns(rows, columns, width, out + i * task.c_stride, task.c_stride,
                          [&](Out* to, std::int64_t stride) {
                            multiply_tile_for<Out>(vectors)(operands, constants, task.range, to,
                                                            stride);
                          });
            continue;
          }
        }
        accumulate_for(tile_height(rows), vectors)(operands, accumulators);
        finish_block(accumulators, rows, columns, width, constants, task.range, task.epilogue,
                     out + i * task.c_stride, task.c_stride);
      }
    }
    panel = operands.b + detail::round_up(groups * width * vec::kDepth, kAlignment);
  }
}

// -b_zero_point * sum of each row, the part of the zero points' share that depends on the row.
inline void sum_rows(const std::byte* block, std::int64_t stride, int rows, std::int32_t k,
                     std::int32_t b_zero_point, std::int32_t* out) {
  for (int r = 0; r < rows; ++r) {
    const auto* row = reinterpret_cast<const vec::Packed*>(block + r * stride);
    std::uint32_t sum = 0;
    for (std::int32_t p = 0; p < k; ++p) sum += static_cast<std::uint32_t>(row[p]);
    out[r] = static_cast<std::int32_t>(0u - sum * static_cast<std::uint32_t>(b_zero_point));
  }
}

template <class Out>
inline void gemm(const GemmTask& task, const void* source) {
  Out* const c = static_cast<Out*>(task.c);
  std::int64_t i = 0;
  if (task.in_place != nullptr) {
    const std::int64_t whole_tiles = task.m / vec::kTileRows * vec::kTileRows;
    for (; i < whole_tiles; i += task.block_rows) {
      const std::int64_t left = whole_tiles - i;
      multiply_block(task,
                     {.a = task.in_place + i * task.in_place_stride,
                      .a_stride = task.in_place_stride,
                      .rows = static_cast<int>(left < task.block_rows ? left : task.block_rows)},
                     c + i * task.c_stride);
    }
    i = whole_tiles;
  }
  for (; i < task.m; i += task.block_rows) {
    const std::int64_t left = task.m - i;
    const int rows = static_cast<int>(left < task.block_rows ? left : task.block_rows);
    task.gather(source, task.first_row + i, rows, task.block, task.block_stride);
    const int last_tile = rows % vec::kTileRows;
    const int whole = rows - last_tile + tile_height(last_tile);
    for (int r = rows; r < whole; ++r) {
      std::memset(task.block + r * task.block_stride, 0,
                  static_cast<std::size_t>(task.block_stride));
    }
    std::int32_t* row_start = nullptr;
    if (task.b_zero_point != 0) {
      const detail::GemmBlocking blocking{task.block_stride, task.block_rows};
      row_start = reinterpret_cast<std::int32_t*>(task.block + blocking.sums_offset());
      sum_rows(task.block, task.block_stride, whole, task.k, task.b_zero_point, row_start);
    }
    multiply_block(
        task,
        {.a = task.block, .a_stride = task.block_stride, .rows = rows, .row_start = row_start},
        c + i * task.c_stride);
  }
}

// The entry of this target in the operation's table.
template <class Out>
inline constexpr GemmKernel kGemmKernel{kLayout, gemm<Out>, gather_matrix};

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
