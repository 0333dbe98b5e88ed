// SPDX-License-Identifier: Apache-2.0
// Target `sse41`: SSE4.1, which includes SSSE3; 4 lanes; activations are widened to 16 bits when
// they are packed and weights of matrices when they are loaded, as in avx2.hpp. Sections as in
// scalar.hpp.
#include <smmintrin.h>

#include <limits>

#include "octet/detail/cpu.hpp"
#include "octet/detail/layout.hpp"

#define OCTET_ISA "sse4.1"
#ifndef OCTET_TARGET_SSE41_HPP
#define OCTET_TARGET_SSE41_HPP

OCTET_BEGIN_VOCABULARY(sse41, sse41, OCTET_ISA)
#include "octet/target/vector128_x86-inl.hpp"

struct Dot8x8 : WordOperands {
  static constexpr int kBands = 1;

  OCTET_INLINE static Acc dot(Acc sum, Operand a, Operand b) {
    return _mm_add_epi32(sum, _mm_madd_epi16(a, b));
  }

  OCTET_INLINE static void unzip(const Narrowed (&x)[kDepth], Narrowed (&out)[kDepth]) {
    out[0] = _mm_unpacklo_epi32(x[0], x[1]);
    out[1] = _mm_unpackhi_epi32(x[0], x[1]);
  }
};
using MatrixDot8x8 = Dot8x8;
struct Dot16x8 : Dot16x8Operands {
  OCTET_INLINE static Acc dot(Acc sum, Operand a, Operand b) { return Dot8x8::dot(sum, a, b); }
};

OCTET_END_VOCABULARY
#endif  // OCTET_TARGET_SSE41_HPP

#define OCTET_TARGET sse41
#include "octet/target/kernel-inl.hpp"
