// SPDX-License-Identifier: Apache-2.0
// Rows become columns: blocks of 16 bytes squared in the vectors that every x86-64 and AArch64
// has, by as many rounds of interleaving as a block has rows in powers of two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "octet/detail/config.hpp"

namespace octet::inline OCTET_BASELINE::detail {

#if defined(__has_builtin) && (defined(__SSE2__) || defined(__ARM_NEON))
#if __has_builtin(__builtin_shufflevector)
#define OCTET_HAS_SHUFFLES 1
#endif
#endif

#ifdef OCTET_HAS_SHUFFLES
// Elements that are moved, as unsigned words of their size.
template <std::size_t bytes>
struct TransposeBlock {
  static constexpr int kSide = 16 / bytes;
  using Word = std::conditional_t<
      bytes == 1, std::uint8_t,
      std::conditional_t<bytes == 2, std::uint16_t,
                         std::conditional_t<bytes == 4, std::uint32_t, std::uint64_t>>>;
  using Vector [[gnu::vector_size(16)]] = Word;

  // a[first], b[first], a[first + 1], b[first + 1], ...
  template <int first, int... i>
  OCTET_INLINE static Vector interleave(Vector a, Vector b, std::integer_sequence<int, i...>) {
    return __builtin_shufflevector(a, b, (first + i / 2 + i % 2 * kSide)...);
  }

  // Each round interleaves row i with row i + kSide / 2 to rows 2 i and 2 i + 1, which turns the
  // bits of an element's place by one; after log2(kSide) rounds row and column have changed places.
  template <class T>
  OCTET_INLINE static void run(const T* in, std::int64_t in_stride, T* out,
                               std::int64_t out_stride) {
    constexpr auto kAll = std::make_integer_sequence<int, kSide>();
    Vector rows[kSide];
    OCTET_UNROLL
    for (int i = 0; i < kSide; ++i) std::memcpy(&rows[i], in + i * in_stride, 16);
    OCTET_UNROLL
    for (int round = 1; round < kSide; round *= 2) {
      Vector next[kSide];
      OCTET_UNROLL
      for (int i = 0; i < kSide / 2; ++i) {
        next[2 * i] = interleave<0>(rows[i], rows[i + kSide / 2], kAll);
        next[2 * i + 1] = interleave<kSide / 2>(rows[i], rows[i + kSide / 2], kAll);
      }
      OCTET_UNROLL
      for (int i = 0; i < kSide; ++i) rows[i] = next[i];
    }
    OCTET_UNROLL
    for (int i = 0; i < kSide; ++i) std::memcpy(out + i * out_stride, &rows[i], 16);
  }
};
#endif

// out[c * out_stride + r] = in[r * in_stride + c]
template <class T>
inline void transpose(const T* in, std::int64_t rows, std::int64_t in_stride, T* out,
                      std::int64_t columns, std::int64_t out_stride) {
#ifdef OCTET_HAS_SHUFFLES
  using Block = TransposeBlock<sizeof(T)>;
  constexpr std::int64_t kSide = Block::kSide;
  // A line of the output is written at once.
  constexpr std::int64_t kLine = 64 / sizeof(T);
  if (rows >= kSide && columns >= kSide) {
    // The last blocks overlap those before them.
    const auto at_most = [](std::int64_t a, std::int64_t b) { return a < b ? a : b; };
    for (std::int64_t begin = 0; begin < rows; begin += kLine) {
      const std::int64_t end = at_most(begin + kLine, rows);
      for (std::int64_t j = 0; j < columns; j += kSide) {
        const std::int64_t c = at_most(j, columns - kSide);
        for (std::int64_t i = begin; i < end; i += kSide) {
          const std::int64_t r = at_most(i, rows - kSide);
          Block::run(in + r * in_stride + c, in_stride, out + c * out_stride + r, out_stride);
        }
      }
    }
    return;
  }
#endif
  for (std::int64_t c = 0; c < columns; ++c) {
    for (std::int64_t r = 0; r < rows; ++r) out[c * out_stride + r] = in[r * in_stride + c];
  }
}

}  // namespace octet::inline OCTET_BASELINE::detail
