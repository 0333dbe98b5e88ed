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

// Calls body(std::integral_constant<int, n>) and says so, if n is from 2 to kMost.
template <int kMost, class Body>
OCTET_INLINE bool with_constant(std::int64_t n, const Body& body) {
  if constexpr (kMost < 2) {
    return false;
  } else {
    if (n != kMost) return with_constant<kMost - 1>(n, body);
    body(std::integral_constant<int, kMost>());
    return true;
  }
}

#if defined(__has_builtin) && (defined(__SSE2__) || defined(__ARM_NEON))
#if __has_builtin(__builtin_shufflevector)
#define OCTET_HAS_SHUFFLES 1
#endif
#endif

#ifdef OCTET_HAS_SHUFFLES
// Vectors of elements that are moved, as unsigned words of their size.
template <std::size_t bytes>
struct TransposeVectors {
  static constexpr int kSide = 16 / bytes;
  using Word = std::conditional_t<
      bytes == 1, std::uint8_t,
      std::conditional_t<bytes == 2, std::uint16_t,
                         std::conditional_t<bytes == 4, std::uint32_t, std::uint64_t>>>;
  using Vector [[gnu::vector_size(16)]] = Word;
  static constexpr auto kAll = std::make_integer_sequence<int, kSide>();

  // a[first], b[first], a[first + 1], b[first + 1], ...
  template <int first, int... i>
  OCTET_INLINE static Vector interleave(Vector a, Vector b, std::integer_sequence<int, i...>) {
    return __builtin_shufflevector(a, b, (first + i / 2 + i % 2 * kSide)...);
  }
  // a[first], a[first + 2], ..., b[first], b[first + 2], ...
  template <int first, int... i>
  OCTET_INLINE static Vector every_other(Vector a, Vector b, std::integer_sequence<int, i...>) {
    return __builtin_shufflevector(a, b, (first + 2 * i)...);
  }
  // The upper half first.
  template <int... i>
  OCTET_INLINE static Vector swap_halves(Vector a, std::integer_sequence<int, i...>) {
    return __builtin_shufflevector(a, a, ((i + kSide / 2) % kSide)...);
  }
  // Odd elements moved to even places.
  OCTET_INLINE static Vector odd_to_even(Vector a) {
    using Wide [[gnu::vector_size(16)]] = std::uint64_t;
    return reinterpret_cast<Vector>(reinterpret_cast<Wide>(a) >> (8 * bytes));
  }

  template <class T, int kCount>
  OCTET_INLINE static void load(const T* in, std::int64_t stride, Vector (&x)[kCount]) {
    OCTET_UNROLL
    for (int i = 0; i < kCount; ++i) std::memcpy(&x[i], in + i * stride, 16);
  }
  template <class T, int kCount>
  OCTET_INLINE static void store(T* out, std::int64_t stride, const Vector (&x)[kCount]) {
    OCTET_UNROLL
    for (int i = 0; i < kCount; ++i) std::memcpy(out + i * stride, &x[i], 16);
  }

  // The elements of all vectors, one after the other: those of the first half and of the second in
  // turns, which moves the one at place i to 2 * i modulo their number less one.
  template <int kCount>
  OCTET_INLINE static void riffle(Vector (&x)[kCount]) {
    Vector next[kCount];
    const auto of = [&]<int i>(std::integral_constant<int, i>) __attribute__((always_inline)) {
      // Halves of vectors that become vector i: upper ones if odd.
      constexpr int kFirst = i, kSecond = kCount + i;
      constexpr bool kUpper = kFirst % 2 != 0, kAlike = kFirst % 2 == kSecond % 2;
      const Vector second = kAlike ? x[kSecond / 2] : swap_halves(x[kSecond / 2], kAll);
      next[i] = interleave<(kUpper ? kSide / 2 : 0)>(x[kFirst / 2], second, kAll);
    };
    for_each_of(of, std::make_integer_sequence<int, kCount>());
    OCTET_UNROLL
    for (int i = 0; i < kCount; ++i) x[i] = next[i];
  }
  // Back.
  template <int kCount>
  OCTET_INLINE static void unriffle(Vector (&x)[kCount]) {
    Vector next[kCount];
    const auto of = [&]<int i>(std::integral_constant<int, i>) __attribute__((always_inline)) {
      // Vectors whose even or odd elements become the halves of vector i: odd ones behind the first
      // kCount halves.
      constexpr int kFirst = 2 * i, kSecond = 2 * i + 1;
      const Vector first = x[kFirst % kCount], second = x[kSecond % kCount];
      if constexpr (kFirst < kCount && kSecond >= kCount) {
        next[i] = every_other<0>(first, odd_to_even(second), kAll);
      } else {
        next[i] = every_other<(kFirst < kCount ? 0 : 1)>(first, second, kAll);
      }
    };
    for_each_of(of, std::make_integer_sequence<int, kCount>());
    OCTET_UNROLL
    for (int i = 0; i < kCount; ++i) x[i] = next[i];
  }
  template <class Body, int... i>
  OCTET_INLINE static void for_each_of(const Body& body, std::integer_sequence<int, i...>) {
    (body(std::integral_constant<int, i>()), ...);
  }

