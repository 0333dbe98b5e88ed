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

// Moves n bytes of activations into the domain of the target.
inline void pack_row(vec::Packed* out, const std::uint8_t* in, std::int64_t n, bool is_signed) {
  constexpr std::int64_t kStep = vec::kLanes * vec::kDepth;
  std::int64_t i = 0;
  for (; i + kStep <= n; i += kStep) vec::store_packed(out + i, vec::load_bytes(in + i, is_signed));
  if (i == n) return;
  if (n >= kStep) {  // the last vector overlaps the one before
    vec::store_packed(out + n - kStep, vec::load_bytes(in + n - kStep, is_signed));
    return;
  }
  if constexpr (sizeof(vec::Packed) == 1) {
    const bool flip = is_signed != std::is_signed_v<vec::Packed>;
    for (; i + 8 <= n; i += 8) {
      std::uint64_t word;
      __builtin_memcpy(&word, in + i, 8);
      word ^= flip ? 0x8080808080808080u : 0;
      __builtin_memcpy(out + i, &word, 8);
    }
    for (; i < n; ++i) out[i] = static_cast<vec::Packed>(in[i] ^ (flip ? 0x80 : 0));
  } else {
    for (; i < n; ++i) {
      const int value = is_signed ? static_cast<std::int8_t>(in[i]) : int{in[i]};
      out[i] = static_cast<vec::Packed>(value);
    }
  }
}

// Zeros from depth k up to the next multiple of kDepth; the weights are zero there too, but the
// sums of rows must not see what the memory held before.
inline void pad_row(vec::Packed* row, std::int64_t k) {
  for (std::int64_t i = k; i % vec::kDepth != 0; ++i) row[i] = 0;
}

inline void gather_matrix(const void* source, std::int64_t first, int count, std::byte* block,
                          std::int64_t stride) {
  const auto& rows = *static_cast<const MatrixRows*>(source);
  for (int r = 0; r < count; ++r) {
    auto* const out = reinterpret_cast<vec::Packed*>(block + r * stride);
    pack_row(out, rows.data + (first + r) * rows.stride, rows.k, rows.is_signed);
    pad_row(out, rows.k);
  }
}

// The tile that every "splat a group of a, dot it with a vector of b" instruction set shares:
// accumulators = start + row_start + A * B over `groups` depth groups, stored row after row.
template <int kRows, int kVectors>
inline void accumulate(const std::byte* a, std::int64_t a_stride, const std::byte* b,
                       const std::int32_t* start, const std::int32_t* row_start,
                       std::int64_t groups, std::int32_t* out) {
  constexpr int kColumns = kVectors * vec::kLanes;
  constexpr std::int64_t kGroupBytes = vec::kDepth * sizeof(vec::Packed);
  vec::Acc acc[kRows][kVectors];
  OCTET_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    const vec::Acc s = vec::load_acc(start + v * vec::kLanes);
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) acc[r][v] = s;
  }
  if (row_start != nullptr) {
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) {
      OCTET_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        acc[r][v] = vec::add(acc[r][v], vec::splat_acc(row_start[r]));
      }
    }
  }
  for (std::int64_t g = 0; g < groups; ++g) {
    vec::Operand column[kVectors];
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      using Weight = std::conditional_t<sizeof(vec::Packed) == 1, std::int8_t, vec::Packed>;
      column[v] = vec::load(reinterpret_cast<const Weight*>(b + v * vec::kLanes * kGroupBytes));
    }
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) {
      const auto row = vec::splat(reinterpret_cast<const vec::Packed*>(a + r * a_stride));
      OCTET_UNROLL
      for (int v = 0; v < kVectors; ++v) acc[r][v] = vec::dot(acc[r][v], row, column[v]);
    }
    a += kGroupBytes;
    b += kColumns * kGroupBytes;
  }
  OCTET_UNROLL
  for (int r = 0; r < kRows; ++r) {
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      vec::store_acc(out + r * kColumns + v * vec::kLanes, acc[r][v]);
    }
  }
}

