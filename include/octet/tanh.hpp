// SPDX-License-Identifier: Apache-2.0
// Hyperbolic tangent of 8-bit elements.
#pragma once

#include "octet/logistic.hpp"

namespace octet::inline OCTET_BASELINE {

// y = tanh(scale * (x - input.zero_point)), in reference/tanh.hpp
//
// input, output: T (int8) of input.shape; the output's scale is 1/128 and its zero point 0.
// tanh_params() of quantize/multiplier.hpp makes the parameters. Source: TANH of the TensorFlow
// Lite 8-bit quantization specification.
template <class T>
using Tanh = family::Table<TanhOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
