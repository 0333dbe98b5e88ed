// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/logistic.hpp"

namespace octet::inline OCTET_BASELINE {

using TanhParams = LogisticParams;
using TanhInt16Params = LogisticInt16Params;

namespace reference {

// y = tanh(r), r = scale * (x - input.zero_point), for T = int8 with an output of scale 1/128 and
// zero point 0; otherwise as logistic.
// Source: kernels/internal/reference/integer_ops/tanh.h of tflite-micro.
template <class T>
constexpr T tanh(const TanhParams& p, T x) {
  return sigmoid(p, x, [](std::int32_t r) {
    return rounding_divide_by_pot(fixed_point_tanh<kLogisticIntegerBits>(r), 31 - 7);
  });
}

// The same of int16, with an output of scale 2^-15, interpolated in a table.
constexpr std::int16_t tanh(const TanhInt16Params& p, std::int16_t x) {
  return interpolated_tanh(sigmoid_argument(p, x));
}

// The same of a tensor.
template <class Params, class T>
constexpr void tanh(const Params& p, const T* input, T* output) {
  for_each_element(p.input, input, output, [&](T x) { return tanh(p, x); });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
