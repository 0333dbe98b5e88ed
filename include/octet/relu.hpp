// SPDX-License-Identifier: Apache-2.0
// Rectified linear units: clamps, which requantization does on its way.
#pragma once

#include "octet/requantize.hpp"

namespace octet::inline OCTET_BASELINE {

using ReluParams = RequantizeParams;

// y = clamp(output.zero_point + output.rescale(x - input.zero_point), output.min, output.max)
//
// input, output: T (int8, uint8, int16) of input.shape. relu_params() of quantize/unary.hpp makes
// the parameters: relu, relu6 and relu_n1_to_1 are clamps to different bounds. Source: RELU, RELU6
// and RELU_N1_TO_1 of tflite-micro, which clamps for the last two and does not rescale.
template <class T>
using Relu = Requantize<T, T>;

}  // namespace octet::inline OCTET_BASELINE
