// SPDX-License-Identifier: Apache-2.0
// Rows become columns: blocks squared in registers, by as many rounds of interleaving as 16 bytes
// have elements in powers of two. Wider vectors do the same to several blocks at once. Included
// inside the region of each target.

#ifndef OCTET_TARGET    // in an editor
#define OCTET_COMPILED  // the header leaves this file alone
#include "octet/kernel/move/transpose.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// Vectors of `parts` times 16 bytes, whose elements, `Word`, stay within their part.
template <class Word, int parts>
struct TransposeVectors {
  static constexpr int kSide = 16 / sizeof(Word), kElements = parts * kSide;
  using Vector [[gnu::vector_size(16 * parts)]] = Word;
  static constexpr auto kAll = std::make_integer_sequence<int, kElements>();

  // Where an element of a part of two vectors, one behind the other, lies among all of theirs.
  static constexpr int place(int part, int element) {
    return element % kSide + part * kSide + element / kSide * kElements;
  }
  // The elements of each part of a and b that places::at(element) names.
  template <class Places, int... i>
  OCTET_INLINE static Vector shuffle(Vector a, Vector b, std::integer_sequence<int, i...>) {
#if __has_builtin(__builtin_shufflevector)
    return __builtin_shufflevector(a, b, place(i / kSide, Places::at(i % kSide))...);
#else  // g++ 11
    return __builtin_shuffle(a, b, Vector{Word{place(i / kSide, Places::at(i % kSide))}...});
#endif
  }

  template <int first>
  struct Interleaved {
    static constexpr int at(int i) { return first + i / 2 + i % 2 * kSide; }
  };
  // a[first], b[first], a[first + 1], b[first + 1], ...
  template <int first>
  OCTET_INLINE static Vector interleave(Vector a, Vector b) {
    return shuffle<Interleaved<first>>(a, b, kAll);
  }
  template <int first>
  struct EveryOther {
    static constexpr int at(int i) { return first + 2 * i; }
  };
  // a[first], a[first + 2], ..., b[first], b[first + 2], ...
  template <int first>
  OCTET_INLINE static Vector every_other(Vector a, Vector b) {
    return shuffle<EveryOther<first>>(a, b, kAll);
  }
  struct SwappedHalves {
    static constexpr int at(int i) { return (i + kSide / 2) % kSide; }
  };
  // The upper half first.
  OCTET_INLINE static Vector swap_halves(Vector a) { return shuffle<SwappedHalves>(a, a, kAll); }
  // Odd elements moved to even places.
  OCTET_INLINE static Vector odd_to_even(Vector a) {
    using Wide [[gnu::vector_size(16 * parts)]] = std::uint64_t;
    return reinterpret_cast<Vector>(reinterpret_cast<Wide>(a) >> (8 * sizeof(Word)));
  }

  // Of kCount vectors, each part of one behind the same part of the other: element e of a result is
  // their element Places::at(e). Where bytes are shuffled by a table of places, an odd number of
  // rows takes fewer of these than rounds of interleaving.
  template <class Places, int kCount>
  OCTET_INLINE static Vector gather(const Vector (&x)[kCount]) {
    Vector result = x[0];
    const auto add = [&]<int i>(std::integral_constant<int, i>) __attribute__((always_inline)) {
      const Vector placed = shuffle<WithinVector<Places>>(x[i], x[i], kAll);
      result = i == 0 ? placed : (comes_from<Places, i>(kAll) ? placed : result);
    };
    for_each_of(add, std::make_integer_sequence<int, kCount>());
    return result;
  }
  template <class Places>
  struct WithinVector {
    static constexpr int at(int e) { return Places::at(e) % kSide; }
  };
  template <class Places, int vector, int... i>
  OCTET_INLINE static auto comes_from(std::integer_sequence<int, i...>) {
    using Mask [[gnu::vector_size(16 * parts)]] = std::make_signed_t<Word>;
    return Mask{(Places::at(i % kSide) / kSide == vector ? -1 : 0)...};
  }
  template <int kCount>
  static constexpr bool kGathers = kCount % 2 != 0 && !std::is_pointer_v<vec::LookupTable>;

