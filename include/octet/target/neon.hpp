// SPDX-License-Identifier: Apache-2.0
// Target `neon`: Armv8-A without the dot product extension, 4 lanes. Sections as in scalar.hpp.
#include <arm_neon.h>

#include "octet/detail/cpu.hpp"
#include "octet/detail/layout.hpp"

#ifndef OCTET_TARGET_NEON_HPP
#define OCTET_TARGET_NEON_HPP
namespace octet::inline OCTET_BASELINE::neon {

inline bool available() { return true; }
namespace lanes = neon;

namespace vec {

inline constexpr int kMicroRows = 4, kMicroVectors = 2;
inline constexpr MicroEpilogue kMicroEpilogue = MicroEpilogue::in_registers;
OCTET_INLINE int32x4_t add_rounded_product(int32x4_t sum, int32x4_t x, int32x4_t multiplier) {
  return vaddq_s32(vqrdmulhq_s32(x, multiplier), sum);
}
#include "octet/target/vector128_arm-inl.hpp"
#include "octet/target/dot_neon-inl.hpp"

}  // namespace vec
}  // namespace octet::inline OCTET_BASELINE::neon
#endif  // OCTET_TARGET_NEON_HPP

#ifdef OCTET_KERNEL
#define OCTET_TARGET neon
#include OCTET_KERNEL
#undef OCTET_TARGET
#endif
