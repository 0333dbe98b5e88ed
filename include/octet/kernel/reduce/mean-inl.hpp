// SPDX-License-Identifier: Apache-2.0
// Sums of lanes. Included inside the region of each target.

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <>
struct ReduceLanes<compiled::Mean> {
  OCTET_INLINE static vec::Acc combine(vec::Acc a, vec::Acc b) { return vec::add(a, b); }
};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
