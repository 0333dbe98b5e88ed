// SPDX-License-Identifier: Apache-2.0
// Rows of activations, copied into the domain of the target as micro-kernels read them. Included
// inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/gemm/micro_kernel-inl.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// The bytes of activations that MatrixDot::load_bytes moves into the domain of the target at once.
inline constexpr int kBytesStep = sizeof(MatrixDot::Bytes) / sizeof(MatrixDot::Packed);

// Whether activations of int8 are in the domain of the target: vectors copy them.
inline constexpr bool kCopiesBytes =
    kBytesStep > 1 && std::is_same_v<MatrixDot::Packed, std::int8_t>;

// Moves n bytes, kBytesStep or more, where some are copied: four vectors a step.
OCTET_INLINE void copy_vectors(MatrixDot::Packed* out, const std::uint8_t* in, std::int64_t n,
                               bool is_signed) {
  constexpr int kAtOnce = 4;
  const auto copy = [&](bool as_signed) __attribute__((always_inline)) {
    std::int64_t i = 0;
    for (; i + kAtOnce * kBytesStep <= n; i += kAtOnce * kBytesStep) {
      MatrixDot::Bytes bytes[kAtOnce];
      OCTET_UNROLL
      for (int j = 0; j < kAtOnce; ++j) {
        bytes[j] = MatrixDot::load_bytes(in + i + j * kBytesStep, as_signed);
      }
      OCTET_UNROLL
      for (int j = 0; j < kAtOnce; ++j) MatrixDot::store_packed(out + i + j * kBytesStep, bytes[j]);
    }
    for (; i + kBytesStep <= n; i += kBytesStep) {
      MatrixDot::store_packed(out + i, MatrixDot::load_bytes(in + i, as_signed));
    }
    // The last vector overlaps the one before.
    if (i < n) {
      const std::int64_t last = n - kBytesStep;
      MatrixDot::store_packed(out + last, MatrixDot::load_bytes(in + last, as_signed));
    }
  };
  if (is_signed) return copy(true);
  copy(false);
}

// Moves n bytes, kBytesStep or more; two vectors a step, where none are copied: between dot
// products each instruction counts. The last vector overlaps the one before.
OCTET_INLINE void pack_vectors(MatrixDot::Packed* out, const std::uint8_t* in, std::int64_t n,
                               bool is_signed) {
  if constexpr (kCopiesBytes) return copy_vectors(out, in, n, is_signed);
  const auto pack = [&](bool as_signed) __attribute__((always_inline)) {
    const std::int64_t last = n - kBytesStep;
    std::int64_t i = 0;
    for (; i + kBytesStep < last; i += 2 * kBytesStep) {
      MatrixDot::store_packed(out + i, MatrixDot::load_bytes(in + i, as_signed));
      MatrixDot::store_packed(out + i + kBytesStep,
                              MatrixDot::load_bytes(in + i + kBytesStep, as_signed));
    }
    if (i < last) MatrixDot::store_packed(out + i, MatrixDot::load_bytes(in + i, as_signed));
    MatrixDot::store_packed(out + last, MatrixDot::load_bytes(in + last, as_signed));
  };
  // Where bytes are widened, signed ones take another instruction, and a loop of their own: g++ 12
  // would widen both ways and choose in each step, 1 % of a product of 3136x24x96 on avx2.
  if (sizeof(MatrixDot::Packed) == 1) return pack(is_signed);
  if (is_signed) return pack(true);
  pack(false);
}

// Moves n < kBytesStep bytes, without reading or writing any other: steps of 16 and 8 bytes, of
// which the last may overlap the one before.
inline void pack_few(MatrixDot::Packed* out, const std::uint8_t* in, int n, bool is_signed) {
  if constexpr (sizeof(MatrixDot::Packed) == 1) {
    const bool flip = is_signed != std::is_signed_v<MatrixDot::Packed>;
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
      for (; i < n; ++i) out[i] = static_cast<MatrixDot::Packed>(in[i] ^ top);
    }
  } else {
    for (int i = 0; i < n; ++i) {
      const int value = is_signed ? static_cast<std::int8_t>(in[i]) : int{in[i]};
      out[i] = static_cast<MatrixDot::Packed>(value);
    }
  }
}

