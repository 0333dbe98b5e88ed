// SPDX-License-Identifier: Apache-2.0
// Target `avx512vnni`: 16 lanes; vpdpbusd multiplies unsigned activations by signed weights, four
// depths a lane. Sections as in scalar.hpp.
#include <immintrin.h>

#include "octet/detail/cpu.hpp"
#include "octet/detail/layout.hpp"

#define OCTET_ISA "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"
#ifndef OCTET_TARGET_AVX512VNNI_HPP
#define OCTET_TARGET_AVX512VNNI_HPP
namespace octet {
inline namespace OCTET_BASELINE {
namespace avx512vnni {
inline bool available() { return detail::cpu().avx512vnni; }
}  // namespace avx512vnni
}  // namespace OCTET_BASELINE
}  // namespace octet

OCTET_BEGIN_TARGET(OCTET_ISA)
namespace octet {
inline namespace OCTET_BASELINE {
namespace avx512vnni {
namespace vec {

inline constexpr int kLanes = 16, kDepth = 4;
inline constexpr int kTileRows = 12, kTileVectors = 2;
using Packed = std::uint8_t;
using Acc = __m512i;
using Operand = __m512i;
using Bytes = __m512i;

OCTET_INLINE Operand splat(const Packed* p) {
  std::int32_t group;
  __builtin_memcpy(&group, p, sizeof group);
  return _mm512_set1_epi32(group);
}
OCTET_INLINE Operand load(const std::int8_t* p) { return _mm512_loadu_si512(p); }
OCTET_INLINE Acc dot(Acc sum, Operand a, Operand b) { return _mm512_dpbusd_epi32(sum, a, b); }

OCTET_INLINE Acc load_acc(const std::int32_t* p) { return _mm512_loadu_si512(p); }
OCTET_INLINE void store_acc(std::int32_t* p, Acc x) { _mm512_storeu_si512(p, x); }
OCTET_INLINE Acc splat_acc(std::int32_t x) { return _mm512_set1_epi32(x); }
OCTET_INLINE Acc add(Acc a, Acc b) { return _mm512_add_epi32(a, b); }
OCTET_INLINE Acc sub(Acc a, Acc b) { return _mm512_sub_epi32(a, b); }
OCTET_INLINE Acc min(Acc a, Acc b) { return _mm512_min_epi32(a, b); }
OCTET_INLINE Acc max(Acc a, Acc b) { return _mm512_max_epi32(a, b); }
OCTET_INLINE Acc shift_left(Acc x, const std::int32_t* count) {
  return _mm512_sllv_epi32(x, load_acc(count));
}
OCTET_INLINE Acc shift_right(Acc x, const std::int32_t* count) {
  return _mm512_srav_epi32(x, load_acc(count));
}
OCTET_INLINE Acc shift_right_logical(Acc x, const std::int32_t* count) {
  return _mm512_srlv_epi32(x, load_acc(count));
}

// Doubling x moves bit 31 of each product to bit 32, where it is the low bit of a lane; the addends
// are stored doubled. |x| < 2^30 keeps the sum below 2^63.
OCTET_INLINE Acc multiply_add_high(Acc x, const std::int32_t* multiplier,
                                   const std::int64_t* addend) {
  const __m512i twice = _mm512_add_epi32(x, x);
  const __m512i m = load_acc(multiplier);
  const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(twice, m), _mm512_loadu_si512(addend));
  const __m512i odd =
      _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(twice, 32), _mm512_srli_epi64(m, 32)),
                       _mm512_loadu_si512(addend + kLanes / 2));
  return _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
}
inline constexpr AddendOrder kAddendOrder = AddendOrder::even_odd_doubled;

OCTET_INLINE Acc widen(const std::int8_t* p) {
  return _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
OCTET_INLINE Acc widen(const std::uint8_t* p) {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
OCTET_INLINE Acc widen(const std::int16_t* p) {
  return _mm512_cvtepi16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
OCTET_INLINE Acc widen(const std::int32_t* p) { return load_acc(p); }

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

OCTET_INLINE Bytes load_bytes(const std::uint8_t* p, bool is_signed) {
  return _mm512_xor_si512(_mm512_loadu_si512(p), _mm512_set1_epi8(is_signed ? -128 : 0));
}
OCTET_INLINE void store_packed(Packed* p, Bytes x) { _mm512_storeu_si512(p, x); }

// Four rows of 64 channels to four vectors of 16 channels x 4 rows. The unpacks work within lanes
// of 128 bits; packing the results the same way restores the order (narrow_zipped).
OCTET_INLINE void zip(const Bytes (&rows)[kDepth], Operand (&out)[kDepth]) {
  const __m512i low01 = _mm512_unpacklo_epi8(rows[0], rows[1]);
  const __m512i high01 = _mm512_unpackhi_epi8(rows[0], rows[1]);
  const __m512i low23 = _mm512_unpacklo_epi8(rows[2], rows[3]);
  const __m512i high23 = _mm512_unpackhi_epi8(rows[2], rows[3]);
  out[0] = _mm512_unpacklo_epi16(low01, low23);
  out[1] = _mm512_unpackhi_epi16(low01, low23);
  out[2] = _mm512_unpacklo_epi16(high01, high23);
  out[3] = _mm512_unpackhi_epi16(high01, high23);
}
template <class Out>
OCTET_INLINE void narrow_zipped(Out* p, const Acc (&x)[kDepth]) {
  static_assert(sizeof(Out) == 1);
  const __m512i low = _mm512_packs_epi32(x[0], x[1]);
  const __m512i high = _mm512_packs_epi32(x[2], x[3]);
  _mm512_storeu_si512(
      p, std::is_signed_v<Out> ? _mm512_packs_epi16(low, high) : _mm512_packus_epi16(low, high));
}

}  // namespace vec
}  // namespace avx512vnni
}  // namespace OCTET_BASELINE
}  // namespace octet
OCTET_END_TARGET
#endif  // OCTET_TARGET_AVX512VNNI_HPP

#ifdef OCTET_KERNEL
#define OCTET_TARGET avx512vnni
OCTET_BEGIN_TARGET(OCTET_ISA)
#include OCTET_KERNEL
OCTET_END_TARGET
#undef OCTET_TARGET
#endif
#undef OCTET_ISA
