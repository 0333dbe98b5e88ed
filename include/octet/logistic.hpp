// SPDX-License-Identifier: Apache-2.0
// Logistic function (sigmoid) of 8-bit elements.
#pragma once

#include "octet/family/table.hpp"
#include "octet/reference/logistic.hpp"
#include "octet/reference/tanh.hpp"

namespace octet::inline OCTET_BASELINE {

// Both functions have the same parameters and limits.
template <bool kIsTanh>
struct SigmoidOperation : family::OperationOf<LogisticParams> {
  static constexpr const char* kName = kIsTanh ? "tanh" : "logistic";

  template <class T>
  static constexpr T element(const LogisticParams& p, T x) {
    return kIsTanh ? reference::tanh(p, x) : reference::logistic(p, x);
  }

  template <class T>
  static constexpr Status validate(const LogisticParams& p) {
    // Elements beyond the radius are not rescaled.
    const std::int64_t difference = check::largest_difference<T>(p.input.zero_point);
    const std::int64_t within = std::int64_t{p.input_range_radius} - 1;
    return check::first_refusal(
        {check::range(StatusCode::invalid_shape, "input_range_radius", p.input_range_radius, 1,
                      check::kHighestInt32),
         check::multiplier(check::kInput.multiplier, p.input.rescale.multiplier),
         check::shift(check::kInput.shift, p.input.rescale.shift,
                      within < difference ? within : difference)});
  }
};

using LogisticOperation = SigmoidOperation<false>;
using TanhOperation = SigmoidOperation<true>;

// y = 1 / (1 + exp(-scale * (x - input.zero_point))), in reference/logistic.hpp
//
// input, output: T (int8) of input.shape; the output's scale is 1/256 and its zero point -128.
// logistic_params() of quantize/multiplier.hpp makes the parameters. Source: LOGISTIC of the
// TensorFlow Lite 8-bit quantization specification.
template <class T>
using Logistic = family::Table<LogisticOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
