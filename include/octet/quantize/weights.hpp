// SPDX-License-Identifier: Apache-2.0
// Weights and biases of a float layer as integers. Host side.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "octet/fixed_point.hpp"
#include "octet/quantize/range.hpp"

namespace octet::inline OCTET_BASELINE {

// How the output channels of weights lie: weight i of channel c at place (o * channels + c) * inner
// + i, for o < outer.
struct ChannelLayout {
  std::size_t outer = 1, channels = 1, inner = 1;

  constexpr std::size_t size() const { return outer * channels * inner; }

  // call(place, channel) for every weight.
  template <class Call>
  constexpr void for_each(const Call& call) const {
    for (std::size_t place = 0; place < size(); ++place) call(place, place / inner % channels);
  }
};

// OHWI filters and outputs x inputs matrices: the channel is the first dimension.
constexpr ChannelLayout first_dimension(std::size_t channels, std::size_t weights_of_each) {
  return {1, channels, weights_of_each};
}
// Depthwise filters, rows x columns x channels: it is the last one.
constexpr ChannelLayout last_dimension(std::size_t channels, std::size_t weights_of_each) {
  return {weights_of_each, channels, 1};
}

// Elements of int8, and one scale or one for each channel; the zero point is 0.
struct QuantizedWeights {
  std::vector<std::int8_t> elements;
  std::vector<float> scales;
};

// Symmetric: scale = largest magnitude / (2^(bits - 1) - 1) of each channel, or of the tensor.
// layout.size() weights. A channel of zeros has the scale 1.
// Source: TensorFlow Lite 8-bit quantization specification, per-axis quantization.
inline std::vector<float> weight_scales(std::span<const float> weights, const ChannelLayout& layout,
                                        bool per_channel = true, int bits = 8) {
  std::vector<float> scales(per_channel ? layout.channels : 1);
  layout.for_each([&](std::size_t place, std::size_t channel) {
    float& largest = scales[per_channel ? channel : 0];
    largest = std::max(largest, std::abs(weights[place]));
  });
  for (float& scale : scales) scale = symmetric_quantization(scale, bits).scale;
  return scales;
}

// The elements for these scales, one or one for each channel.
inline QuantizedWeights quantize_weights(std::span<const float> weights,
                                         const ChannelLayout& layout, std::vector<float> scales,
                                         int bits = 8) {
  QuantizedWeights quantized{std::vector<std::int8_t>(layout.size()), std::move(scales)};
  const std::int32_t highest = (1 << (bits - 1)) - 1;
  layout.for_each([&](std::size_t place, std::size_t channel) {
    const float scale = quantized.scales[quantized.scales.size() == 1 ? 0 : channel];
    const std::int32_t element = quantize<std::int8_t>(weights[place], {scale, 0});
    quantized.elements[place] = static_cast<std::int8_t>(clamp(element, -highest, highest));
  });
  return quantized;
}

// With the scales of weight_scales.
inline QuantizedWeights quantize_weights(std::span<const float> weights,
                                         const ChannelLayout& layout, bool per_channel = true,
                                         int bits = 8) {
  return quantize_weights(weights, layout, weight_scales(weights, layout, per_channel, bits), bits);
}

// The least scale of weights with which a bias is at most 2^30 steps of input_scale times it, so
// that int32 holds it with as much room for the sum: where weights are tiny beside their bias.
// Source: TensorFlow Lite's converter, which enlarges the scales of such weights.
inline float least_weight_scale(float bias, float input_scale) {
  return std::abs(bias) / (input_scale * 0x1p30f);
}

// round(bias / (input_scale * scale of the channel's weights)), within [-highest, highest] of T:
// int32, or int64 for the 16x8 scheme.
template <class T = std::int32_t>
std::vector<T> quantize_bias(std::span<const float> bias, float input_scale,
                             std::span<const float> weight_scales) {
  // The largest int32, and for int64 the largest bound of the 16x8 scheme's sums.
  constexpr double highest = sizeof(T) == 4 ? 2147483647.0 : 0x1p46;
  std::vector<T> quantized;
  for (std::size_t c = 0; c < bias.size(); ++c) {
    const double scale =
        double{input_scale} * double{weight_scales[weight_scales.size() == 1 ? 0 : c]};
    quantized.push_back(static_cast<T>(std::clamp(std::round(bias[c] / scale), -highest, highest)));
  }
  return quantized;
}

// gamma * (x - mean) / sqrt(variance + epsilon) + beta, one of each for a channel.
struct BatchNormalization {
  std::span<const float> gamma, beta, mean, variance;
  float epsilon = 1e-3f;
};

// Makes batch normalization behind a layer a part of its weights and biases:
//
//   factor = gamma / sqrt(variance + epsilon), weight *= factor, bias = (bias - mean) * factor +
//   beta
//
// Source: Jacob et al. 2017, section 3.2 (equation 14).
inline void fold_batch_normalization(const BatchNormalization& normalization,
                                     const ChannelLayout& layout, std::span<float> weights,
                                     std::span<float> bias) {
  const auto factor = [&](std::size_t c) {
    return normalization.gamma[c] / std::sqrt(normalization.variance[c] + normalization.epsilon);
  };
  layout.for_each(
      [&](std::size_t place, std::size_t channel) { weights[place] *= factor(channel); });
  for (std::size_t c = 0; c < layout.channels; ++c) {
    bias[c] = (bias[c] - normalization.mean[c]) * factor(c) + normalization.beta[c];
  }
}

}  // namespace octet::inline OCTET_BASELINE
