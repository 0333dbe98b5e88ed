// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

#include "octet/reference/pool2d.hpp"

namespace octet::inline OCTET_BASELINE::reference {

// Maximum over a sliding window
//
//   output[n][oy][ox][c] = clamp(max of input[n][y][x][c] over the window, min, max)
//
// Elements outside the input are left out. input: NHWC of p.input, output: NHWC of output_shape(p);
// T: int8, uint8, int16.
// Source: kernels/internal/reference/integer_ops/pooling.h of tflite-micro.
template <class T>
constexpr void max_pool2d(const Pool2dParams& p, const T* input, T* output) {
  pool2d(
      p, input, output, std::numeric_limits<T>::min(),
      [](std::int64_t highest, T x) { return x > highest ? x : highest; },
      [](std::int64_t highest, std::int64_t /*count*/) { return highest; });
}

}  // namespace octet::inline OCTET_BASELINE::reference
