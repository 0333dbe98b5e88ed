// SPDX-License-Identifier: Apache-2.0
// A rescaling that all lanes share. Included inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/epilogue.hpp"

#include "octet/kernel/editor_alone.hpp"

#include "octet/kernel/rescale.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// The constants of a rescaling in every lane.
OCTET_INLINE AnyMultipliers splat_multipliers(const RescaleConstants& c) {
  constexpr int kLanes = vec::kLanes;
  alignas(kAlignment) std::int64_t addend[kLanes];
  std::int32_t multiplier[2 * kLanes], right[kLanes], tie_shift[kLanes];
  for (int i = 0; i < kLanes; ++i) {
    addend[i] = kBiased ? biased_addend(c.multiplier, c.plain) : c.plain.addend;
    multiplier[i] = multiplier[kLanes + i] =
        kBiased ? shift_left_wrapping(c.multiplier, 1) : c.multiplier;
    right[i] = c.plain.right;
    tie_shift[i] = c.plain.tie_shift;
  }
  return load_any_multipliers({nullptr, multiplier, right, tie_shift, nullptr, addend}, 0);
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
