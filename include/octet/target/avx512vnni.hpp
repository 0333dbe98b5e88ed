// SPDX-License-Identifier: Apache-2.0
// Target `avx512vnni`: 16 lanes; vpdpbusd multiplies unsigned activations by signed weights, four
// depths a lane. Sections as in scalar.hpp.
#include <immintrin.h>

#include "octet/detail/cpu.hpp"
#include "octet/detail/layout.hpp"

#define OCTET_ISA "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"
#ifndef OCTET_TARGET_AVX512VNNI_HPP
#define OCTET_TARGET_AVX512VNNI_HPP

OCTET_BEGIN_VOCABULARY(avx512vnni, avx512vnni, OCTET_ISA)
#include "octet/target/vector512-inl.hpp"

struct Dot8x8 : ByteOperands {
  OCTET_INLINE static Acc dot(Acc sum, Operand a, Operand b) {
    return _mm512_dpbusd_epi32(sum, a, b);
  }

  OCTET_INLINE static Bytes load_bytes(const std::uint8_t* p, bool is_signed) {
    return _mm512_xor_si512(load_vector(p), _mm512_set1_epi8(is_signed ? -128 : 0));
  }

  // Two or four parts, one after the other.
  template <int kParts>
  OCTET_INLINE static Bytes load_bytes(const std::uint8_t* const (&p)[kParts], bool is_signed) {
    __m512i x;
    if constexpr (kParts == 2) {
      const auto part = [&](int i) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p[i]));
      };
      x = _mm512_inserti64x4(_mm512_castsi256_si512(part(0)), part(1), 1);
    } else {
      static_assert(kParts == 4);
      const auto part = [&](int i) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p[i]));
      };
      x = _mm512_inserti32x4(_mm512_castsi128_si512(part(0)), part(1), 1);
      x = _mm512_inserti32x4(_mm512_inserti32x4(x, part(2), 2), part(3), 3);
    }
    return _mm512_xor_si512(x, _mm512_set1_epi8(is_signed ? -128 : 0));
  }
};
using MatrixDot8x8 = Dot8x8;
struct Dot16x8 : Dot16x8Operands {
  OCTET_INLINE static Acc dot(Acc sum, Operand a, Operand b) {
    return _mm512_dpwssd_epi32(sum, a, b);
  }
};

// One of two or four parts of a vector.
template <int kParts>
OCTET_INLINE void store_narrowed(void* p, Narrowed x, std::integral_constant<int, kParts>,
                                 int part) {
  if constexpr (kParts == 2) {
    const __m256i half = part == 0 ? _mm512_castsi512_si256(x) : _mm512_extracti64x4_epi64(x, 1);
    _mm256_storeu_si256(static_cast<__m256i*>(p), half);
  } else {
    const __m128i quarter = part == 0   ? _mm512_castsi512_si128(x)
                            : part == 1 ? _mm512_extracti32x4_epi32(x, 1)
                            : part == 2 ? _mm512_extracti32x4_epi32(x, 2)
                                        : _mm512_extracti32x4_epi32(x, 3);
    _mm_storeu_si128(static_cast<__m128i*>(p), quarter);
  }
}

OCTET_END_VOCABULARY
#endif  // OCTET_TARGET_AVX512VNNI_HPP

#define OCTET_TARGET avx512vnni
#include "octet/target/kernel-inl.hpp"
