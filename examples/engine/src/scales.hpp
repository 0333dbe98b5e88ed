// SPDX-License-Identifier: Apache-2.0
// From a model's scales to integer parameters: the only part of the engine that computes with
// floating point, and only while a model is prepared.
#pragma once

#include <cstdint>
#include <vector>

#include "node.hpp"
#include "octet/quantize/multiplier.hpp"

namespace octet_engine {

// The quantization of an activation as octet's helpers take it.
inline octet::TensorQuantization quantization_of(const Tensor& tensor) {
  return {scale_of(tensor), zero_point_of(tensor)};
}

// The activation that options of that type say is fused; none where the file holds no options.
Expected<octet::Activation> octet_activation(const Node& node,
                                             schema::ActivationFunctionType activation);
template <class Options>
Expected<octet::Activation> fused_activation(const Node& node) {
  const auto* const options = node.options<Options>();
  return octet_activation(node, options == nullptr ? schema::ActivationFunctionType_NONE
                                                   : options->fused_activation_function());
}

// The clamp that an activation is to the output.
octet::ActivationRange activation_range(const Tensor& output, octet::Activation activation);

// An output stage together with the factors it refers to.
struct OutputScales {
  std::vector<std::int32_t> multiplier;
  std::vector<std::int32_t> shift;
  std::int32_t zero_point = 0;
  octet::ActivationRange range;
  octet::Rounding rounding = octet::Rounding::tflite;

  octet::OutputStage stage() const {
    return {.zero_point = zero_point,
            .min = range.min,
            .max = range.max,
            .multiplier = multiplier,
            .shift = shift,
            .rounding = rounding};
  }
};

// Where a layer with weights has its inputs.
struct ProductInputs {
  std::size_t input = 0, weights = 1, bias = 2;
};

// The real factor of a channel from the scales of input, filter and output, quantized.
using FactorOf = octet::Rescale (*)(float, float, float, octet::Rounding);

// The output stage of a layer with weights, whose scales are one or one for each index
// of dimension `channels`, and the activation fused behind it.
Expected<OutputScales> output_scales(const Node& node, std::int32_t channels,
                                     octet::Activation activation, FactorOf factor_of,
                                     const ProductInputs& inputs = {});

// Whether the scale of a bias in input 2 is about that of the products it is added to. Nothing but
// the scales tells: the bias is added as it is.
std::optional<Error> check_bias_scale(const Node& node);

}  // namespace octet_engine
