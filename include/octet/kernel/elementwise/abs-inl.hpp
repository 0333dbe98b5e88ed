// SPDX-License-Identifier: Apache-2.0
// reference/abs.hpp in lanes. Included inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/detail/kernel_table.hpp"
#include "octet/kernel/elementwise/elementwise.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <>
struct UnaryLanes<compiled::Abs> {
  vec::Acc zero_point;
  Rescaling rescale;

  OCTET_INLINE explicit UnaryLanes(const UnaryTask& task)
      : zero_point(vec::splat_acc(task.zero_point)), rescale(task.rescale) {}
  OCTET_INLINE vec::Acc operator()(vec::Acc x) const {
    return rescale(vec::max(vec::sub(x, zero_point), vec::sub(zero_point, x)));
  }
};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
