// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "octet/reference/mean.hpp"

namespace octet::inline OCTET_BASELINE {

// output.rescale is rescale_multiplier() of quantize/multiplier.hpp.
using SumParams = MeanParams;

namespace reference {

// Sum over the dimensions d with p.reduce[d]: the formula of mean(), with a factor that does not
// hold 1 / count. Source: QuantizedMeanOrSum in kernels/internal/reference/reduce.h of
// tflite-micro.
template <class T>
constexpr void sum(const SumParams& p, const T* input, T* output) {
  mean(p, input, output);
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
