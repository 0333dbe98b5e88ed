// SPDX-License-Identifier: Apache-2.0
// Squared difference of two tensors, element by element.
#pragma once

#include "octet/family/shared_scale.hpp"

namespace octet::inline OCTET_BASELINE {

// y = clamp(output.zero_point + output.rescale((s1 - s2)^2), output.min, output.max), in
// reference/squared_difference.hpp
//
// Types, shapes and refusals are those of Add; squared_difference_params() of quantize/binary.hpp
// makes the factors. Source: SQUARED_DIFFERENCE of tflite-micro; the TensorFlow Lite 8-bit
// quantization specification does not have it.
template <class T>
using SquaredDifference = family::Binary<SquaredDifferenceOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
