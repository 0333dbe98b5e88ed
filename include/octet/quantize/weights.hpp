// SPDX-License-Identifier: Apache-2.0
// Weights and biases of a float layer as integers. Host side.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
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
inline QuantizedWeights quantize_weights(std::span<const float> weights,
                                         const ChannelLayout& layout, bool per_channel = true,
                                         int bits = 8) {
  std::vector<float> largest(per_channel ? layout.channels : 1);
  const auto scale_index = [&](std::size_t channel) { return per_channel ? channel : 0; };
  layout.for_each([&](std::size_t place, std::size_t channel) {
    float& of_channel = largest[scale_index(channel)];
    of_channel = std::max(of_channel, std::abs(weights[place]));
  });
  QuantizedWeights quantized{std::vector<std::int8_t>(layout.size()), {}};
  for (const float value : largest) {
    quantized.scales.push_back(symmetric_quantization(value, bits).scale);
  }
  const std::int32_t highest = (1 << (bits - 1)) - 1;
  layout.for_each([&](std::size_t place, std::size_t channel) {
    const TensorQuantization quantization{quantized.scales[scale_index(channel)], 0};
    const std::int32_t element = quantize<std::int8_t>(weights[place], quantization);
    quantized.elements[place] = static_cast<std::int8_t>(clamp(element, -highest, highest));
  });
  return quantized;
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
