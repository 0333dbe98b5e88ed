// SPDX-License-Identifier: Apache-2.0
// Target `avxvnni`: 8 lanes; vpdpbusd in its VEX encoding, unsigned activations by signed weights,
// four depths a lane. Sections as in scalar.hpp.
#include <immintrin.h>

#include "octet/detail/cpu.hpp"
#include "octet/detail/layout.hpp"

#define OCTET_ISA "avx2,avxvnni"
#ifndef OCTET_TARGET_AVXVNNI_HPP
#define OCTET_TARGET_AVXVNNI_HPP
namespace octet {
inline namespace OCTET_BASELINE {
namespace avxvnni {
inline bool available() { return detail::cpu().avxvnni; }
}  // namespace avxvnni
}  // namespace OCTET_BASELINE
}  // namespace octet

OCTET_BEGIN_TARGET(OCTET_ISA)
namespace octet {
inline namespace OCTET_BASELINE {
namespace avxvnni {
namespace vec {

inline constexpr int kDepth = 4;
using Packed = std::uint8_t;
#include "octet/target/vector256-inl.hpp"

OCTET_INLINE Operand load_weights(const std::byte* p) { return load_vector(p); }
OCTET_INLINE Acc dot(Acc sum, Operand a, Operand b) { return _mm256_dpbusd_avx_epi32(sum, a, b); }

OCTET_INLINE Bytes load_bytes(const std::uint8_t* p, bool is_signed) {
  return _mm256_xor_si256(load_vector(p), _mm256_set1_epi8(is_signed ? -128 : 0));
}
OCTET_INLINE void store_packed(Packed* p, Bytes x) { store_vector(p, x); }

// Four rows of 32 channels to four vectors of 8 channels x 4 rows.
OCTET_INLINE void zip(const Bytes (&rows)[kDepth], Operand (&out)[kDepth]) {
  const __m256i low01 = _mm256_unpacklo_epi8(rows[0], rows[1]);
  const __m256i high01 = _mm256_unpackhi_epi8(rows[0], rows[1]);
  const __m256i low23 = _mm256_unpacklo_epi8(rows[2], rows[3]);
  const __m256i high23 = _mm256_unpackhi_epi8(rows[2], rows[3]);
  out[0] = _mm256_unpacklo_epi16(low01, low23);
  out[1] = _mm256_unpackhi_epi16(low01, low23);
  out[2] = _mm256_unpacklo_epi16(high01, high23);
  out[3] = _mm256_unpackhi_epi16(high01, high23);
}
OCTET_INLINE void unzip(const Narrowed (&x)[kDepth], Narrowed (&out)[kDepth]) {
  const __m256i low01 = _mm256_unpacklo_epi32(x[0], x[1]);
  const __m256i high01 = _mm256_unpackhi_epi32(x[0], x[1]);
  const __m256i low23 = _mm256_unpacklo_epi32(x[2], x[3]);
  const __m256i high23 = _mm256_unpackhi_epi32(x[2], x[3]);
  out[0] = _mm256_unpacklo_epi64(low01, low23);
  out[1] = _mm256_unpackhi_epi64(low01, low23);
  out[2] = _mm256_unpacklo_epi64(high01, high23);
  out[3] = _mm256_unpackhi_epi64(high01, high23);
}

}  // namespace vec
}  // namespace avxvnni
}  // namespace OCTET_BASELINE
}  // namespace octet
OCTET_END_TARGET
#endif  // OCTET_TARGET_AVXVNNI_HPP

#ifdef OCTET_KERNEL
#define OCTET_TARGET avxvnni
OCTET_BEGIN_TARGET(OCTET_ISA)
#include OCTET_KERNEL
OCTET_END_TARGET
#undef OCTET_TARGET
#endif
#undef OCTET_ISA