// Moves n bytes of activations into the domain of the target.
OCTET_INLINE void pack_row(MatrixDot::Packed* out, const std::uint8_t* in, std::int64_t n,
                           bool is_signed) {
  if (n < kBytesStep) return pack_few(out, in, static_cast<int>(n), is_signed);
  pack_vectors(out, in, n, is_signed);
}

// Zeros from depth k up to the next multiple of kDepth. The weights are zero there, so any value
// would do, but this avoids reading uninitialized memory.
OCTET_INLINE void pad_row(MatrixDot::Packed* row, std::int64_t k) {
  for (std::int64_t i = k; i % MatrixDot::kDepth != 0; ++i) row[i] = 0;
}

// One row of a matrix, and `count` of them, packed as GatherRows does.
OCTET_INLINE void gather_row(const MatrixView& rows, std::int64_t row, std::byte* block) {
  auto* const out = reinterpret_cast<MatrixDot::Packed*>(block);
  pack_row(out, rows.data + row * rows.stride, rows.k, rows.is_signed);
  pad_row(out, rows.k);
}

inline void gather_matrix(const MatrixView& rows, std::int64_t first, int count, std::byte* block,
                          std::int64_t stride) {
  if (rows.stride == rows.k &&
      stride == rows.k * static_cast<std::int64_t>(sizeof(MatrixDot::Packed))) {
    pack_row(reinterpret_cast<MatrixDot::Packed*>(block), rows.data + first * rows.stride,
             std::int64_t{count} * rows.k, rows.is_signed);
    return;
  }
  for (int r = 0; r < count; ++r) gather_row(rows, first + r, block + r * stride);
}

// Of two rows and two groups of each, lets the first group of both take the place of the first row
// and the second group that of the second row, for micro-kernels of kPairsRows. A last row and a
// last group without another one stay as they are.
template <class Dot = MatrixDot>
inline void pair_rows(std::byte* block, std::int64_t stride, int rows, std::int64_t groups) {
  if constexpr (kPairsRows<Dot>) {
    for (int r = 0; r + 1 < rows; r += 2, block += 2 * stride) {
      std::byte* pair = block;
      for (std::int64_t g = groups; g >= 2; g -= 2, pair += 2 * kGroupBytes) {
        typename Dot::Operand of_groups[2];
        Dot::load_rows(pair, stride, SplatPacked<Dot>(), of_groups);
        Dot::store_operand(pair, of_groups[0]);
        Dot::store_operand(pair + stride, of_groups[1]);
      }
    }
  }
}

// -filter_zero_point * sum of each row, the part of the zero points' share that depends on the row.
template <class T>
inline void sum_rows(const std::byte* block, std::int64_t stride, int rows, std::int32_t k,
                     std::int32_t filter_zero_point, std::int32_t* out) {
  for (int r = 0; r < rows; ++r) {
    const auto* row = reinterpret_cast<const T*>(block + r * stride);
    std::uint32_t sum = 0;
    for (std::int32_t p = 0; p < k; ++p) sum += static_cast<std::uint32_t>(row[p]);
    out[r] = static_cast<std::int32_t>(0u - sum * static_cast<std::uint32_t>(filter_zero_point));
  }
}

inline void prefetch_rows(const MatrixView& rows, std::int64_t first, std::int64_t count) {
  const bool dense = rows.stride == rows.k;
  const std::int64_t runs = dense && count > 0 ? 1 : count;
  const std::int64_t bytes = dense ? count * rows.k : rows.k;
  const std::uint8_t* run = rows.data + first * rows.stride;
  for (std::int64_t r = 0; r < runs; ++r, run += rows.stride) {
    for (std::int64_t i = 0; i < bytes; i += kAlignment) __builtin_prefetch(run + i);
  }
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
