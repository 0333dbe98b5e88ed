// SPDX-License-Identifier: Apache-2.0
#include "octet/depthwise_conv2d.hpp"

#include "operations.hpp"
#include "scales.hpp"
#include "window.hpp"

namespace octet_engine {

PreparedOrError prepare_depthwise_conv2d(const Node& node, const octet::Backend& backend) {
  const auto* const options = node.options<schema::DepthwiseConv2DOptions>();
  if (options == nullptr) return node.invalid("the options are missing");
  const octet::ShapeNhwc input = nhwc(node.input(0).shape);
  const octet::Shape& filter = node.input(1).shape;
  if (filter.extent[0] != 1 || filter.extent[3] % input.c != 0) {
    return node.invalid("the filter has shape " + to_string(filter) + " instead of 1 x rows x " +
                        "columns x a multiple of " + std::to_string(input.c));
  }
  const octet::Extent2d window{filter.extent[1], filter.extent[2]};
  const octet::Extent2d stride{options->stride_h(), options->stride_w()};
  const octet::Extent2d dilation{options->dilation_h_factor(), options->dilation_w_factor()};
  if (auto error = check_step(node, "filter extent", window)) return *error;
  if (auto error = check_step(node, "stride", stride)) return *error;
  if (auto error = check_step(node, "dilation", dilation)) return *error;
  const auto padding = window_padding(node, options->padding(), window, stride, dilation);
  if (!padding) return padding.error();
  const auto scales = convolution_scales(node, 3, options->fused_activation_function());
  if (!scales) return scales.error();

  const octet::DepthwiseConv2dParams params{
      .input = input,
      .filter = window,
      .depth_multiplier = filter.extent[3] / input.c,
      .stride = stride,
      .dilation = dilation,
      .padding = *padding,
      .input_zero_point = zero_point_of(node.input(0)),
      .output = scales->stage(),
  };
  if (auto error = check_output_shape(node, params)) return *error;
  const std::int64_t depth = std::int64_t{window.h} * window.w;
  return finish_with_weights<octet::DepthwiseConv2d<std::int8_t>>(
      node, params, backend, node.output().shape.size() * depth);
}

}  // namespace octet_engine
