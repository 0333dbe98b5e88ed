// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

#include "octet/reference/reduce.hpp"

namespace octet::inline OCTET_BASELINE {

using ReduceMaxParams = ReduceParams;
using ReduceMinParams = ReduceParams;

namespace reference {

// The largest, or the smallest, element over the dimensions d with p.reduce[d]. input: dense,
// row-major, of p.input; output: output_shape(p); T: int8, uint8, int16.
// Source: ReduceGeneric in kernels/internal/reference/reduce.h of tflite-micro.
template <class T>
constexpr void reduce_max(const ReduceMaxParams& p, const T* input, T* output) {
  const std::int64_t outputs = output_shape(p).size();
  for (std::int64_t o = 0; o < outputs; ++o) {
    output[o] = reduce(p.input.shape, p.reduce, input, o, std::numeric_limits<T>::min(),
                       [](T highest, T x) { return x > highest ? x : highest; });
  }
}

template <class T>
constexpr void reduce_min(const ReduceMinParams& p, const T* input, T* output) {
  const std::int64_t outputs = output_shape(p).size();
  for (std::int64_t o = 0; o < outputs; ++o) {
    output[o] = reduce(p.input.shape, p.reduce, input, o, std::numeric_limits<T>::max(),
                       [](T lowest, T x) { return x < lowest ? x : lowest; });
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
