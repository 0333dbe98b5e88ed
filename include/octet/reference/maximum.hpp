// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "octet/reference/broadcast.hpp"

namespace octet::inline OCTET_BASELINE {

// All tensors are quantized alike, so that nothing but their shapes matters.
struct MaximumParams {
  Operand input1 = {}, input2 = {};
};
using MinimumParams = MaximumParams;

namespace reference {

// y = max(x1, x2), and min(x1, x2). T: int8, uint8, int16, int32.
// Source: kernels/internal/reference/maximum_minimum.h of tflite-micro.
template <class T>
constexpr T maximum(const MaximumParams& /*p*/, T x1, T x2) {
  return x1 > x2 ? x1 : x2;
}
template <class T>
constexpr T minimum(const MinimumParams& /*p*/, T x1, T x2) {
  return x1 < x2 ? x1 : x2;
}

// The same of tensors, with broadcasting.
template <class T>
constexpr void maximum(const MaximumParams& p, const T* input1, const T* input2, T* output) {
  broadcast<T, T>(p, input1, input2, output, maximum<T>);
}
template <class T>
constexpr void minimum(const MinimumParams& p, const T* input1, const T* input2, T* output) {
  broadcast<T, T>(p, input1, input2, output, minimum<T>);
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
