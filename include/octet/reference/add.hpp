// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/broadcast.hpp"
#include "octet/reference/output_element.hpp"

namespace octet::inline OCTET_BASELINE {

// Both inputs are brought to a scale that they share, with left_shift more bits: 20 for 8-bit and
// 15 for 16-bit types.
struct AddParams {
  Operand input1 = {}, input2 = {};
  std::int32_t left_shift = 20;
  Output output = {};
};

namespace reference {

// rescale((x - zero_point) * 2^left_shift)
constexpr std::int32_t shared_scale(std::int32_t x, const Operand& operand, const AddParams& p) {
  return rescale(shift_left_wrapping(x - operand.zero_point, p.left_shift), operand.rescale,
                 p.output.rounding);
}

// y = clamp(output.zero_point + output.rescale(s1 + s2), output.min, output.max)
//
//   s1 = input1.rescale((x1 - input1.zero_point) * 2^left_shift), s2 likewise
//
// T: int8, uint8, int16. No step may exceed 32 bits.
// Source: kernels/internal/reference/integer_ops/add.h of tflite-micro.
template <class T>
constexpr T add(const AddParams& p, T x1, T x2) {
  return output_element<T>(shared_scale(x1, p.input1, p) + shared_scale(x2, p.input2, p), p.output);
}

// The same of tensors, with broadcasting.
template <class T>
constexpr void add(const AddParams& p, const T* input1, const T* input2, T* output) {
  broadcast<T, T>(p, input1, input2, output, add<T>);
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
