// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/fixed_point.hpp"
#include "octet/params.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace reference {

// (x - zero_point) * 2^left_shift, rescaled to the scale that both inputs of an addition share.
template <Rounding kRounding>
constexpr std::int32_t add_operand(std::int32_t x, const AddOperand& operand,
                                   std::int32_t left_shift) {
  const std::int32_t shifted = (x - operand.zero_point) * (std::int32_t{1} << left_shift);
  return multiply_by_quantized_multiplier<kRounding>(shifted, operand.multiplier, operand.shift);
}

// Sum of two tensors of `count` elements, each with its own quantization
//
//   y = clamp(zero_point + mbqm(mbqm((x1 - z1) * 2^left_shift, m1, s1)
//                             + mbqm((x2 - z2) * 2^left_shift, m2, s2), multiplier, shift), min,
//                             max)
//
// with mbqm = multiply_by_quantized_multiplier; T: int8, uint8, int16. No step may exceed 32 bits.
// Source: kernels/internal/reference/integer_ops/add.h of tflite-micro.
template <class T, Rounding kRounding = Rounding::tflite>
constexpr void add(const AddParams& p, const T* x1, const T* x2, T* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int32_t sum = add_operand<kRounding>(x1[i], p.input1, p.left_shift) +
                             add_operand<kRounding>(x2[i], p.input2, p.left_shift);
    const std::int32_t scaled =
        multiply_by_quantized_multiplier<kRounding>(sum, p.multiplier, p.shift);
    const std::int64_t value = std::int64_t{scaled} + p.zero_point;
    y[i] = saturate<T>(clamp(saturate<std::int32_t>(value), p.min, p.max));
  }
}

}  // namespace reference
}  // namespace OCTET_BASELINE
}  // namespace octet
