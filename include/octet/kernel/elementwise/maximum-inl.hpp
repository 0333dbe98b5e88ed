// SPDX-License-Identifier: Apache-2.0
// reference/maximum.hpp in lanes. Included inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/detail/kernel_table.hpp"
#include "octet/kernel/elementwise/elementwise.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <>
struct BinaryLanes<compiled::Maximum> : PlainOperands {
  OCTET_INLINE explicit BinaryLanes(const BinaryTask& /*task*/) {}
  OCTET_INLINE vec::Acc operator()(vec::Acc x1, vec::Acc x2) const { return vec::max(x1, x2); }
};
template <>
struct BinaryLanes<compiled::Minimum> : PlainOperands {
  OCTET_INLINE explicit BinaryLanes(const BinaryTask& /*task*/) {}
  OCTET_INLINE vec::Acc operator()(vec::Acc x1, vec::Acc x2) const { return vec::min(x1, x2); }
};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
