// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

#include "octet/fixed_point_log.hpp"
#include "octet/reference/softmax.hpp"

namespace octet::inline OCTET_BASELINE {

// Rows along the last dimension of input.shape. input.rescale and diff_min are those of a softmax,
// reverse_rescale brings scaled differences back: log_softmax_params() of quantize/rows.hpp. The
// output's scale is 1/16 and its zero point the highest element.
struct LogSoftmaxParams {
  Operand input = {};
  std::int32_t diff_min = 0;
  Rescale reverse_rescale = {};
};

OCTET_INLINE constexpr Shape output_shape(const LogSoftmaxParams& p) { return p.input.shape; }

namespace reference {

// The logarithm of a row's sum of exponentials, in Q5.26.
constexpr std::int32_t log_softmax_log(std::int32_t sum) {
  return log_x_for_x_greater_than_or_equal_to_1<kSoftmaxDifferenceBits, kSoftmaxSumBits>(sum);
}

// The lowest difference whose result is not the lowest element, less one.
constexpr std::int32_t log_softmax_limit(std::int32_t diff_min, const Rescale& reverse,
                                         std::int32_t log) {
  const std::int32_t lowest = multiply_by_quantized_multiplier(
      log + std::numeric_limits<std::int32_t>::min(), reverse.multiplier, reverse.shift);
  const std::int64_t below = std::int64_t{diff_min} - 1;
  return static_cast<std::int32_t>(below > lowest ? below : lowest);
}

// A scaled difference less the logarithm as an element: Q5.26 to four integer bits.
template <class T>
constexpr T log_softmax_element(std::int32_t scaled, std::int32_t log) {
  constexpr int kDropped = 31 - kSoftmaxDifferenceBits - 4;
  const std::int64_t value = rounding_divide_by_pot(std::int64_t{scaled} - log, kDropped);
  return saturate<T>(value + std::numeric_limits<T>::max());
}

// The logarithm of a softmax over each row, the elements along the last dimension
//
//   output[r][i] = scale * input[r][i] - log(sum_j exp(scale * input[r][j]))
//
// in fixed point. T: int8 or uint8.
// Source: kernels/internal/reference/log_softmax.h of tflite-micro.
template <class T>
constexpr void log_softmax(const LogSoftmaxParams& p, const T* input, T* output) {
  const SoftmaxParams softmax{p.input, p.diff_min};
  for_each_row(p.input.shape, input, output, [&](const T* x, std::int64_t depth, T* y) {
    const auto [max, sum] = softmax_sums(softmax, x, depth);
    const std::int32_t log = log_softmax_log(sum);
    const std::int32_t limit = log_softmax_limit(p.diff_min, p.reverse_rescale, log);
    for (std::int64_t i = 0; i < depth; ++i) {
      const std::int32_t difference = x[i] - max;
      y[i] = difference > limit
                 ? log_softmax_element<T>(softmax_difference(softmax, difference), log)
                 : std::numeric_limits<T>::min();
    }
  });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