using Accumulate = void (*)(const std::byte*, std::int64_t, const std::byte*, const std::int32_t*,
                            const std::int32_t*, std::int64_t, std::int32_t*);

// Tiles come in three heights: the full one, half of it and a single row. A block holds whole
// tiles, so a taller tile than needed may compute rows that nobody stores.
inline constexpr int kHalfTileRows = vec::kTileRows / 2;

template <int kVectors>
inline Accumulate accumulate_for(int rows) {
  if (rows > kHalfTileRows) return accumulate<vec::kTileRows, kVectors>;
  if (rows > 1) return accumulate<kHalfTileRows, kVectors>;
  return accumulate<1, kVectors>;
}

inline Accumulate accumulate_for(int rows, int vectors) {
  static_assert(vec::kTileVectors == 2 || vec::kTileVectors == 4);
  if (vectors == vec::kTileVectors) return accumulate_for<vec::kTileVectors>(rows);
  if constexpr (vec::kTileVectors == 4) {
    if (vectors == 3) return accumulate_for<3>(rows);
    if (vectors == 2) return accumulate_for<2>(rows);
  }
  return accumulate_for<1>(rows);
}

// One block of rows against every panel.
template <class Out>
inline void multiply_block(const GemmTask& task, const std::byte* a, std::int64_t a_stride,
                           const std::int32_t* row_start, int rows, Out* c) {
  constexpr int kWidest = vec::kTileVectors * vec::kLanes;
  alignas(kAlignment) std::int32_t accumulators[vec::kTileRows * kWidest];
  const std::int64_t groups = (std::int64_t{task.k} + vec::kDepth - 1) / vec::kDepth;
  const std::byte* panel = task.packed;
  for (std::int64_t j = 0; j < task.n; j += kWidest) {
    const int columns = task.n - j < kWidest ? static_cast<int>(task.n - j) : kWidest;
    const int vectors = (columns + vec::kLanes - 1) / vec::kLanes;
    const int width = vectors * vec::kLanes;
    const PanelConstants constants = detail::panel_constants(panel, width);
    const std::byte* const b = panel + detail::panel_constants_bytes(width);
    for (int i = 0; i < rows; i += vec::kTileRows) {
      const int tile_rows = rows - i < vec::kTileRows ? rows - i : vec::kTileRows;
      accumulate_for(tile_rows, vectors)(a + i * a_stride, a_stride, b, constants.start,
                                         row_start == nullptr ? nullptr : row_start + i, groups,
                                         accumulators);
      finish_block(accumulators, tile_rows, columns, width, constants, task.range,
                   task.vector_epilogue, c + i * task.c_stride + j, task.c_stride);
    }
    panel = b + detail::round_up(
                    groups * width * vec::kDepth * static_cast<std::int64_t>(sizeof(vec::Packed)),
                    kAlignment);
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
      multiply_block(task, task.in_place + i * task.in_place_stride, task.in_place_stride, nullptr,
                     static_cast<int>(left < task.block_rows ? left : task.block_rows),
                     c + i * task.c_stride);
    }
    i = whole_tiles;
  }
  for (; i < task.m; i += task.block_rows) {
    const std::int64_t left = task.m - i;
    const int rows = static_cast<int>(left < task.block_rows ? left : task.block_rows);
    task.gather(source, i, rows, task.block, task.block_stride);
    const int whole = static_cast<int>(detail::round_up(rows, vec::kTileRows));
    for (int r = rows; r < whole; ++r) {
      std::memset(task.block + r * task.block_stride, 0,
                  static_cast<std::size_t>(task.block_stride));
    }
    std::int32_t* row_start = nullptr;
    if (task.b_zero_point != 0) {
      row_start = reinterpret_cast<std::int32_t*>(task.block + task.block_rows * task.block_stride);
      sum_rows(task.block, task.block_stride, whole, task.k, task.b_zero_point, row_start);
    }
    multiply_block(task, task.block, task.block_stride, row_start, rows, c + i * task.c_stride);
  }
}

// The entry of this target in the operation's table.
template <class Out>
inline constexpr GemmKernel kGemmKernel{kLayout, gemm<Out>, gather_matrix};

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
