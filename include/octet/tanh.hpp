// SPDX-License-Identifier: Apache-2.0
// Hyperbolic tangent.
#pragma once

#include "octet/logistic.hpp"

namespace octet::inline OCTET_BASELINE {

// y = tanh(scale * (x - input.zero_point)), in reference/tanh.hpp
//
// input, output: T (int8, int16) of input.shape; the output's scale is 1/128, of int16 1/32768, and
// its zero point 0. tanh_params() of quantize/multiplier.hpp makes the parameters,
// tanh_int16_params() of quantize/unary.hpp those of int16. Source: TANH of the TensorFlow
// Lite 8-bit quantization specification.
template <class T>
using Tanh = Sigmoid<TanhOperation, TanhInt16Operation, T>;

}  // namespace octet::inline OCTET_BASELINE
