// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/along.hpp"
#include "octet/reference/reduce.hpp"

namespace octet::inline OCTET_BASELINE {

// Along dimension `axis`, which the output does not have.
struct ArgMaxParams {
  Operand input = {};
  std::int32_t axis = 0;
};
using ArgMinParams = ArgMaxParams;

OCTET_INLINE constexpr Shape output_shape(const ArgMaxParams& p) {
  bool reduce[kMaxRank] = {};
  if (p.axis >= 0 && p.axis < kMaxRank) reduce[p.axis] = true;
  return detail::kept_shape(p.input.shape, reduce);
}

namespace reference {

// The place of the first element of each line that no other one precedes(); lines as
// detail::Lines has them.
template <class T, class Precedes>
constexpr void arg_extreme(const ArgMaxParams& p, const T* input, std::int32_t* output,
                           Precedes precedes) {
  const detail::Lines lines(p.input.shape, p.axis);
  for (std::int64_t o = 0; o < lines.outer; ++o, input += lines.depth * lines.inner) {
    for (std::int64_t i = 0; i < lines.inner; ++i) {
      std::int64_t best = 0;
      for (std::int64_t d = 1; d < lines.depth; ++d) {
        if (precedes(input[d * lines.inner + i], input[best * lines.inner + i])) best = d;
      }
      *output++ = static_cast<std::int32_t>(best);
    }
  }
}

// Where the largest, or the smallest, element along dimension p.axis lies; of several the first.
// input: dense, row-major, of p.input; output: output_shape(p), int32; T: int8, uint8, int16.
// Source: kernels/internal/reference/arg_min_max.h of tflite-micro.
template <class T>
constexpr void arg_max(const ArgMaxParams& p, const T* input, std::int32_t* output) {
  arg_extreme(p, input, output, [](T a, T b) { return a > b; });
}

template <class T>
constexpr void arg_min(const ArgMinParams& p, const T* input, std::int32_t* output) {
  arg_extreme(p, input, output, [](T a, T b) { return a < b; });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
