// SPDX-License-Identifier: Apache-2.0
// Average pooling.
#pragma once

#include "octet/family/window.hpp"
#include "octet/kernel/window/division.hpp"
#include "octet/reference/average_pool2d.hpp"

namespace octet::inline OCTET_BASELINE {

struct AveragePool2dOperation : family::PoolOf<compiled::AveragePool2d> {
  static constexpr const char* kName = "average_pool2d";

  template <class T>
  static constexpr bool suits_vectors(const Pool2dParams& p) {
    return detail::most_pooled(p.input.shape, p.filter) <= detail::kMostPooled<T>;
  }
  template <class T>
  static constexpr void reference(const Pool2dParams& p, const T* input, T* output) {
    octet::reference::average_pool2d(p, input, output);
  }
};

// The average of what a sliding window covers, halves rounded away from zero:
// reference::average_pool2d has the formula. input: NHWC of params.input, output: NHWC of
// output_shape(params), dense, of T (int8, uint8, int16) and of one quantization. prepare refuses
// windows that may lie wholly in the padding, and zero points that differ. Source: AVERAGE_POOL_2D
// of the TensorFlow Lite 8-bit quantization specification.
template <class T>
using AveragePool2d = family::Window<AveragePool2dOperation, T>;

}  // namespace octet::inline OCTET_BASELINE

#define OCTET_KERNEL "octet/kernel/window/average_pool2d-inl.hpp"
#include "octet/detail/foreach_target.hpp"
