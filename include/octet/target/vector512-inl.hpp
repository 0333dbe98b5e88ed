// SPDX-License-Identifier: Apache-2.0
// Vectors of 512 bits, what is different from other widths. Included inside the region and
// namespace of each target.

inline constexpr int kLanes = 16;
inline constexpr int kMicroRows = 8, kMicroVectors = 2;
inline constexpr MicroEpilogue kMicroEpilogue = MicroEpilogue::overlapped;
inline constexpr int kRequantizeTogether = 4;
using Vector = __m512i;
using HalfVector = __m256i;

OCTET_INLINE Vector load_vector(const void* p) { return _mm512_loadu_si512(p); }
OCTET_INLINE void store_vector(void* p, Vector x) { _mm512_storeu_si512(p, x); }
OCTET_INLINE HalfVector load_half(const void* p) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(p));
}
OCTET_INLINE __m128i load_quarter(const void* p) {
  return _mm_loadu_si128(static_cast<const __m128i*>(p));
}
OCTET_INLINE Vector repeat_16_bytes(const void* p) {
  return _mm512_broadcast_i32x4(load_quarter(p));
}
OCTET_INLINE HalfVector low_half(Vector x) { return _mm512_castsi512_si256(x); }
OCTET_INLINE HalfVector high_half(Vector x) { return _mm512_extracti64x4_epi64(x, 1); }

// The odd lanes, moved to the even places, where multiplications take their operands.
OCTET_INLINE Vector odd_lanes(Vector x) { return _mm512_shuffle_epi32(x, _MM_PERM_DDBB); }
// The high halves of 64-bit products, those of even lanes and those of odd ones, in their order.
OCTET_INLINE Vector high_halves(Vector even, Vector odd) {
  return _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
}

OCTET_INLINE Vector splat_sum(std::int64_t x) { return _mm512_set1_epi64(x); }
// The low halves of 64-bit lanes, those of `a` before those of `b`.
OCTET_INLINE Vector low_halves(Vector a, Vector b) {
  const __m512i low = _mm512_castsi256_si512(_mm512_cvtepi64_epi32(a));
  return _mm512_inserti64x4(low, _mm512_cvtepi64_epi32(b), 1);
}

#define OCTET_MM(operation) _mm512_##operation
#include "octet/target/vector_x86-inl.hpp"
#include "octet/target/requantize_avx-inl.hpp"
#undef OCTET_MM

template <class Out>
OCTET_INLINE void narrow(Out* p, Acc x) {
  if constexpr (sizeof(Out) == 1) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(x));
  } else if constexpr (sizeof(Out) == 2) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(x));
  } else {
    store_acc(p, x);
  }
}
OCTET_INLINE Narrowed row_order(Narrowed x) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_permutexvar_epi32(order, x);
}
template <int kRows, class Out>
OCTET_INLINE void store_rows(Out* p, std::int64_t stride, Narrowed x) {
  if (stride == 4 / kRows * kLanes) return store_narrowed(p, x);
  const auto store = [&](int row, auto bytes) {
    __builtin_memcpy(p + row * stride, &bytes, sizeof bytes);
  };
  if constexpr (kRows == 2) {
    store(0, low_half(x));
    store(1, high_half(x));
  } else {
    store(0, _mm512_castsi512_si128(x));
    store(1, _mm512_extracti32x4_epi32(x, 1));
    store(2, _mm512_extracti32x4_epi32(x, 2));
    store(3, _mm512_extracti32x4_epi32(x, 3));
  }
}
