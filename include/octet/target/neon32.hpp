// SPDX-License-Identifier: Apache-2.0
// Target `neon32`: NEON of 32-bit Arm, of Armv7-A and of Armv8-A in AArch32, 4 lanes and half of
// AArch64's registers. Sections as in scalar.hpp.
#include <arm_neon.h>

#include "octet/detail/cpu.hpp"
#include "octet/detail/layout.hpp"

#ifdef __clang__
// With what NEON depends on: clang takes NEON away again where the command line has less of it.
#define OCTET_ISA "neon,vfp3,vfp3sp,d32"
#else
#define OCTET_ISA "fpu=neon"
#endif
#ifndef OCTET_TARGET_NEON32_HPP
#define OCTET_TARGET_NEON32_HPP
OCTET_BEGIN_VOCABULARY(neon32, neon32, OCTET_ISA)
inline constexpr int kMicroRows = 4, kMicroVectors = 2;
inline constexpr MicroEpilogue kMicroEpilogue = MicroEpilogue::in_registers;
OCTET_INLINE int32x4_t add_rounded_product(int32x4_t sum, int32x4_t x, int32x4_t multiplier) {
  return vaddq_s32(vqrdmulhq_s32(x, multiplier), sum);
}
#include "octet/target/intrinsics_arm32-inl.hpp"
#include "octet/target/vector128_arm-inl.hpp"
#include "octet/target/dot_neon-inl.hpp"
OCTET_END_VOCABULARY
#endif  // OCTET_TARGET_NEON32_HPP

#define OCTET_TARGET neon32
#include "octet/target/kernel-inl.hpp"
