// SPDX-License-Identifier: Apache-2.0
// reference/leaky_relu.hpp in lanes: of both rescaled values one is 0. Included inside the region
// of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/detail/kernel_table.hpp"
#include "octet/kernel/elementwise/elementwise.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <>
struct UnaryLanes<compiled::LeakyRelu> {
  vec::Acc zero_point, zero, sign_below;
  Rescaling above, below;

  OCTET_INLINE explicit UnaryLanes(const UnaryTask& task)
      : zero_point(vec::splat_acc(task.zero_point)),
        zero(vec::splat_acc(0)),
        sign_below(vec::splat_acc(task.sign_below)),
        above(task.rescale),
        below(task.below) {}
  OCTET_INLINE vec::Acc operator()(vec::Acc input) const {
    const vec::Acc x = vec::sub(input, zero_point);
    return vec::add(above(vec::max(x, zero)), vec::mul(below(vec::min(x, zero)), sign_below));
  }
};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
