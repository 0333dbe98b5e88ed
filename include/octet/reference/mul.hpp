// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/broadcast.hpp"
#include "octet/reference/output_element.hpp"

namespace octet::inline OCTET_BASELINE {

struct MulParams {
  Operand input1 = {}, input2 = {};
  Output output = {};
};

namespace reference {

// y = clamp(output.zero_point + output.rescale(product), output.min, output.max)
//
//   product = (x1 - input1.zero_point) * (x2 - input2.zero_point)
//
// T: int8, uint8, int16. Source: kernels/internal/reference/integer_ops/mul.h of tflite-micro.
template <class T>
constexpr T mul(const MulParams& p, T x1, T x2) {
  return output_element<T>((x1 - p.input1.zero_point) * (x2 - p.input2.zero_point), p.output);
}

// The same of tensors, with broadcasting.
template <class T>
constexpr void mul(const MulParams& p, const T* input1, const T* input2, T* output) {
  broadcast<T, T>(p, input1, input2, output, mul<T>);
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
