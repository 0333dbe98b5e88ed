// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/reduce.hpp"

namespace octet::inline OCTET_BASELINE {

// The mean over every dimension d with reduce[d]. output.rescale holds 1 / count besides the
// scales, so that its multiplier may be any of [0, 2^31): mean_multiplier() of
// quantize/multiplier.hpp.
struct MeanParams {
  Operand input = {};
  bool reduce[kMaxRank] = {};
  Output output = {};
};

// The dimensions that are left.
OCTET_INLINE constexpr Shape output_shape(const MeanParams& p) {
  return detail::kept_shape(p.input.shape, p.reduce);
}

namespace reference {

// Mean over the dimensions d with p.reduce[d]
//
//   output = clamp(output.zero_point + rescale(sum of (input - input.zero_point)), min, max)
//
// rescale is multiply_by_quantized_multiplier with output.rescale, which holds 1 / count; sums that
// exceed 32 bits are rescaled by the same formula. input: dense, row-major, of p.input; output:
// output_shape(p); T: int8, uint8, int16.
// Source: QuantizedMeanOrSum in kernels/internal/reference/reduce.h of tflite-micro.
template <class T>
constexpr void mean(const MeanParams& p, const T* input, T* output) {
  const std::int64_t outputs = output_shape(p).size();
  for (std::int64_t o = 0; o < outputs; ++o) {
    const std::int64_t sum =
        reduce(p.input.shape, p.reduce, input, o, std::int64_t{0},
               [&](std::int64_t partial, T x) { return partial + x - p.input.zero_point; });
    output[o] = rescaled_sum<T>(sum, p.output);
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
