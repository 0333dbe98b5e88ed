// SPDX-License-Identifier: Apache-2.0
// Sums and differences: reference/add.hpp, sub.hpp and squared_difference.hpp in lanes. Included
// inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/detail/kernel_table.hpp"
#include "octet/kernel/elementwise/elementwise.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <class Combine, class Rescaling1 = Rescaling, class Rescaling2 = Rescaling,
          class RescalingOfSum = Rescaling>
struct SharedScaleLanes {
  Rescaling1 rescale1;
  Rescaling2 rescale2;
  RescalingOfSum rescale;

  OCTET_INLINE explicit SharedScaleLanes(const BinaryTask& task)
      : rescale1(task.input1), rescale2(task.input2), rescale(task.output) {}
  OCTET_INLINE vec::Acc first(vec::Acc x) const { return rescale1(x); }
  OCTET_INLINE vec::Acc second(vec::Acc x) const { return rescale2(x); }
  OCTET_INLINE vec::Acc operator()(vec::Acc x1, vec::Acc x2) const {
    return rescale(Combine()(x1, x2));
  }
};

// Both operands shifted by as much: their sum or difference is.
template <class Combine>
struct OneShiftLanes : PlainOperands {
  Rescaling rescale;

  OCTET_INLINE static RescaleConstants constants(const BinaryTask& task) {
    RescaleConstants both = task.output;
    both.left = ShiftedOperand::shift(task.input1);
    both.zero_point = task.input1.zero_point + Combine::kSign * task.input2.zero_point;
    return both;
  }
  OCTET_INLINE explicit OneShiftLanes(const BinaryTask& task) : rescale(constants(task)) {}
  OCTET_INLINE vec::Acc operator()(vec::Acc x1, vec::Acc x2) const {
    return rescale(Combine()(x1, x2));
  }
};

struct AddedLanes {
  static constexpr std::int32_t kSign = 1;
  OCTET_INLINE vec::Acc operator()(vec::Acc a, vec::Acc b) const { return vec::add(a, b); }
};
struct SubtractedLanes {
  static constexpr std::int32_t kSign = -1;
  OCTET_INLINE vec::Acc operator()(vec::Acc a, vec::Acc b) const { return vec::sub(a, b); }
};

struct SquaredDifferenceLanes {
  OCTET_INLINE vec::Acc operator()(vec::Acc a, vec::Acc b) const {
    const vec::Acc difference = vec::sub(a, b);
    return vec::mul(difference, difference);
  }
};

// With lanes for operands that are shifted rather than rescaled.
template <class Combine>
struct SumLanes : SharedScaleLanes<Combine> {
  using ShiftedFirst = SharedScaleLanes<Combine, ShiftedOperand, Rescaling, RescaledSum>;
  using ShiftedSecond = SharedScaleLanes<Combine, Rescaling, ShiftedOperand, RescaledSum>;
  using ShiftedBoth = OneShiftLanes<Combine>;
  OCTET_INLINE explicit SumLanes(const BinaryTask& task) : SharedScaleLanes<Combine>(task) {}
};

template <>
struct BinaryLanes<compiled::Add> : SumLanes<AddedLanes> {
  OCTET_INLINE explicit BinaryLanes(const BinaryTask& task) : SumLanes(task) {}
};
template <>
struct BinaryLanes<compiled::Sub> : SumLanes<SubtractedLanes> {
  OCTET_INLINE explicit BinaryLanes(const BinaryTask& task) : SumLanes(task) {}
};
template <>
struct BinaryLanes<compiled::SquaredDifference> : SharedScaleLanes<SquaredDifferenceLanes> {
  OCTET_INLINE explicit BinaryLanes(const BinaryTask& task) : SharedScaleLanes(task) {}
};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
