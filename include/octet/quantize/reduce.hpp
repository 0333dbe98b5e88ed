// SPDX-License-Identifier: Apache-2.0
// From scales to the integer parameters of operations that combine elements, beyond those of
// quantize/multiplier.hpp.
#pragma once

#include "octet/quantize/multiplier.hpp"
#include "octet/reference/cumsum.hpp"

namespace octet::inline OCTET_BASELINE {

// The parameters of cumulative sums: twice the input scale over 2^20 times the output's, in double.
// Source: CalculateOpData in micro/kernels/cumsum.cc.
constexpr CumsumParams cumsum_params(const Shape& shape, const TensorQuantization& input,
                                     const TensorQuantization& output, std::int32_t axis,
                                     bool exclusive = false, bool reverse = false,
                                     Rounding rounding = Rounding::tflite) {
  const double factor = 2 * double{input.scale} / ((1 << 20) * double{output.scale});
  return {.input = {shape, input.zero_point, {}},
          .axis = axis,
          .exclusive = exclusive,
          .reverse = reverse,
          .output = {.zero_point = output.zero_point,
                     .rescale = quantize_multiplier(factor, rounding),
                     .rounding = rounding}};
}

}  // namespace octet::inline OCTET_BASELINE
