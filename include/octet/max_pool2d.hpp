// SPDX-License-Identifier: Apache-2.0
// Maximum pooling.
#pragma once

#include "octet/family/window.hpp"
#include "octet/reference/max_pool2d.hpp"

namespace octet::inline OCTET_BASELINE {

struct MaxPool2dOperation : family::PoolOf<compiled::MaxPool2d> {
  static constexpr const char* kName = "max_pool2d";
};

// The maximum of what a sliding window covers: reference::max_pool2d has the formula. input: NHWC
// of params.input, output: NHWC of output_shape(params), dense, of T (int8, uint8, int16) and of
// one quantization. prepare refuses windows that may lie wholly in the padding, and zero points
// that differ. Source: MAX_POOL_2D of the TensorFlow Lite 8-bit quantization specification.
template <class T>
using MaxPool2d = family::Window<MaxPool2dOperation, T>;

}  // namespace octet::inline OCTET_BASELINE

#define OCTET_KERNEL "octet/kernel/window/max_pool2d-inl.hpp"
#include "octet/detail/foreach_target.hpp"
