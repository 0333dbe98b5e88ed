// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/fixed_point.hpp"
#include "octet/fixed_point_math.hpp"
#include "octet/reference/index.hpp"
#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// Rows along the last dimension of input.shape. The output's scale is 1/128, its zero point 0.
struct L2NormalizationParams {
  Operand input = {};
};

OCTET_INLINE constexpr Shape output_shape(const L2NormalizationParams& p) { return p.input.shape; }

namespace reference {

// What a row is multiplied by: 1 over the root of the sum of its squares, times 128 for the scale
// of the output. The sum saturates at 2^31 - 1, which takes a row of more than 33,025 elements; the
// source's overflows there.
constexpr Rescale l2_normalization_factor(std::int32_t zero_point, const std::int8_t* x,
                                          std::int64_t depth) {
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < depth; ++i) {
    const std::int32_t difference = x[i] - zero_point;
    sum += difference * difference;
  }
  const Rescale factor = inverse_sqrt(saturate<std::int32_t>(sum));
  return {factor.multiplier, factor.shift + 7};
}

// One row divided by the square root of the sum of its squares, saturated to int8.
constexpr void l2_normalization_row(std::int32_t zero_point, const std::int8_t* x,
                                    std::int64_t depth, std::int8_t* y) {
  const Rescale factor = l2_normalization_factor(zero_point, x, depth);
  for (std::int64_t i = 0; i < depth; ++i) {
    y[i] = saturate<std::int8_t>(
        multiply_by_quantized_multiplier(x[i] - zero_point, factor.multiplier, factor.shift));
  }
}

// Each row, the elements along the last dimension, as a vector of length 1
//
//   output[r][i] = 128 * (input[r][i] - zero_point) / sqrt(sum_j (input[r][j] - zero_point)^2)
//
// Source: kernels/internal/reference/integer_ops/l2normalization.h of tflite-micro.
constexpr void l2_normalization(const L2NormalizationParams& p, const std::int8_t* input,
                                std::int8_t* output) {
  for_each_row(p.input.shape, input, output,
               [&](const std::int8_t* x, std::int64_t depth, std::int8_t* y) {
                 l2_normalization_row(p.input.zero_point, x, depth, y);
               });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
