// SPDX-License-Identifier: Apache-2.0
// What layers with constant weights are made of: windows, factors, and how wide their sums are.
#pragma once

#include "scales.hpp"
#include "window.hpp"

namespace octet_engine {

// The window of a convolution, whose filter is input 1.
template <class Options>
Expected<Window> filter_window(const Node& node) {
  const auto& options = *node.options<Options>();
  const octet::Shape& filter = node.input(1).shape;
  return make_window(node, options.padding(), {filter.extent[1], filter.extent[2]},
                     {options.stride_h(), options.stride_w()},
                     {options.dilation_h_factor(), options.dilation_w_factor()});
}

// The output stage of a convolution. Older models, of uint8, have one scale for all channels, and
// multiply those of input and filter in float32.
template <class Options>
Expected<OutputScales> convolution_scales(const Node& node, std::int32_t channels) {
  const auto activation = fused_activation<Options>(node);
  if (!activation) return activation.error();
  if (node.input(0).type != TensorType::uint8) {
    return output_scales(node, channels, *activation, octet::convolution_multiplier);
  }
  if (auto error = check_bias_scale(node)) return *error;
  return output_scales(node, channels, *activation, octet::fully_connected_multiplier);
}

// The same of a fully connected layer.
Expected<OutputScales> fully_connected_scales(const Node& node);

// Whether sums of 16-bit activations have 64 bits: they are as wide as the bias; without one they
// are, but where the options say `sum_type` INT32.
bool has_wide_sums(const Node& node, schema::TensorType sum_type, const ProductInputs& inputs = {});

}  // namespace octet_engine
