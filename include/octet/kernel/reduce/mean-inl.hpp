// SPDX-License-Identifier: Apache-2.0
// Sums of lanes. Included inside the region of each target.

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

template <>
struct ReduceLanes<compiled::Mean> {
  OCTET_INLINE static vec::Acc combine(vec::Acc a, vec::Acc b) { return vec::add(a, b); }
};

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
