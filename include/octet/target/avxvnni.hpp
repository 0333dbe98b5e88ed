// SPDX-License-Identifier: Apache-2.0
// Target `avxvnni`: 8 lanes; vpdpbusd in its VEX encoding, unsigned activations by signed weights,
// four depths a lane. Sections as in scalar.hpp.
#include <immintrin.h>

#include "octet/detail/cpu.hpp"
#include "octet/detail/layout.hpp"

#define OCTET_ISA "avx2,avxvnni"
#ifndef OCTET_TARGET_AVXVNNI_HPP
#define OCTET_TARGET_AVXVNNI_HPP

#if OCTET_TARGET_AVX2
OCTET_BEGIN_VOCABULARY(avxvnni, avx2, OCTET_ISA)
#else
OCTET_BEGIN_VOCABULARY(avxvnni, avxvnni, OCTET_ISA)
#endif
#include "octet/target/vector256-inl.hpp"

struct Dot8x8 : ByteOperands {
  OCTET_INLINE static Acc dot(Acc sum, Operand a, Operand b) {
    return _mm256_dpbusd_avx_epi32(sum, a, b);
  }

  OCTET_INLINE static Bytes load_bytes(const std::uint8_t* p, bool is_signed) {
    return _mm256_xor_si256(load_vector(p), _mm256_set1_epi8(is_signed ? -128 : 0));
  }

  // As in avx512vnni.hpp.
  template <int kParts>
  OCTET_INLINE static Bytes load_bytes(const std::uint8_t* const (&p)[kParts], bool is_signed) {
    static_assert(kParts == 2 || kParts == 4);
    const auto half = [&](int i) {
      if constexpr (kParts == 2) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p[i]));
      } else {
        const auto part = [&](int j) {
          return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p[2 * i + j]));
        };
        return _mm_unpacklo_epi64(part(0), part(1));
      }
    };
    const __m256i x = _mm256_inserti128_si256(_mm256_castsi128_si256(half(0)), half(1), 1);
    return _mm256_xor_si256(x, _mm256_set1_epi8(is_signed ? -128 : 0));
  }
};
using MatrixDot8x8 = Dot8x8;
struct Dot16x8 : Dot16x8Operands {
  OCTET_INLINE static Acc dot(Acc sum, Operand a, Operand b) {
    return _mm256_dpwssd_avx_epi32(sum, a, b);
  }
};

OCTET_END_VOCABULARY
#endif  // OCTET_TARGET_AVXVNNI_HPP

#define OCTET_TARGET avxvnni
#include "octet/target/kernel-inl.hpp"
