// SPDX-License-Identifier: Apache-2.0
// Difference of two tensors, element by element.
#pragma once

#include "octet/family/shared_scale.hpp"

namespace octet::inline OCTET_BASELINE {

// y = clamp(output.zero_point + output.rescale(s1 - s2), output.min, output.max), in
// reference/sub.hpp
//
// Otherwise as Add; sub_params() of quantize/multiplier.hpp makes the factors. Source: SUB of the
// TensorFlow Lite 8-bit quantization specification.
template <class T>
using Sub = family::Binary<SubOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
