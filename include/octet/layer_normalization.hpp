// SPDX-License-Identifier: Apache-2.0
// Rows of mean 0 and variance 1, times weights.
#pragma once

#include <cstdint>

#include "octet/detail/rescale_constants.hpp"
#include "octet/family/rows.hpp"
#include "octet/reference/layer_normalization.hpp"

namespace octet::inline OCTET_BASELINE {

struct LayerNormalizationOperation : family::OperationOf<LayerNormalizationParams> {
  static constexpr const char* kName = "layer_normalization";

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
  static void row(const detail::RowKernels& /*kernels*/, const LayerNormalizationParams& p,
                  const T* x, std::int64_t depth, T* y) {
    const reference::RowMoments moments(p.epsilon, x, depth);
    const detail::Rescaler rescale(p.output.rescale, p.output.rounding);
    const auto write = [&](std::int64_t i, std::int32_t normal) {
      const auto place = static_cast<std::size_t>(i);
      const std::int32_t bias = p.bias.empty() ? 0 : p.bias[place];
      const std::int64_t moved =
          std::int64_t{rescale(normal * p.weight[place] + bias)} + p.output.zero_point;
      y[i] = saturate<T>(clamp(saturate<std::int32_t>(moved), p.output.min, p.output.max));
    };
    if constexpr (sizeof(T) == 1) {
      // Each quotient once.
      constexpr std::int32_t kElements = 256;
      if (depth >= kElements) {
        std::int32_t normals[kElements];
        for (std::int32_t e = 0; e < kElements; ++e) {
          const auto element = static_cast<std::uint8_t>(e);
          normals[e] = moments.normalized(static_cast<T>(element));
        }
        for (std::int64_t i = 0; i < depth; ++i) {
          write(i, normals[static_cast<std::uint8_t>(x[i])]);
        }
        return;
      }
    }
    for (std::int64_t i = 0; i < depth; ++i) write(i, moments.normalized(x[i]));
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
