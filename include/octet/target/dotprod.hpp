// SPDX-License-Identifier: Apache-2.0
// Target `dotprod`: Armv8.2-A with sdot, 4 lanes, four depths a lane. Sections as in scalar.hpp.
#include <arm_neon.h>

#include "octet/detail/cpu.hpp"
#include "octet/detail/layout.hpp"

// g++ 12 rejects "+dotprod" alone.
#define OCTET_ISA "arch=armv8.2-a+dotprod"
#ifndef OCTET_TARGET_DOTPROD_HPP
#define OCTET_TARGET_DOTPROD_HPP

#if OCTET_TARGET_NEON
OCTET_BEGIN_VOCABULARY(dotprod, neon, OCTET_ISA)
#else
OCTET_BEGIN_VOCABULARY(dotprod, dotprod, OCTET_ISA)
#endif
inline constexpr int kMicroRows = 8, kMicroVectors = 2;
inline constexpr MicroEpilogue kMicroEpilogue = MicroEpilogue::in_registers;
// Armv8.1-A.
OCTET_INLINE int32x4_t add_rounded_product(int32x4_t sum, int32x4_t x, int32x4_t multiplier) {
  return vqrdmlahq_s32(sum, x, multiplier);
}
#include "octet/target/vector128_arm-inl.hpp"

struct Dot8x8 : ByteOperands<int8x16_t, std::int32_t> {
  OCTET_INLINE static Operand splat(const Packed* p) {
    return vreinterpretq_s8_s32(vdupq_n_s32(load_group(p)));
  }
  OCTET_INLINE static Acc dot(Acc sum, Operand a, Operand b) { return vdotq_s32(sum, a, b); }
  template <int kElement>
  OCTET_INLINE static Acc dot_element(Acc sum, Operand a, Operand b) {
    return vdotq_laneq_s32(sum, b, a, kElement);
  }

  OCTET_INLINE static Bytes load_bytes(const std::uint8_t* p, bool is_signed) {
    return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(p), vdupq_n_u8(is_signed ? 0 : 0x80)));
  }

  // Four rows of 16 channels to four vectors of 4 channels x 4 rows.
  OCTET_INLINE static void zip(const Bytes (&rows)[kDepth], Operand (&out)[kDepth]) {
    const int16x8_t low01 = vreinterpretq_s16_s8(vzip1q_s8(rows[0], rows[1]));
    const int16x8_t high01 = vreinterpretq_s16_s8(vzip2q_s8(rows[0], rows[1]));
    const int16x8_t low23 = vreinterpretq_s16_s8(vzip1q_s8(rows[2], rows[3]));
    const int16x8_t high23 = vreinterpretq_s16_s8(vzip2q_s8(rows[2], rows[3]));
    out[0] = vreinterpretq_s8_s16(vzip1q_s16(low01, low23));
    out[1] = vreinterpretq_s8_s16(vzip2q_s16(low01, low23));
    out[2] = vreinterpretq_s8_s16(vzip1q_s16(high01, high23));
    out[3] = vreinterpretq_s8_s16(vzip2q_s16(high01, high23));
  }
  // Zipping twice transposes four by four groups of four bytes.
  OCTET_INLINE static void unzip(const Narrowed (&x)[kDepth], Narrowed (&out)[kDepth]) {
    const Narrowed low02 = zip_low32(x[0], x[2]), high02 = zip_high32(x[0], x[2]);
    const Narrowed low13 = zip_low32(x[1], x[3]), high13 = zip_high32(x[1], x[3]);
    out[0] = zip_low32(low02, low13);
    out[1] = zip_high32(low02, low13);
    out[2] = zip_low32(high02, high13);
    out[3] = zip_high32(high02, high13);
  }
};
using MatrixDot8x8 = Dot8x8;

OCTET_END_VOCABULARY
#endif  // OCTET_TARGET_DOTPROD_HPP

#define OCTET_TARGET dotprod
#include "octet/target/kernel-inl.hpp"
