// SPDX-License-Identifier: Apache-2.0
// What binary operations that bring both inputs to one scale have in common: add,
// sub and squared_difference.
#pragma once

#include "octet/family/binary.hpp"
#include "octet/reference/add.hpp"
#include "octet/reference/squared_difference.hpp"
#include "octet/reference/sub.hpp"

#define OCTET_KERNEL "octet/kernel/elementwise/add-inl.hpp"
#include "octet/detail/foreach_target.hpp"

namespace octet::inline OCTET_BASELINE {

enum class SharedScale { add, sub, squared_difference };

template <SharedScale kind, class Name>
struct SharedScaleOperation : family::OperationOf<AddParams, Name> {
  static constexpr const char* kName = kind == SharedScale::add   ? "add"
                                       : kind == SharedScale::sub ? "sub"
                                                                  : "squared_difference";

  template <class T>
  static constexpr T element(const AddParams& p, T x1, T x2) {
    switch (kind) {
      case SharedScale::add: return reference::add(p, x1, x2);
      case SharedScale::sub: return reference::sub(p, x1, x2);
      default: return reference::squared_difference(p, x1, x2);
    }
  }

  // What every step may become.
  template <class T>
  static constexpr Status validate(const AddParams& p) {
    if (const Status s = check::first_refusal(
            {check::range(StatusCode::shift_out_of_range, "left_shift", p.left_shift, 0, 30),
             check::multiplier(check::kInput1.multiplier, p.input1.rescale.multiplier),
             check::multiplier(check::kInput2.multiplier, p.input2.rescale.multiplier)});
        !s.ok()) {
      return s;
    }
    const std::int64_t largest1 = check::largest_difference<T>(p.input1.zero_point);
    const std::int64_t largest2 = check::largest_difference<T>(p.input2.zero_point);
    if (const Status s = check::first_refusal(
            {check::shift("left_shift", p.left_shift, largest1),
             check::shift("left_shift", p.left_shift, largest2),
             check::shift(check::kInput1.shift, p.input1.rescale.shift, largest1 << p.left_shift),
             check::shift(check::kInput2.shift, p.input2.rescale.shift, largest2 << p.left_shift)});
        !s.ok()) {
      return s;
    }
    const std::int64_t largest = largest_combination<T>(p);
    if (largest > check::kHighestInt32) {
      const bool first = largest_of<T>(p.input1, p) >= largest_of<T>(p.input2, p);
      return check::lower_shift(p.left_shift, first ? check::kInput1.shift : check::kInput2.shift,
                                first ? p.input1.rescale.shift : p.input2.rescale.shift);
    }
    return check::shift("output.rescale.shift", p.output.rescale.shift, largest);
  }

  template <class T>
  static constexpr bool suits_vectors(const AddParams& p) {
    const auto suits = [&](const Operand& operand) {
      return detail::suits_shared_scale(check::largest_difference<T>(operand.zero_point),
                                        p.left_shift, operand.rescale);
    };
    return suits(p.input1) && suits(p.input2) &&
           detail::suits_vectors(largest_combination<T>(p), p.output.rescale, p.output.zero_point);
  }

  static constexpr BinaryTask task(const AddParams& p) {
    const Rounding rounding = p.output.rounding;
    const auto of = [&](const Operand& operand) {
      return detail::rescale_constants(operand.rescale, rounding, operand.zero_point, p.left_shift,
                                       0);
    };
    BinaryTask task{};
    task.input1 = of(p.input1);
    task.input2 = of(p.input2);
    task.output = detail::rescale_constants(p.output.rescale, rounding, 0, 0, p.output.zero_point);
    return task;
  }

  // The largest magnitude of s1 or s2.
  template <class T>
  static constexpr std::int64_t largest_of(const Operand& operand, const AddParams& p) {
    const std::int64_t low = reference::shared_scale(std::numeric_limits<T>::min(), operand, p);
    const std::int64_t high = reference::shared_scale(std::numeric_limits<T>::max(), operand, p);
    return -low > high ? -low : high;
  }

  // The largest magnitude of s1 + s2, s1 - s2 or (s1 - s2)^2. Rescaling is monotone, so each
  // operand has its extremes at the ends of T.
  template <class T>
  static constexpr std::int64_t largest_combination(const AddParams& p) {
    const auto value = [&](const Operand& operand, std::int32_t x) {
      return std::int64_t{reference::shared_scale(x, operand, p)};
    };
    constexpr std::int32_t lowest = std::numeric_limits<T>::min();
    constexpr std::int32_t highest = std::numeric_limits<T>::max();
    const std::int64_t low2 = value(p.input2, lowest), high2 = value(p.input2, highest);
    const std::int64_t low = value(p.input1, lowest) + (kind == SharedScale::add ? low2 : -high2);
    const std::int64_t high = value(p.input1, highest) + (kind == SharedScale::add ? high2 : -low2);
    const std::int64_t largest = -low > high ? -low : high;
    return kind == SharedScale::squared_difference ? check::saturating_multiply(largest, largest)
                                                   : largest;
  }
};

using AddOperation = SharedScaleOperation<SharedScale::add, compiled::Add>;
using SubOperation = SharedScaleOperation<SharedScale::sub, compiled::Sub>;
using SquaredDifferenceOperation =
    SharedScaleOperation<SharedScale::squared_difference, compiled::SquaredDifference>;

}  // namespace octet::inline OCTET_BASELINE
