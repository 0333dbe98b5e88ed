// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

#include "octet/fixed_point.hpp"
#include "octet/fixed_point_math.hpp"
#include "octet/reference/index.hpp"
#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// Rows along the last dimension of input.shape. input.rescale, whose shift is not negative, and
// diff_min come from preprocess_softmax_scaling() of quantize/multiplier.hpp; the zero point plays
// no part. The output's scale is 1 / 2^(bits of Out) and its zero point the lowest Out.
struct SoftmaxParams {
  Operand input = {};
  std::int32_t diff_min = 0;
};

OCTET_INLINE constexpr Shape output_shape(const SoftmaxParams& p) { return p.input.shape; }

namespace reference {

inline constexpr int kSoftmaxDifferenceBits = 5;  // scaled differences are Q5.26
inline constexpr int kSoftmaxSumBits = 12;        // the sum of exponentials is Q12.19

// scale * beta * difference in Q5.26 for difference = x - max in [diff_min, 0].
constexpr std::int32_t softmax_difference(const SoftmaxParams& p, std::int32_t difference) {
  return multiply_by_quantized_multiplier(difference, p.input.rescale.multiplier,
                                          p.input.rescale.shift);
}

// exp(scale * beta * difference) in Q0.31; 0 below diff_min.
constexpr std::int32_t softmax_exp(const SoftmaxParams& p, std::int32_t difference) {
  if (difference < p.diff_min) return 0;
  return exp_on_negative_values<kSoftmaxDifferenceBits>(softmax_difference(p, difference));
}

// Adds an exponential to a row's sum. The sum saturates at 2^12, which takes a row of more than
// 4095 elements; the source's overflows there.
constexpr std::int32_t softmax_accumulate(std::int32_t sum, std::int32_t exp) {
  return saturate<std::int32_t>(std::int64_t{sum} + rounding_divide_by_pot(exp, kSoftmaxSumBits));
}

// The greatest element of a row, and the sum of the exponentials of differences from it.
struct SoftmaxSums {
  std::int32_t max, sum;
};
template <class In>
constexpr SoftmaxSums softmax_sums(const SoftmaxParams& p, const In* x, std::int64_t depth) {
  SoftmaxSums row{x[0], 0};
  for (std::int64_t i = 1; i < depth; ++i) row.max = x[i] > row.max ? x[i] : row.max;
  for (std::int64_t i = 0; i < depth; ++i) {
    row.sum = softmax_accumulate(row.sum, softmax_exp(p, x[i] - row.max));
  }
  return row;
}

// exp / sum as an Out: round(exp * reciprocal * 2^(bits of Out - num_bits_over_unit)), saturated,
// plus the zero point, which is the lowest Out. `reciprocal` is that of the row's sum.
template <class Out>
constexpr Out softmax_quotient(std::int32_t exp, std::int32_t reciprocal, int num_bits_over_unit) {
  constexpr int bits = 8 * sizeof(Out);
  constexpr std::int32_t zero_point = std::numeric_limits<Out>::min();
  const std::int64_t product = saturating_rounding_doubling_high_mul(reciprocal, exp);
  return saturate<Out>(rounding_divide_by_pot(product, num_bits_over_unit + 31 - bits) +
                       zero_point);
}

// Softmax over each row, the elements along the last dimension
//
//   output[r][i] = exp(beta * scale * input[r][i]) / sum_j exp(beta * scale * input[r][j])
//
// in fixed point: beta * scale is input.rescale as a real factor * 2^-26. Shifts are to the left
// only, where both roundings are the same. In: int8 or uint8; Out: int8, uint8 or int16.
// Source: kernels/internal/reference/softmax.h of tflite-micro.
template <class Out, class In>
constexpr void softmax(const SoftmaxParams& p, const In* input, Out* output) {
  for_each_row(p.input.shape, input, output, [&](const In* x, std::int64_t depth, Out* y) {
    const auto [max, sum] = softmax_sums(p, x, depth);
    int num_bits_over_unit = 0;
    const std::int32_t reciprocal = get_reciprocal(sum, kSoftmaxSumBits, &num_bits_over_unit);
    for (std::int64_t i = 0; i < depth; ++i) {
      y[i] = softmax_quotient<Out>(softmax_exp(p, x[i] - max), reciprocal, num_bits_over_unit);
    }
  });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
