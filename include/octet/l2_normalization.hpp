// SPDX-License-Identifier: Apache-2.0
// Rows as vectors of length 1.
#pragma once

#include <type_traits>

#include <limits>

#include "octet/detail/rescale_constants.hpp"
#include "octet/family/rows.hpp"
#include "octet/reference/l2_normalization.hpp"

namespace octet::inline OCTET_BASELINE {

struct L2NormalizationOperation : family::OperationOf<L2NormalizationParams> {
  static constexpr const char* kName = "l2_normalization";

  static constexpr Status validate(const L2NormalizationParams& /*params*/) { return {}; }

  static void row(const detail::RowKernels& kernels, const L2NormalizationParams& p,
                  const std::int8_t* x, std::int64_t depth, std::int8_t* y) {
    const Rescale factor = reference::l2_normalization_factor(p.input.zero_point, x, depth);
    const detail::Rescaler rescale(factor, Rounding::tflite);
    detail::for_each_in_row(kernels, x, depth, std::numeric_limits<std::int8_t>::max(), y,
                            [&](std::int32_t element) {
                              return saturate<std::int8_t>(rescale(element - p.input.zero_point));
                            });
  }
};

// output[r][i] = (input[r][i] - zero_point) / sqrt(sum_j (input[r][j] - zero_point)^2) over rows r,
// the elements along the last dimension: reference::l2_normalization has the formula. input:
// params.input, output: the same shape, dense, of T (int8) with scale 1/128 and zero point 0; it
// may be the input. Source: L2_NORMALIZATION of the TensorFlow Lite 8-bit quantization
// specification, as tflite-micro's reference kernel has it.
template <class T>
using L2Normalization = family::Rows<L2NormalizationOperation, T, T>;

}  // namespace octet::inline OCTET_BASELINE
