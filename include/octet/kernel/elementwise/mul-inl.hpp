// SPDX-License-Identifier: Apache-2.0
// Products: reference/mul.hpp in lanes. Included inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/detail/kernel_table.hpp"
#include "octet/kernel/elementwise/elementwise.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <>
struct BinaryLanes<compiled::Mul> {
  vec::Acc zero_point1, zero_point2;
  Rescaling rescale;

  OCTET_INLINE explicit BinaryLanes(const BinaryTask& task)
      : zero_point1(vec::splat_acc(task.input1.zero_point)),
        zero_point2(vec::splat_acc(task.input2.zero_point)),
        rescale(task.output) {}
  OCTET_INLINE vec::Acc first(vec::Acc x) const { return vec::sub(x, zero_point1); }
  OCTET_INLINE vec::Acc second(vec::Acc x) const { return vec::sub(x, zero_point2); }
  OCTET_INLINE vec::Acc operator()(vec::Acc x1, vec::Acc x2) const {
    return rescale(vec::mul(x1, x2));
  }
};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