  // One vector of what lies at p, or of parts that are `stride` elements apart.
  OCTET_INLINE static Vector load(const Word* p) {
    Vector x;
    __builtin_memcpy(&x, p, sizeof x);
    return x;
  }
  OCTET_INLINE static void store(Word* p, Vector x) { __builtin_memcpy(p, &x, sizeof x); }
  OCTET_INLINE static Vector load_parts(const Word* p, std::int64_t stride) {
    if constexpr (parts == 1) {
      return load(p);
    } else {
      using Half = TransposeVectors<Word, parts / 2>;
      return join(Half::load_parts(p, stride), Half::load_parts(p + parts / 2 * stride, stride),
                  kAll);
    }
  }
  OCTET_INLINE static void store_parts(Word* p, std::int64_t stride, Vector x) {
    if constexpr (parts == 1) {
      store(p, x);
    } else {
      vec::store_rows<parts>(reinterpret_cast<std::uint8_t*>(p),
                             stride * static_cast<std::int64_t>(sizeof(Word)),
                             reinterpret_cast<vec::Narrowed>(x));
    }
  }
  template <class Half, int... i>
  OCTET_INLINE static Vector join(Half low, Half high, std::integer_sequence<int, i...>) {
#if __has_builtin(__builtin_shufflevector)
    return __builtin_shufflevector(low, high, i...);
#else  // g++ 11
    Vector x;
    __builtin_memcpy(&x, &low, sizeof low);
    __builtin_memcpy(reinterpret_cast<std::byte*>(&x) + sizeof low, &high, sizeof high);
    return x;
#endif
  }

