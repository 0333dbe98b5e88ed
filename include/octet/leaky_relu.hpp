// SPDX-License-Identifier: Apache-2.0
// Rectified linear units with one slope below zero.
#pragma once

#include "octet/family/unary.hpp"
#include "octet/reference/leaky_relu.hpp"

#define OCTET_KERNEL "octet/kernel/elementwise/leaky_relu-inl.hpp"
#include "octet/detail/foreach_target.hpp"

namespace octet::inline OCTET_BASELINE {

struct LeakyReluOperation : family::OperationOf<LeakyReluParams, compiled::LeakyRelu> {
  static constexpr const char* kName = "leaky_relu";

  template <class Out>
  static constexpr Out element(const LeakyReluParams& p, Out x) {
    return reference::leaky_relu(p, x);
  }

  template <class T>
  static constexpr Status validate(const LeakyReluParams& p) {
    const std::int64_t largest = check::largest_difference<T>(p.input.zero_point);
    return check::first_refusal(
        {check::multiplier(check::kInput.multiplier, p.input.rescale.multiplier),
         check::shift(check::kInput.shift, p.input.rescale.shift, largest),
         check::shift("output.rescale.shift", p.output.rescale.shift, largest)});
  }

  // Of both values one is 0, the output zero point is in the other.
  template <class T>
  static constexpr bool suits_vectors(const LeakyReluParams& p) {
    const std::int64_t largest = check::largest_difference<T>(p.input.zero_point);
    return detail::suits_vectors(largest, p.input.rescale) &&
           detail::suits_vectors(largest, p.output.rescale, p.output.zero_point);
  }

  static constexpr UnaryTask task(const LeakyReluParams& p) {
    const Rounding rounding = p.output.rounding;
    UnaryTask task{};
    task.rescale = detail::rescale_constants(p.output.rescale, rounding, 0, 0, p.output.zero_point);
    task.below = detail::rescale_constants(p.input.rescale, rounding, 0, 0, 0);
    task.zero_point = p.input.zero_point;
    task.sign_below = p.negates ? -1 : 1;
    return task;
  }
};

// y = clamp(output.zero_point + value, output.min, output.max), value = x where x >= 0 and
// alpha * x below: in reference/leaky_relu.hpp
//
// input, output: T (int8, uint8, int16) of input.shape. leaky_relu_params() of quantize/unary.hpp
// makes the factors. prepare refuses left shifts for which a value could exceed 32 bits.
// Source: LEAKY_RELU of tflite-micro.
template <class T>
using LeakyRelu = family::Unary<LeakyReluOperation, T, T>;

}  // namespace octet::inline OCTET_BASELINE
