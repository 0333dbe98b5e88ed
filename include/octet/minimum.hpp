// SPDX-License-Identifier: Apache-2.0
// The smaller of two tensors, element by element.
#pragma once

#include "octet/maximum.hpp"

namespace octet::inline OCTET_BASELINE {

// y = min(x1, x2); otherwise as Maximum. Source: MINIMUM of the TensorFlow Lite 8-bit quantization
// specification.
template <class T>
using Minimum = family::Binary<MinimumOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
