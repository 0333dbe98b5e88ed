// SPDX-License-Identifier: Apache-2.0
// Logistic function (sigmoid).
#pragma once

#include "octet/family/table.hpp"
#include "octet/family/unary.hpp"
#include "octet/reference/logistic.hpp"
#include "octet/reference/tanh.hpp"

namespace octet::inline OCTET_BASELINE {

// Both functions have the same parameters and limits, which differ by the type of the elements.
template <bool kIsTanh, class Params>
struct SigmoidOf : family::OperationOf<Params> {
  static constexpr const char* kName = kIsTanh ? "tanh" : "logistic";

  template <class T>
  static constexpr T element(const Params& p, T x) {
    return kIsTanh ? reference::tanh(p, x) : reference::logistic(p, x);
  }
};

template <bool kIsTanh>
struct SigmoidOperation : SigmoidOf<kIsTanh, LogisticParams> {
  template <class T>
  static constexpr Status validate(const LogisticParams& p) {
    // Elements beyond the radius are not rescaled, and with a radius of 0 no element is.
    const std::int64_t difference = check::largest_difference<T>(p.input.zero_point);
    const std::int64_t within = std::int64_t{p.input_range_radius} - 1;
    const Status radius = check::range(StatusCode::invalid_shape, "input_range_radius",
                                       p.input_range_radius, 0, check::kHighestInt32);
    if (!radius.ok() || p.input_range_radius == 0) return radius;
    return check::first_refusal(
        {check::multiplier(check::kInput.multiplier, p.input.rescale.multiplier),
         check::shift(check::kInput.shift, p.input.rescale.shift,
                      within < difference ? within : difference)});
  }
};

using LogisticOperation = SigmoidOperation<false>;
using TanhOperation = SigmoidOperation<true>;

// The same of int16, element by element.
template <bool kIsTanh>
struct SigmoidInt16Operation : SigmoidOf<kIsTanh, LogisticInt16Params> {
  // Products are within 2^30.
  template <class T>
  static constexpr Status validate(const LogisticInt16Params& p) {
    return check::first_refusal(
        {check::range(StatusCode::unsupported, check::kInput.zero_point, p.input.zero_point, 0, 0),
         check::range(StatusCode::unsupported, "multiplier", p.multiplier, 1, 32767),
         check::range(StatusCode::shift_out_of_range, "right_shift", p.right_shift, 0, 30)});
  }
};

using LogisticInt16Operation = SigmoidInt16Operation<false>;
using TanhInt16Operation = SigmoidInt16Operation<true>;

// Tables of all values of 8 bits; interpolation of 16.
template <class Operation, class Int16Operation, class T>
using Sigmoid = std::conditional_t<sizeof(T) == 1, family::Table<Operation, T>,
                                   family::Unary<Int16Operation, T, T>>;

// y = 1 / (1 + exp(-scale * (x - input.zero_point))), in reference/logistic.hpp
//
// input, output: T (int8, int16) of input.shape; the output's scale is 1/256 and its zero point
// -128, of int16 1/32768 and 0. logistic_params() of quantize/multiplier.hpp makes the parameters,
// logistic_int16_params() of quantize/unary.hpp those of int16. Source: LOGISTIC of the
// TensorFlow Lite 8-bit quantization specification.
template <class T>
using Logistic = Sigmoid<LogisticOperation, LogisticInt16Operation, T>;

}  // namespace octet::inline OCTET_BASELINE
