// SPDX-License-Identifier: Apache-2.0
// Extremes of lanes. Included inside the region of each target.

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <>
struct ReduceLanes<compiled::ReduceMax> {
  OCTET_INLINE static vec::Acc combine(vec::Acc a, vec::Acc b) { return vec::max(a, b); }
};
template <>
struct ReduceLanes<compiled::ReduceMin> {
  OCTET_INLINE static vec::Acc combine(vec::Acc a, vec::Acc b) { return vec::min(a, b); }
};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
