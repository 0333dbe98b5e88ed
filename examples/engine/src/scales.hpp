// SPDX-License-Identifier: Apache-2.0
// From a model's scales to integer parameters: the only part of the engine that computes with
// floating point, and only while a model is prepared.
#pragma once

#include <cstdint>
#include <vector>

#include "node.hpp"
#include "octet/quantize/multiplier.hpp"

namespace octet_engine {

// An output stage together with the multipliers it refers to.
struct OutputScales {
  std::vector<std::int32_t> multiplier;
  std::vector<std::int32_t> shift;
  std::int32_t zero_point = 0;
  octet::ActivationRange range;

  octet::OutputStage stage() const {
    return {.zero_point = zero_point,
            .min = range.min,
            .max = range.max,
            .multiplier = multiplier,
            .shift = shift};
  }
};

// The clamp of an int8 output with the activation fused into it.
Expected<octet::ActivationRange> activation_range(const Node& node,
                                                  schema::ActivationFunctionType activation);

// The output stage of a layer with weights in input 1, whose scales are one or one for each index
// of dimension `channels`.
Expected<OutputScales> convolution_scales(const Node& node, std::int32_t channels,
                                          schema::ActivationFunctionType activation);

// The same for a fully connected layer, whose one scale is multiplied in float32.
Expected<OutputScales> fully_connected_scales(const Node& node,
                                              schema::ActivationFunctionType activation);

// Whether two tensors mean the same by the same bytes.
bool same_quantization(const Tensor& a, const Tensor& b);

}  // namespace octet_engine
