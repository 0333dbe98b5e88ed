// SPDX-License-Identifier: Apache-2.0
// CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED: weights in input 1, optional biases in input 2.
#include "checks.hpp"
#include "octet/conv2d.hpp"
#include "octet/depthwise_conv2d.hpp"
#include "octet/fully_connected.hpp"
#include "operators.hpp"
#include "scales.hpp"
#include "window.hpp"

namespace octet_engine {

namespace {

template <class Options>
Expected<Window> filter_window(const Node& node) {
  const auto& options = *node.options<Options>();
  const octet::Shape& filter = node.input(1).shape;
  return make_window(node, options.padding(), {filter.extent[1], filter.extent[2]},
                     {options.stride_h(), options.stride_w()},
                     {options.dilation_h_factor(), options.dilation_w_factor()});
}

template <class Options>
Expected<OutputScales> convolution_scales(const Node& node, std::int32_t channels) {
  const auto activation = fused_activation<Options>(node);
  if (!activation) return activation.error();
  return output_scales(node, channels, *activation, octet::convolution_multiplier);
}

// Packs the weights of a product of activations T. Each output element is a sum of `depth`
// products.
template <class Product, class T, class Params>
PreparedOrError pack(const Node& node, const Params& params, std::int64_t depth) {
  const std::vector<std::int8_t> filter = values_of<std::int8_t>(node.input(1));
  std::vector<typename Product::Bias> bias;
  if (node.has_input(2)) bias = values_of<typename Product::Bias>(node.input(2));

  const std::size_t packed_bytes = Product::packed_bytes(params, node.backend());
  if (packed_bytes > kMaxBytes) return node.unsupported("the weights take more than 2 GB");
  auto packed = allocate(packed_bytes, "packed weights");
  if (!packed) return node.refused(packed.error());
  const auto prepared = Product::prepare(params, filter, bias, packed->span(), node.backend());
  auto operation = finish(node, prepared, kUnary<T>, std::move(*packed));
  if (operation) {
    (*operation)->multiply_adds = node.output().shape.size() * depth;
    (*operation)->packed_bytes = packed_bytes;
  }
  return operation;
}

// Of the type of the activations. Sums of 16-bit ones are as wide as the bias; without one they
// have 64 bits, but where the options say `sum_type` INT32.
template <template <class, class, class> class Product, class Params>
PreparedOrError finish_product(const Node& node, const Params& params, std::int64_t depth,
                               schema::TensorType sum_type = schema::TensorType_INT64) {
  using std::int16_t, std::int32_t, std::int64_t, std::int8_t;
  const bool is_wide = node.has_input(2) ? node.input(2).type == TensorType::int64
                                         : sum_type != schema::TensorType_INT32;
  if (node.input(0).type == TensorType::int8) {
    if (node.has_input(2) && is_wide) return node.unsupported("the bias is INT64 instead of INT32");
    return pack<Product<int8_t, int8_t, int32_t>, int8_t>(node, params, depth);
  }
  if (is_wide) return pack<Product<int16_t, int16_t, int64_t>, int16_t>(node, params, depth);
  return pack<Product<int16_t, int16_t, int32_t>, int16_t>(node, params, depth);
}

}  // namespace

PreparedOrError prepare_conv2d(const Node& node) {
  const auto window = filter_window<schema::Conv2DOptions>(node);
  if (!window) return window.error();
  const auto scales = convolution_scales<schema::Conv2DOptions>(node, 0);
  if (!scales) return scales.error();
  const octet::Shape& filter = node.input(1).shape;
  const octet::Conv2dParams params{
      .input = nhwc_operand(node.input(0)),
      .filter = {filter.extent[0], filter.extent[1], filter.extent[2], filter.extent[3]},
      .stride = window->stride,
      .dilation = window->dilation,
      .padding = window->padding,
      .output = scales->stage(),
  };
  if (auto error = check_output_shape(node, output_shape(params))) return *error;
  return finish_product<octet::Conv2d>(
      node, params, params.filter.size() / params.filter.o,
      node.options<schema::Conv2DOptions>()->quantized_bias_type());
}

PreparedOrError prepare_depthwise_conv2d(const Node& node) {
  const octet::NhwcOperand input = nhwc_operand(node.input(0));
  const octet::Shape& filter = node.input(1).shape;
  if (filter.extent[0] != 1 || filter.extent[3] % input.shape.c != 0) {
    return node.invalid("the filter has shape " + to_string(filter) + " instead of 1 x rows x " +
                        "columns x a multiple of " + std::to_string(input.shape.c));
  }
  const auto window = filter_window<schema::DepthwiseConv2DOptions>(node);
  if (!window) return window.error();
  const auto scales = convolution_scales<schema::DepthwiseConv2DOptions>(node, 3);
  if (!scales) return scales.error();
  const octet::DepthwiseConv2dParams params{
      .input = input,
      .filter = window->extent,
      .depth_multiplier = filter.extent[3] / input.shape.c,
      .stride = window->stride,
      .dilation = window->dilation,
      .padding = window->padding,
      .output = scales->stage(),
  };
  if (auto error = check_output_shape(node, output_shape(params))) return *error;
  return finish_product<octet::DepthwiseConv2d>(node, params,
                                                std::int64_t{window->extent.h} * window->extent.w);
}

PreparedOrError prepare_fully_connected(const Node& node) {
  const auto* const options = node.options<schema::FullyConnectedOptions>();
  if (options != nullptr &&
      options->weights_format() != schema::FullyConnectedOptionsWeightsFormat_DEFAULT) {
    return node.unsupported("shuffled weights are not supported");
  }
  const Tensor& filter = node.input(1);
  const std::int32_t outputs = filter.shape.extent[0];
  const std::int32_t inputs = filter.shape.extent[1];
  const std::int64_t elements = node.input(0).shape.size();
  if (elements % inputs != 0) {
    return node.invalid("input of shape " + to_string(node.input(0).shape) +
                        " is not made of rows of " + std::to_string(inputs) + " elements");
  }
  const std::int64_t batches = elements / inputs;
  if (auto error = check_output_size(node, batches * outputs)) return *error;
  const auto activation = fused_activation<schema::FullyConnectedOptions>(node);
  if (!activation) return activation.error();
  const bool per_channel = filter.quantization.scales.size() > 1;
  if (!per_channel) {
    if (auto error = check_bias_scale(node)) return *error;
  }
  const auto scales = output_scales(
      node, 0, *activation,
      per_channel ? octet::convolution_multiplier : octet::fully_connected_multiplier);
  if (!scales) return scales.error();
  const octet::FullyConnectedParams params{
      .batches = static_cast<std::int32_t>(batches),
      .inputs = inputs,
      .outputs = outputs,
      .input = {.zero_point = zero_point_of(node.input(0))},
      .filter = {.zero_point = zero_point_of(filter)},
      .output = scales->stage(),
  };
  return finish_product<octet::FullyConnected>(
      node, params, inputs,
      options == nullptr ? schema::TensorType_INT64 : options->quantized_bias_type());
}

}  // namespace octet_engine
