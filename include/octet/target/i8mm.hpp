// SPDX-License-Identifier: Apache-2.0
// Target `i8mm`: Armv8.2-A with smmla, which multiplies two rows and two columns, eight deep. Its
// kernels for matrices come in OCTET_MATRIX_KERNEL; it shares everything else with dotprod, whose
// compiled kernels it runs for what has no matrices.
#include <arm_neon.h>

#include "octet/detail/cpu.hpp"
#include "octet/detail/layout.hpp"

#define OCTET_ISA "arch=armv8.2-a+dotprod+i8mm"
#ifndef OCTET_TARGET_I8MM_HPP
#define OCTET_TARGET_I8MM_HPP
namespace octet::inline OCTET_BASELINE {
namespace i8mm {
using namespace dotprod;
namespace vec {
using namespace dotprod::vec;
}
}  // namespace i8mm
}  // namespace octet::inline OCTET_BASELINE

OCTET_BEGIN_VOCABULARY(i8mm, dotprod::lanes, OCTET_ISA)

struct MatrixDot8x8 : ByteOperands<int8x16_t, std::int64_t> {
  static constexpr int kRowsTogether = 2, kSums = 2, kGroupsTogether = 2;
  static constexpr int kMostSums = kVectorRegisters / 2;

  OCTET_INLINE static Operand splat(const Packed* p) {
    return vreinterpretq_s8_s64(vdupq_n_s64(load_group(p)));
  }
  // Halves of two registers, those of one depth side by side.
  OCTET_INLINE static Operand low_halves(Operand a, Operand b) {
    return vreinterpretq_s8_s64(vzip1q_s64(vreinterpretq_s64_s8(a), vreinterpretq_s64_s8(b)));
  }
  OCTET_INLINE static Operand high_halves(Operand a, Operand b) {
    return vreinterpretq_s8_s64(vzip2q_s64(vreinterpretq_s64_s8(a), vreinterpretq_s64_s8(b)));
  }
  template <class Splat, int kGroups>
  OCTET_INLINE static void load_rows(const std::byte* p, std::int64_t stride, const Splat& splat,
                                     Operand (&out)[kGroups]) {
    if constexpr (kGroups == 1) {
      out[0] = low_halves(splat(p), splat(p + stride));
    } else {
      const Operand first = splat.groups(p), second = splat.groups(p + stride);
      out[0] = low_halves(first, second);
      out[1] = high_halves(first, second);
    }
  }
  template <bool /*kIsBounded*/, int kBlocks>
  OCTET_INLINE static void add_parts(Acc (&sums)[kBlocks], const Operand (&rows)[kBlocks],
                                     Operand b) {
    OCTET_UNROLL
    for (int r = 0; r < kBlocks; ++r) {
      sums[r] = vmmlaq_s32(sums[r], rows[r], b);
      // In this order: g++ 12 finds another one, for which it moves accumulators about.
      pin(sums[r]);
    }
  }
  OCTET_INLINE static void collect(const Acc (&parts)[kSums], Acc (&rows)[kRowsTogether]) {
    const int64x2_t low = vreinterpretq_s64_s32(parts[0]), high = vreinterpretq_s64_s32(parts[1]);
    rows[0] = vreinterpretq_s32_s64(vzip1q_s64(low, high));
    rows[1] = vreinterpretq_s32_s64(vzip2q_s64(low, high));
  }
  OCTET_INLINE static Bytes load_bytes(const std::uint8_t* p, bool is_signed) {
    return Dot8x8::load_bytes(p, is_signed);
  }
};

OCTET_END_VOCABULARY
#endif  // OCTET_TARGET_I8MM_HPP

#ifdef OCTET_MATRIX_KERNEL
#define OCTET_TARGET i8mm
OCTET_BEGIN_TARGET(OCTET_ISA)
#include OCTET_MATRIX_KERNEL
OCTET_END_TARGET
#undef OCTET_TARGET
#endif
#undef OCTET_ISA
