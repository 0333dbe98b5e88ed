// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/logistic.hpp"

namespace octet::inline OCTET_BASELINE {

using TanhParams = LogisticParams;

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

// The same of a tensor.
template <class T>
constexpr void tanh(const TanhParams& p, const T* input, T* output) {
  for_each_element(p.input, input, output, [&](T x) { return tanh(p, x); });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
