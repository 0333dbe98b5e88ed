// SPDX-License-Identifier: Apache-2.0
#include "scales.hpp"

#include <cmath>
#include <optional>
#include <string>

#include "operation.hpp"

namespace octet_engine {

namespace {

// Weights have one scale, or one for each output channel, and a bias one value for each.
std::optional<Error> check_channels(const Node& node, std::int32_t channels,
                                    const ProductInputs& inputs) {
  const Tensor& weights = node.input(inputs.weights);
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
  if (node.has_input(inputs.bias) &&
      node.input(inputs.bias).shape.size() != weights.shape.extent[channels]) {
    return node.invalid("bias of shape " + to_string(node.input(inputs.bias).shape) +
                        " does not fit " + std::to_string(weights.shape.extent[channels]) +
                        " output channels");
  }
  return std::nullopt;
}

}  // namespace

Expected<octet::Activation> octet_activation(const Node& node,
                                             schema::ActivationFunctionType activation) {
  switch (activation) {
    case schema::ActivationFunctionType_NONE: return octet::Activation::none;
    case schema::ActivationFunctionType_RELU: return octet::Activation::relu;
    case schema::ActivationFunctionType_RELU6: return octet::Activation::relu6;
    case schema::ActivationFunctionType_RELU_N1_TO_1: return octet::Activation::relu_n1_to_1;
    default:
      return node.unsupported(std::string("activation ") +
                              schema::EnumNameActivationFunctionType(activation) + " (" +
                              std::to_string(activation) + ") is not supported");
  }
}

octet::ActivationRange activation_range(const Tensor& output, octet::Activation activation) {
  return for_type<std::int8_t, std::uint8_t, std::int16_t>(output, [&]<class T>(T) {
    return octet::quantized_activation_range<T>(activation, scale_of(output),
                                                zero_point_of(output));
  });
}

Expected<OutputScales> output_scales(const Node& node, std::int32_t channels,
                                     octet::Activation activation, FactorOf factor_of,
                                     const ProductInputs& inputs) {
  if (std::optional<Error> error = check_channels(node, channels, inputs)) return *error;
  OutputScales scales{.multiplier = {},
                      .shift = {},
                      .zero_point = zero_point_of(node.output()),
                      .range = activation_range(node.output(), activation),
                      .rounding = node.rounding()};
  for (const float scale : node.input(inputs.weights).quantization.scales) {
    const octet::Rescale factor = factor_of(scale_of(node.input(inputs.input)), scale,
                                            scale_of(node.output()), node.rounding());
    scales.multiplier.push_back(factor.multiplier);
    scales.shift.push_back(factor.shift);
  }
  return scales;
}

// As tflite-micro has it, where only fully connected layers with one scale come here: the error of
// a bias is at most one fiftieth of an output step for each of its own steps. A bias that has no
// scale counts as 0.
// Source: GetQuantizedConvolutionMultipler in kernels/kernel_util.cc.
std::optional<Error> check_bias_scale(const Node& node) {
  if (!node.has_input(2)) return std::nullopt;
  constexpr double kLargestError = 0.02;
  const std::span<const float> bias = node.input(2).quantization.scales;
  const double bias_scale = bias.empty() ? 0.0 : double{bias[0]};
  const double product =
      double{scale_of(node.input(0))} * double{node.input(1).quantization.scales[0]};
  if (std::abs(product - bias_scale) / double{scale_of(node.output())} <= kLargestError) {
    return std::nullopt;
  }
  return node.invalid("the bias has scale " + std::to_string(bias_scale) +
                      " instead of that of input times weights, " + std::to_string(product));
}

}  // namespace octet_engine
