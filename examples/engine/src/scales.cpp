// SPDX-License-Identifier: Apache-2.0
#include "scales.hpp"

#include <cmath>
#include <optional>
#include <string>

namespace octet_engine {

namespace {

std::optional<octet::Activation> octet_activation(schema::ActivationFunctionType activation) {
  switch (activation) {
    case schema::ActivationFunctionType_NONE: return octet::Activation::none;
    case schema::ActivationFunctionType_RELU: return octet::Activation::relu;
    case schema::ActivationFunctionType_RELU6: return octet::Activation::relu6;
    case schema::ActivationFunctionType_RELU_N1_TO_1: return octet::Activation::relu_n1_to_1;
    default: return std::nullopt;
  }
}

std::optional<Error> check_channels(const Node& node, std::int32_t channels) {
  const Tensor& weights = node.input(1);
  const Quantization& quantization = weights.quantization;
  const auto scales = static_cast<std::int64_t>(quantization.scales.size());
  if (scales > 1 && quantization.dimension != channels) {
    return node.unsupported("the weights are quantized along dimension " +
                            std::to_string(quantization.dimension) + " instead of " +
                            std::to_string(channels));
  }
  if (scales > 1 && scales != weights.shape.extent[channels]) {
    return node.invalid("the weights of shape " + to_string(weights.shape) + " have " +
                        std::to_string(scales) + " scales");
  }
  if (node.has_input(2) && node.input(2).shape.size() != weights.shape.extent[channels]) {
    return node.invalid("bias of shape " + to_string(node.input(2).shape) + " does not fit " +
                        std::to_string(weights.shape.extent[channels]) + " output channels");
  }
  return std::nullopt;
}

Expected<OutputScales> output_scales(const Node& node, schema::ActivationFunctionType activation,
                                     octet::Rescale (*multiplier_of)(float, float, float,
                                                                     octet::Rounding)) {
  const Expected<octet::ActivationRange> range = activation_range(node, activation);
  if (!range) return range.error();
  OutputScales scales{
      .multiplier = {}, .shift = {}, .zero_point = zero_point_of(node.output()), .range = *range};
  for (const float scale : node.input(1).quantization.scales) {
    const auto [multiplier, shift] = multiplier_of(
        scale_of(node.input(0)), scale, scale_of(node.output()), octet::Rounding::tflite);
    scales.multiplier.push_back(multiplier);
    scales.shift.push_back(shift);
  }
  return scales;
}

}  // namespace

Expected<octet::ActivationRange> activation_range(const Node& node,
                                                  schema::ActivationFunctionType activation) {
  const std::optional<octet::Activation> known = octet_activation(activation);
  if (!known) {
    return node.unsupported(std::string("activation ") +
                            schema::EnumNameActivationFunctionType(activation) + " (" +
                            std::to_string(activation) + ") is not supported");
  }
  return octet::quantized_activation_range<std::int8_t>(*known, scale_of(node.output()),
                                                        zero_point_of(node.output()));
}

Expected<OutputScales> convolution_scales(const Node& node, std::int32_t channels,
                                          schema::ActivationFunctionType activation) {
  if (std::optional<Error> error = check_channels(node, channels)) return *error;
  return output_scales(node, activation, octet::convolution_multiplier);
}

Expected<OutputScales> fully_connected_scales(const Node& node,
                                              schema::ActivationFunctionType activation) {
  if (std::optional<Error> error = check_channels(node, 0)) return *error;
  const bool per_channel = node.input(1).quantization.scales.size() > 1;
  return output_scales(
      node, activation,
      per_channel ? octet::convolution_multiplier : octet::fully_connected_multiplier);
}

bool same_quantization(const Tensor& a, const Tensor& b) {
  return std::abs(scale_of(a) - scale_of(b)) <= 1e-6f && zero_point_of(a) == zero_point_of(b);
}

}  // namespace octet_engine
