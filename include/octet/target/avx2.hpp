// SPDX-License-Identifier: Apache-2.0
// Target `avx2`: 8 lanes; activations are widened to 16 bits when they are packed, and weights of
// matrices then or when they are loaded, because vpmaddwd is exact for them and vpmaddubsw
// saturates for bytes. Sections as in scalar.hpp.
#include <immintrin.h>

#include "octet/detail/cpu.hpp"
#include "octet/detail/layout.hpp"

#define OCTET_ISA "avx2"
#ifndef OCTET_TARGET_AVX2_HPP
#define OCTET_TARGET_AVX2_HPP

OCTET_BEGIN_VOCABULARY(avx2, avx2, OCTET_ISA)
#include "octet/target/vector256-inl.hpp"

struct Dot8x8 : WordOperands {
  static constexpr int kBands = 2;

  OCTET_INLINE static Acc dot(Acc sum, Operand a, Operand b) {
    // g++ 12 would add to the product and copy that back, or put all products before the sums.
    __m256i product;
    asm("vpmaddwd\t{%3, %2, %1|%1, %2, %3}\n\tvpaddd\t{%1, %0, %0|%0, %0, %1}"
        : "+x"(sum), "=x"(product)
        : "x"(a), "x"(b));
    return sum;
  }

  using WordOperands::load_bytes;
  // As in avx512vnni.hpp.
  OCTET_INLINE static Bytes load_bytes(const std::uint8_t* const (&p)[2], bool is_signed) {
    return widen_bytes(_mm_unpacklo_epi64(load_quarter(p[0]), load_quarter(p[1])), is_signed);
  }

  OCTET_INLINE static void unzip(const Narrowed (&x)[kDepth], Narrowed (&out)[kDepth]) {
    out[0] = _mm256_permute4x64_epi64(_mm256_unpacklo_epi32(x[0], x[1]), 0xd8);
    out[1] = _mm256_permute4x64_epi64(_mm256_unpackhi_epi32(x[0], x[1]), 0xd8);
  }
};
using MatrixDot8x8 = Dot8x8;
struct Dot16x8 : Dot16x8Operands {
  OCTET_INLINE static Acc dot(Acc sum, Operand a, Operand b) { return Dot8x8::dot(sum, a, b); }
};

OCTET_END_VOCABULARY
#endif  // OCTET_TARGET_AVX2_HPP

#define OCTET_TARGET avx2
#include "octet/target/kernel-inl.hpp"
