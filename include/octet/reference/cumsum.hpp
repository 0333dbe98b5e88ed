// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/along.hpp"
#include "octet/reference/reduce.hpp"

namespace octet::inline OCTET_BASELINE {

// Along dimension `axis`: of the elements up to each one, without it if `exclusive`; from the last
// one on if `reverse`. output.rescale is that of cumsum_params() of quantize/reduce.hpp.
struct CumsumParams {
  Operand input = {};
  std::int32_t axis = 0;
  bool exclusive = false, reverse = false;
  Output output = {};
};

OCTET_INLINE constexpr Shape output_shape(const CumsumParams& p) { return p.input.shape; }

namespace reference {

// Sums start at -input.zero_point, as in the source, and are rescaled with 19 bits of headroom.
inline constexpr int kCumsumBits = 19;

// Cumulative sums along dimension p.axis
//
//   output[i] = clamp(output.zero_point + rescale(2^19 * (sum of (input[j] - input.zero_point)
//                                                         - input.zero_point)), min, max)
//
// over j <= i, or j < i if exclusive; from behind if reverse. The source multiplies by 2^20 and by
// 1/2, and its sums wrap around 32 bits, where these are exact. input: dense, row-major, of
// p.input; output: the same shape; T: int8, uint8.
// Source: kernels/internal/reference/cumsum.h of tflite-micro.
template <class T>
constexpr void cumsum(const CumsumParams& p, const T* input, T* output) {
  const detail::Lines lines(p.input.shape, p.axis);
  for (std::int64_t o = 0; o < lines.outer; ++o) {
    for (std::int64_t i = 0; i < lines.inner; ++i) {
      std::int64_t sum = -std::int64_t{p.input.zero_point};
      for (std::int64_t d = 0; d < lines.depth; ++d) {
        const std::int64_t along = p.reverse ? lines.depth - 1 - d : d;
        const std::int64_t place = (o * lines.depth + along) * lines.inner + i;
        const std::int64_t before = sum;
        sum += input[place] - p.input.zero_point;
        output[place] = rescaled_sum<T>(
            (p.exclusive ? before : sum) * (std::int64_t{1} << kCumsumBits), p.output);
      }
    }
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
