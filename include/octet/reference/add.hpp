// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/fixed_point.hpp"
#include "octet/types.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// A rescaled operand of an addition: real multiplier and zero point of one input.
struct AddOperand {
  std::int32_t zero_point = 0;
  std::int32_t multiplier = 0;
  std::int32_t shift = 0;
};

// y = clamp(zero_point + mbqm(mbqm((x1 - z1) << left_shift, m1, s1) +
//                             mbqm((x2 - z2) << left_shift, m2, s2), multiplier, shift), min, max)
// with mbqm = multiply_by_quantized_multiplier. left_shift is 20 for 8-bit and 15 for 16-bit types.
struct AddParams {
  AddOperand input1 = {}, input2 = {};
  std::int32_t left_shift = 20;
  std::int32_t zero_point = 0;
  std::int32_t multiplier = 0;
  std::int32_t shift = 0;
  std::int32_t min = std::numeric_limits<std::int32_t>::min();
  std::int32_t max = std::numeric_limits<std::int32_t>::max();
  Rounding rounding = Rounding::tflite;
};

namespace reference {

// (x - zero_point) * 2^left_shift, rescaled to the scale that both inputs of an addition share.
constexpr std::int32_t add_operand(std::int32_t x, const AddOperand& operand,
                                   std::int32_t left_shift, Rounding rounding) {
  const std::int32_t shifted = (x - operand.zero_point) * (std::int32_t{1} << left_shift);
  return multiply_by_quantized_multiplier(shifted, operand.multiplier, operand.shift, rounding);
}

// Sum of two tensors of `count` elements, each with its own quantization
//
//   y = clamp(zero_point + mbqm(mbqm((x1 - z1) * 2^left_shift, m1, s1)
//                             + mbqm((x2 - z2) * 2^left_shift, m2, s2), multiplier, shift), min,
//                             max)
//
// with mbqm = multiply_by_quantized_multiplier; T: int8, uint8, int16. No step may exceed 32 bits.
// Source: kernels/internal/reference/integer_ops/add.h of tflite-micro.
template <class T>
constexpr void add(const AddParams& p, const T* x1, const T* x2, T* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int32_t sum = add_operand(x1[i], p.input1, p.left_shift, p.rounding) +
                             add_operand(x2[i], p.input2, p.left_shift, p.rounding);
    const std::int32_t scaled =
        multiply_by_quantized_multiplier(sum, p.multiplier, p.shift, p.rounding);
    const std::int64_t value = std::int64_t{scaled} + p.zero_point;
    y[i] = saturate<T>(clamp(saturate<std::int32_t>(value), p.min, p.max));
  }
}

}  // namespace reference
}  // namespace OCTET_BASELINE
}  // namespace octet
