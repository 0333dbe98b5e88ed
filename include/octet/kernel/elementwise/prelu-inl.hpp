// SPDX-License-Identifier: Apache-2.0
// reference/prelu.hpp in lanes: of both rescaled values one is 0. Included inside the region of
// each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/detail/kernel_table.hpp"
#include "octet/kernel/elementwise/elementwise.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <>
struct BinaryLanes<compiled::Prelu> {
  vec::Acc zero_point1, zero_point2, zero;
  Rescaling identity, product;

  OCTET_INLINE explicit BinaryLanes(const BinaryTask& task)
      : zero_point1(vec::splat_acc(task.input1.zero_point)),
        zero_point2(vec::splat_acc(task.input2.zero_point)),
        zero(vec::splat_acc(0)),
        identity(without_zero_point(task.input1)),
        product(task.output) {}
  OCTET_INLINE vec::Acc first(vec::Acc x) const { return vec::sub(x, zero_point1); }
  OCTET_INLINE vec::Acc second(vec::Acc x) const { return vec::sub(x, zero_point2); }
  OCTET_INLINE vec::Acc operator()(vec::Acc x, vec::Acc alpha) const {
    return vec::add(identity(vec::max(x, zero)), product(vec::mul(vec::min(x, zero), alpha)));
  }

 private:
  OCTET_INLINE static RescaleConstants without_zero_point(RescaleConstants constants) {
    constants.zero_point = 0;
    return constants;
  }
};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
