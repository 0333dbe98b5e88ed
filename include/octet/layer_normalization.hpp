// SPDX-License-Identifier: Apache-2.0
// Rows of mean 0 and variance 1, times weights.
#pragma once

#include <cstdint>

#include "octet/family/rows.hpp"
#include "octet/reference/layer_normalization.hpp"

namespace octet::inline OCTET_BASELINE {

struct LayerNormalizationOperation : family::OperationOf<LayerNormalizationParams> {
  static constexpr const char* kName = "layer_normalization";
  static constexpr bool kInPlace = true;

  // Of rows of up to 2^15 elements of 16 bits, n * sum(x^2) is at most 2^60. No element is further
  // from the mean than sqrt(n) deviations, 2^18 in Q.10 and 2^25 times a weight.
  static constexpr std::int64_t kMostElements = 1 << 15, kMostEpsilon = std::int64_t{1} << 60;
  static constexpr std::int32_t kLargestBias = 1 << 30;

  static constexpr Status validate(const LayerNormalizationParams& p) {
    using enum StatusCode;
    const std::int32_t depth = p.input.shape.extent[p.input.shape.rank - 1];
    const auto weights = static_cast<std::int64_t>(p.weight.size());
    const auto biases = static_cast<std::int64_t>(p.bias.size());
    if (const Status s = check::first_refusal(
            {check::range(unsupported, "input.shape", depth, 1, kMostElements),
             check::equal("weight", weights, depth),
             biases == 0 ? Status{} : check::equal("bias", biases, depth),
             check::range(unsupported, "epsilon", p.epsilon, 0, kMostEpsilon)});
        !s.ok()) {
      return s;
    }
    std::int64_t largest = 0;
    for (const std::int32_t bias : p.bias) {
      if (const Status s = check::range(unsupported, "bias", bias, -kLargestBias, kLargestBias);
          !s.ok()) {
        return s;
      }
      const std::int64_t magnitude = bias < 0 ? -std::int64_t{bias} : bias;
      largest = magnitude > largest ? magnitude : largest;
    }
    return check::shift("output.rescale.shift", p.output.rescale.shift, largest + (1 << 26));
  }

  template <class T>
  static void row(const LayerNormalizationParams& p, const T* x, std::int64_t depth, T* y) {
    reference::layer_normalization_row(p, x, depth, y);
  }
};

// normal[r][i] = round(2^10 * (input[r][i] - mean(r)) / sqrt(variance(r) + epsilon)) over rows r,
// the elements along the last dimension, and output[r][i] = clamp(output.zero_point +
// rescale(normal[r][i] * weight[i] + bias[i]), min, max): reference::layer_normalization has the
// formula, layer_normalization_params() of quantize/rows.hpp makes the parameters. input:
// params.input, output: the same shape, dense, of T (int8, uint8, int16); it may be the input.
// Weights and bias stay in place as long as the result of prepare is used. prepare refuses rows of
// more than 2^15 elements. Source: reference/layer_normalization.hpp; no model format has this
// operator.
template <class T>
using LayerNormalization = family::Rows<LayerNormalizationOperation, T, T>;

}  // namespace octet::inline OCTET_BASELINE
