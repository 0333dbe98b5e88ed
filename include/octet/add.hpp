// SPDX-License-Identifier: Apache-2.0
// Sum of two tensors, element by element.
#pragma once

#include "octet/family/shared_scale.hpp"

namespace octet::inline OCTET_BASELINE {

// y = clamp(output.zero_point + output.rescale(s1 + s2), output.min, output.max), in
// reference/add.hpp
//
// input1, input2: T (int8, uint8, int16) of shapes that broadcast as in NumPy, up to rank 6;
// output: T of their common shape. add_params() of quantize/multiplier.hpp makes the factors.
// prepare refuses those for which some step could exceed 32 bits. Source: ADD of the TensorFlow
// Lite 8-bit quantization specification.
template <class T>
using Add = family::Binary<AddOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
