// SPDX-License-Identifier: Apache-2.0
// reference/comparison.hpp in lanes, all six by their constants. Included inside the region of each
// target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/detail/kernel_table.hpp"
#include "octet/kernel/elementwise/elementwise.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <>
struct BinaryLanes<compiled::Comparison> {
  Rescaling rescale1, rescale2;
  vec::Acc direction, fold, flip, one;

  OCTET_INLINE explicit BinaryLanes(const BinaryTask& task)
      : rescale1(task.input1),
        rescale2(task.input2),
        direction(vec::splat_acc(task.comparison.direction)),
        fold(vec::splat_acc(task.comparison.fold)),
        flip(vec::splat_acc(task.comparison.flip)),
        one(vec::splat_acc(1)) {}
  OCTET_INLINE vec::Acc first(vec::Acc x) const { return rescale1(x); }
  OCTET_INLINE vec::Acc second(vec::Acc x) const { return rescale2(x); }
  OCTET_INLINE vec::Acc operator()(vec::Acc x1, vec::Acc x2) const {
    const vec::Acc difference = vec::mul(vec::sub(x1, x2), direction);
    const vec::Acc bit = vec::min(vec::max(difference, vec::mul(difference, fold)), one);
    return vec::max(vec::sub(bit, flip), vec::sub(flip, bit));
  }
};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
