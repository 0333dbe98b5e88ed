// SPDX-License-Identifier: Apache-2.0
#include "octet/average_pool2d.hpp"
#include "octet/max_pool2d.hpp"

#include "operations.hpp"
#include "scales.hpp"
#include "window.hpp"

namespace octet_engine {

namespace {

template <class Pool>
PreparedOrError prepare_pool2d(const Node& node, const octet::Backend& backend) {
  const auto* const options = node.options<schema::Pool2DOptions>();
  if (options == nullptr) return node.invalid("the options are missing");
  const octet::Extent2d window{options->filter_height(), options->filter_width()};
  const octet::Extent2d stride{options->stride_h(), options->stride_w()};
  if (auto error = check_step(node, "window extent", window)) return *error;
  if (auto error = check_step(node, "stride", stride)) return *error;
  const auto padding = window_padding(node, options->padding(), window, stride);
  if (!padding) return padding.error();
  const auto range = activation_range(node, options->fused_activation_function());
  if (!range) return range.error();
  if (!same_quantization(node.input(0), node.output())) {
    return node.unsupported("input and output are quantized differently");
  }

  const octet::Pool2dParams params{
      .input = nhwc(node.input(0).shape),
      .filter = window,
      .stride = stride,
      .padding = *padding,
      .min = range->min,
      .max = range->max,
  };
  if (auto error = check_output_shape(node, params)) return *error;
  return finish<std::int8_t>(node, Pool::prepare(params, backend));
}

}  // namespace

PreparedOrError prepare_average_pool2d(const Node& node, const octet::Backend& backend) {
  return prepare_pool2d<octet::AveragePool2d<std::int8_t>>(node, backend);
}

PreparedOrError prepare_max_pool2d(const Node& node, const octet::Backend& backend) {
  return prepare_pool2d<octet::MaxPool2d<std::int8_t>>(node, backend);
}

}  // namespace octet_engine