  // The elements of a part of all vectors, one after the other: those of the first half and of the
  // second in turns, which moves the one at place i to 2 * i modulo their number less one.
  template <int kCount>
  OCTET_INLINE static void riffle(Vector (&x)[kCount]) {
    Vector next[kCount];
    const auto of = [&]<int i>(std::integral_constant<int, i>) __attribute__((always_inline)) {
      // Halves of vectors that become vector i: upper ones if odd.
      constexpr int kFirst = i, kSecond = kCount + i;
      constexpr bool kUpper = kFirst % 2 != 0, kAlike = kFirst % 2 == kSecond % 2;
      const Vector second = kAlike ? x[kSecond / 2] : swap_halves(x[kSecond / 2]);
      next[i] = interleave<(kUpper ? kSide / 2 : 0)>(x[kFirst / 2], second);
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
        next[i] = every_other<0>(first, odd_to_even(second));
      } else {
        next[i] = every_other<(kFirst < kCount ? 0 : 1)>(first, second);
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

  // Blocks of kSide rows and columns, as many as a vector has parts: side by side, in whole rows,
  // or one below the other. Each round interleaves row i with row i + kSide / 2 to rows 2 i and 2 i
  // + 1, which turns the bits of an element's place by one; after log2(kSide) rounds row and column
  // have changed places.
  template <bool kWholeRows>
  OCTET_INLINE static void block(const Word* in, std::int64_t in_stride, Word* out,
                                 std::int64_t out_stride) {
    Vector rows[kSide];
    OCTET_UNROLL
    for (int i = 0; i < kSide; ++i) {
      const Word* const row = in + i * in_stride;
      rows[i] = kWholeRows ? load(row) : load_parts(row, kSide * in_stride);
    }
    OCTET_UNROLL
    for (int round = 1; round < kSide; round *= 2) {
      Vector next[kSide];
      OCTET_UNROLL
      for (int i = 0; i < kSide / 2; ++i) {
        next[2 * i] = interleave<0>(rows[i], rows[i + kSide / 2]);
        next[2 * i + 1] = interleave<kSide / 2>(rows[i], rows[i + kSide / 2]);
      }
      OCTET_UNROLL
      for (int i = 0; i < kSide; ++i) rows[i] = next[i];
    }
    OCTET_UNROLL
    for (int i = 0; i < kSide; ++i) {
      Word* const row = out + i * out_stride;
      if constexpr (kWholeRows) {
        store_parts(row, kSide * out_stride, rows[i]);
      } else {
        store(row, rows[i]);
      }
    }
  }

  // kElements rows of kColumns elements without gaps. Element c of row r is at place
  // r * kColumns + c; log2(kSide) riffles multiply that by kSide, modulo kSide * kColumns - 1:
  // r + c * kSide.
  template <int kColumns>
  OCTET_INLINE static void columns(const Word* in, Word* out, std::int64_t out_stride) {
    Vector x[kColumns];
    OCTET_UNROLL
    for (int i = 0; i < kColumns; ++i) x[i] = load_parts(in + i * kSide, kSide * kColumns);
    OCTET_UNROLL
    for (int round = 1; round < kSide; round *= 2) riffle(x);
    OCTET_UNROLL
    for (int i = 0; i < kColumns; ++i) store(out + i * out_stride, x[i]);
  }
  // kRows rows of kElements elements to kElements rows without gaps: the way back, or on if that is
  // shorter.
  template <int kRows>
  OCTET_INLINE static void rows(const Word* in, std::int64_t in_stride, Word* out) {
    Vector x[kRows];
    OCTET_UNROLL
    for (int i = 0; i < kRows; ++i) x[i] = load(in + i * in_stride);
    if constexpr (kGathers<kRows>) {
      gather_all<PlaceInRow>(x);
    } else if constexpr ((kRows & (kRows - 1)) == 0) {
      OCTET_UNROLL
      for (int round = 1; round < kRows; round *= 2) riffle(x);
    } else {
      OCTET_UNROLL
      for (int round = 1; round < kSide; round *= 2) unriffle(x);
    }
    OCTET_UNROLL
    for (int i = 0; i < kRows; ++i) store_parts(out + i * kSide, kSide * kRows, x[i]);
  }

 private:
  template <int kCount, int i>
  struct PlaceInRow {
    static constexpr int at(int e) {
      const int place = i * kSide + e;
      return place % kCount * kSide + place / kCount;
    }
  };
  template <template <int, int> class Places, int kCount>
  OCTET_INLINE static void gather_all(Vector (&x)[kCount]) {
    Vector results[kCount];
    const auto of = [&]<int i>(std::integral_constant<int, i>) __attribute__((always_inline)) {
      results[i] = gather<Places<kCount, i>>(x);
    };
    for_each_of(of, std::make_integer_sequence<int, kCount>());
    OCTET_UNROLL
    for (int i = 0; i < kCount; ++i) x[i] = results[i];
  }
};

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

// What vectors of `parts` parts can do. The last blocks overlap those before them.
template <class Word, int parts>
inline bool transpose_blocks(const TransposeTask& task, const Word* in, Word* out) {
  using Vectors = TransposeVectors<Word, parts>;
  constexpr std::int64_t kSide = Vectors::kSide, kElements = Vectors::kElements;
  const std::int64_t rows = task.rows, columns = task.columns;
  const std::int64_t in_stride = task.input_stride, out_stride = task.output_stride;
  const auto at_most = [](std::int64_t a, std::int64_t b) { return a < b ? a : b; };
  // The side whose rows are further apart is read or written in whole vectors, line by line.
  constexpr std::int64_t kLine = 64 / sizeof(Word);
  if (in_stride > out_stride && rows >= kSide && columns >= kElements) {
    for (std::int64_t begin = 0; begin < columns; begin += kLine) {
      const std::int64_t end = at_most(begin + kLine, columns);
      for (std::int64_t i = 0; i < rows; i += kSide) {
        const std::int64_t r = at_most(i, rows - kSide);
        for (std::int64_t j = begin; j < end; j += kElements) {
          const std::int64_t c = at_most(j, columns - kElements);
          Vectors::template block<true>(in + r * in_stride + c, in_stride, out + c * out_stride + r,
                                        out_stride);
        }
      }
    }
    return true;
  }
  if (rows >= kElements && columns >= kSide) {
    for (std::int64_t begin = 0; begin < rows; begin += kLine) {
      const std::int64_t end = at_most(begin + kLine, rows);
      for (std::int64_t j = 0; j < columns; j += kSide) {
        const std::int64_t c = at_most(j, columns - kSide);
        for (std::int64_t i = begin; i < end; i += kElements) {
          const std::int64_t r = at_most(i, rows - kElements);
          Vectors::template block<false>(in + r * in_stride + c, in_stride,
                                         out + c * out_stride + r, out_stride);
        }
      }
    }
    return true;
  }
  // As many vectors as there are registers for.
  constexpr int kNarrow = kSide < 8 ? kSide - 1 : 8;
  if (rows >= kElements && in_stride == columns) {
    const auto narrow = [&]<int kColumns>(std::integral_constant<int, kColumns>)
        __attribute__((always_inline)) {
      for (std::int64_t i = 0; i < rows; i += kElements) {
        const std::int64_t r = at_most(i, rows - kElements);
        Vectors::template columns<kColumns>(in + r * kColumns, out + r, out_stride);
      }
    };
    return with_constant<kNarrow>(columns, narrow);
  }
  if (columns >= kElements && out_stride == rows) {
    const auto narrow = [&]<int kRows>(std::integral_constant<int, kRows>)
        __attribute__((always_inline)) {
      for (std::int64_t j = 0; j < columns; j += kElements) {
        const std::int64_t c = at_most(j, columns - kElements);
        Vectors::template rows<kRows>(in + c, in_stride, out + c * kRows);
      }
    };
    return with_constant<kNarrow>(rows, narrow);
  }
  return false;
}

template <class Word>
inline void transpose(const TransposeTask& task, const void* input, void* output) {
  const auto* const in = static_cast<const Word*>(input);
  auto* const out = static_cast<Word*>(output);
  // Targets that look up bytes shuffle them too; scalar has the vectors of the baseline.
  constexpr bool kIsWide = !std::is_pointer_v<vec::LookupTable>;
  constexpr int kParts = kIsWide ? vec::kLanes / 4 : 1;
  if constexpr (kIsWide || detail::kHasVectors) {
    if constexpr (kParts > 1) {
      if (transpose_blocks<Word, kParts>(task, in, out)) return;
    }
    if (transpose_blocks<Word, 1>(task, in, out)) return;
  }
  for (std::int64_t c = 0; c < task.columns; ++c) {
    for (std::int64_t r = 0; r < task.rows; ++r) {
      out[c * task.output_stride + r] = in[r * task.input_stride + c];
    }
  }
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
