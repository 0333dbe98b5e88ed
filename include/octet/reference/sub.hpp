// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "octet/reference/add.hpp"

namespace octet::inline OCTET_BASELINE {

using SubParams = AddParams;

namespace reference {

// As add, but
//
//   y = clamp(output.zero_point + output.rescale(s1 - s2), output.min, output.max)
//
// Source: kernels/internal/reference/sub.h of tflite-micro.
template <class T>
constexpr T sub(const SubParams& p, T x1, T x2) {
  return output_element<T>(shared_scale(x1, p.input1, p) - shared_scale(x2, p.input2, p), p.output);
}

// The same of tensors, with broadcasting.
template <class T>
constexpr void sub(const SubParams& p, const T* input1, const T* input2, T* output) {
  broadcast<T, T>(p, input1, input2, output, sub<T>);
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
