// SPDX-License-Identifier: Apache-2.0
// Vectors of 256 bits on x86, what is different from other widths. Included inside the region and
// namespace of each target.

inline constexpr int kLanes = 8;
inline constexpr int kMicroRows = 6, kMicroVectors = 2;
inline constexpr MicroEpilogue kMicroEpilogue = MicroEpilogue::in_registers;
inline constexpr int kRequantizeTogether = 2;
using Vector = __m256i;
using HalfVector = __m128i;

OCTET_INLINE Vector load_vector(const void* p) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(p));
}
OCTET_INLINE void store_vector(void* p, Vector x) {
  _mm256_storeu_si256(static_cast<__m256i*>(p), x);
}
OCTET_INLINE HalfVector load_half(const void* p) {
  return _mm_loadu_si128(static_cast<const __m128i*>(p));
}
OCTET_INLINE __m128i load_quarter(const void* p) {
  return _mm_loadl_epi64(static_cast<const __m128i*>(p));
}
OCTET_INLINE Vector repeat_16_bytes(const void* p) {
  return _mm256_broadcastsi128_si256(load_half(p));
}
OCTET_INLINE HalfVector low_half(Vector x) { return _mm256_castsi256_si128(x); }
OCTET_INLINE HalfVector high_half(Vector x) { return _mm256_extracti128_si256(x, 1); }

// As in vector512-inl.hpp.
OCTET_INLINE Vector odd_lanes(Vector x) { return _mm256_shuffle_epi32(x, 0xf5); }
OCTET_INLINE Vector high_halves(Vector even, Vector odd) {
  return _mm256_blend_epi32(odd_lanes(even), odd, 0xaa);
}

OCTET_INLINE Vector splat_sum(std::int64_t x) { return _mm256_set1_epi64x(x); }
// The low halves of 64-bit lanes, those of `a` before those of `b`.
OCTET_INLINE Vector low_halves(Vector a, Vector b) {
  const __m256 words =
      _mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), _MM_SHUFFLE(2, 0, 2, 0));
  return _mm256_permute4x64_epi64(_mm256_castps_si256(words), _MM_SHUFFLE(3, 1, 2, 0));
}

#define OCTET_MM(operation) _mm256_##operation
#include "octet/target/vector_x86-inl.hpp"
#include "octet/target/requantize_avx-inl.hpp"
#undef OCTET_MM

template <class Out>
OCTET_INLINE void narrow(Out* p, Acc x) {
  if constexpr (sizeof(Out) == 4) {
    store_acc(p, x);
  } else if constexpr (std::is_same_v<Out, std::uint16_t>) {
    static_assert(sizeof(Out) == 0, "no operation has uint16 outputs");
  } else {
    const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(x, x), 0x08);
    if constexpr (sizeof(Out) == 2) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(p), low_half(words));
    } else {
      _mm_storel_epi64(reinterpret_cast<__m128i*>(p), low_half(pack_words<Out>(words, words)));
    }
  }
}
OCTET_INLINE Narrowed row_order(Narrowed x) {
  return _mm256_permutevar8x32_epi32(x, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}
template <int kRows, class Out>
OCTET_INLINE void store_rows(Out* p, std::int64_t stride, Narrowed x) {
  const __m128i low = low_half(x), high = high_half(x);
  const auto row = [&](int i) { return reinterpret_cast<__m128i*>(p + i * stride); };
  if constexpr (kRows == 2) {
    _mm_storeu_si128(row(0), low);
    _mm_storeu_si128(row(1), high);
  } else {
    _mm_storel_epi64(row(0), low);
    _mm_storel_epi64(row(1), _mm_unpackhi_epi64(low, low));
    _mm_storel_epi64(row(2), high);
    _mm_storel_epi64(row(3), _mm_unpackhi_epi64(high, high));
  }
}

// One of two or four parts of a vector of bytes.
template <int kParts>
OCTET_INLINE void store_narrowed(void* p, Narrowed x, std::integral_constant<int, kParts>,
                                 int part) {
  auto* const to = static_cast<__m128i*>(p);
  const auto half = [&](int i) {
    return i == 0 ? _mm256_castsi256_si128(x) : _mm256_extracti128_si256(x, 1);
  };
  if constexpr (kParts == 2) {
    _mm_storeu_si128(to, half(part));
  } else if (part % 2 == 0) {
    _mm_storel_epi64(to, half(part / 2));
  } else {
    _mm_storel_epi64(to, _mm_unpackhi_epi64(half(part / 2), half(part / 2)));
  }
}
