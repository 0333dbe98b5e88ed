// SPDX-License-Identifier: Apache-2.0
// Sums over some dimensions of a tensor.
#pragma once

#include "octet/mean.hpp"
#include "octet/reference/sum.hpp"

namespace octet::inline OCTET_BASELINE {

// A mean but for the factor: its limits and its kernels.
struct SumOperation : MeanOperation {
  static constexpr const char* kName = "sum";
  static constexpr std::int32_t kLowestMultiplier = std::int32_t{1} << 30;
};

// output = clamp(output.zero_point + rescale(sum of (input - input.zero_point)), min, max) over
// every dimension d with params.reduce[d]: reference::sum has the formula. input: params.input,
// output: output_shape(params), dense, of T (int8, uint8, int16). output.rescale is
// rescale_multiplier() of quantize/multiplier.hpp. Sums may exceed 32 bits. Source: SUM of
// TensorFlow Lite, as tflite-micro's reference kernel has it.
template <class T>
using Sum = family::Reduce<SumOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
