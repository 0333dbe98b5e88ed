// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/pool2d.hpp"

namespace octet::inline OCTET_BASELINE::reference {

// Average over a sliding window
//
//   output[n][oy][ox][c] = clamp(round(sum / count), min, max)
//
// over the `count` elements of the window that lie inside the input; at least one does. round: to
// nearest, halves away from zero. The zero point plays no part: it is the same on both sides.
// input: NHWC of p.input, output: NHWC of output_shape(p); T: int8, uint8, int16.
// Source: kernels/internal/reference/integer_ops/pooling.h of tflite-micro.
template <class T>
constexpr void average_pool2d(const Pool2dParams& p, const T* input, T* output) {
  pool2d(
      p, input, output, 0, [](std::int64_t sum, T x) { return sum + x; },
      [](std::int64_t sum, std::int64_t count) {
        return (sum + (sum > 0 ? count / 2 : -(count / 2))) / count;
      });
}

}  // namespace octet::inline OCTET_BASELINE::reference
