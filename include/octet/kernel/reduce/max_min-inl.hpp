// SPDX-License-Identifier: Apache-2.0
// Extremes of lanes. Included inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/detail/kernel_table.hpp"
#include "octet/kernel/reduce/reduce.hpp"
#define OCTET_TARGET scalar
#endif

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