  // A block of kSide rows squared. Each round interleaves row i with row i + kSide / 2 to rows 2 i
  // and 2 i + 1, which turns the bits of an element's place by one; after log2(kSide) rounds row
  // and column have changed places.
  template <class T>
  OCTET_INLINE static void block(const T* in, std::int64_t in_stride, T* out,
                                 std::int64_t out_stride) {
    Vector rows[kSide];
    load(in, in_stride, rows);
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
    store(out, out_stride, rows);
  }

  // kSide rows of kColumns elements without gaps. Element c of row r is at place r * kColumns + c;
  // log2(kSide) riffles multiply that by kSide, modulo kSide * kColumns - 1: r + c * kSide.
  template <int kColumns, class T>
  OCTET_INLINE static void columns(const T* in, T* out, std::int64_t out_stride) {
    Vector x[kColumns];
    load(in, kSide, x);
    OCTET_UNROLL
    for (int round = 1; round < kSide; round *= 2) riffle(x);
    store(out, out_stride, x);
  }
  // kRows rows of kSide elements to kSide rows without gaps: the way back, or on if that is
  // shorter.
  template <int kRows, class T>
  OCTET_INLINE static void rows(const T* in, std::int64_t in_stride, T* out) {
    Vector x[kRows];
    load(in, in_stride, x);
    if constexpr ((kRows & (kRows - 1)) == 0) {
      OCTET_UNROLL
      for (int round = 1; round < kRows; round *= 2) riffle(x);
    } else {
      OCTET_UNROLL
      for (int round = 1; round < kSide; round *= 2) unriffle(x);
    }
    store(out, kSide, x);
  }
};
#endif

// out[c * out_stride + r] = in[r * in_stride + c]
template <class T>
inline void transpose(const T* in, std::int64_t rows, std::int64_t in_stride, T* out,
                      std::int64_t columns, std::int64_t out_stride) {
#ifdef OCTET_HAS_SHUFFLES
  using Vectors = TransposeVectors<sizeof(T)>;
  constexpr int kSide = Vectors::kSide;
  // A line of the output is written at once.
  constexpr std::int64_t kLine = 64 / sizeof(T);
  // The last blocks overlap those before them.
  const auto at_most = [](std::int64_t a, std::int64_t b) { return a < b ? a : b; };
  if (rows >= kSide && columns >= kSide) {
    for (std::int64_t begin = 0; begin < rows; begin += kLine) {
      const std::int64_t end = at_most(begin + kLine, rows);
      for (std::int64_t j = 0; j < columns; j += kSide) {
        const std::int64_t c = at_most(j, columns - kSide);
        for (std::int64_t i = begin; i < end; i += kSide) {
          const std::int64_t r = at_most(i, rows - kSide);
          Vectors::block(in + r * in_stride + c, in_stride, out + c * out_stride + r, out_stride);
        }
      }
    }
    return;
  }
  // As many vectors as there are registers for.
  constexpr int kNarrow = kSide < 8 ? kSide - 1 : 8;
  if (rows >= kSide && in_stride == columns) {
    const auto narrow = [&]<int kColumns>(std::integral_constant<int, kColumns>) {
      for (std::int64_t i = 0; i < rows; i += kSide) {
        const std::int64_t r = at_most(i, rows - kSide);
        Vectors::template columns<kColumns>(in + r * kColumns, out + r, out_stride);
      }
    };
    if (with_constant<kNarrow>(columns, narrow)) return;
  }
  if (columns >= kSide && out_stride == rows) {
    const auto narrow = [&]<int kRows>(std::integral_constant<int, kRows>) {
      for (std::int64_t j = 0; j < columns; j += kSide) {
        const std::int64_t c = at_most(j, columns - kSide);
        Vectors::template rows<kRows>(in + c, in_stride, out + c * kRows);
      }
    };
    if (with_constant<kNarrow>(rows, narrow)) return;
  }
#endif
  for (std::int64_t c = 0; c < columns; ++c) {
    for (std::int64_t r = 0; r < rows; ++r) out[c * out_stride + r] = in[r * in_stride + c];
  }
}

}  // namespace octet::inline OCTET_BASELINE::detail
