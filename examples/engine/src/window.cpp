// SPDX-License-Identifier: Apache-2.0
// AVERAGE_POOL_2D and MAX_POOL_2D.
#include "window.hpp"

#include <string>

#include "checks.hpp"
#include "octet/average_pool2d.hpp"
#include "octet/max_pool2d.hpp"
#include "operators.hpp"
#include "scales.hpp"

namespace octet_engine {

namespace {

template <template <class> class Pool>
PreparedOrError prepare_pool2d(const Node& node) {
  const auto& options = *node.options<schema::Pool2DOptions>();
  const auto window =
      make_window(node, options.padding(), {options.filter_height(), options.filter_width()},
                  {options.stride_h(), options.stride_w()}, {1, 1});
  if (!window) return window.error();
  const auto activation = fused_activation<schema::Pool2DOptions>(node);
  if (!activation) return activation.error();
  if (auto error =
          check_same_quantization(node, "input and output", node.input(0), node.output())) {
    return *error;
  }
  const octet::ActivationRange range = activation_range(node.output(), *activation);
  const octet::Pool2dParams params{
      .input = nhwc_operand(node.input(0)),
      .filter = window->extent,
      .stride = window->stride,
      .padding = window->padding,
      .output = {.zero_point = zero_point_of(node.output()), .min = range.min, .max = range.max},
  };
  if (auto error = check_output_shape(node, output_shape(params))) return *error;
  return for_type<std::int8_t, std::int16_t>(node.output(), [&]<class T>(T) {
    return finish(node, Pool<T>::prepare(params, node.backend()), kUnary<T>);
  });
}

}  // namespace

Expected<Window> make_window(const Node& node, schema::Padding padding, octet::Extent2d extent,
                             octet::Extent2d stride, octet::Extent2d dilation) {
  constexpr std::int32_t kLargest = 32767;
  const std::pair<const char*, octet::Extent2d> numbers[] = {
      {"window extent", extent}, {"stride", stride}, {"dilation", dilation}};
  for (const auto& [name, number] : numbers) {
    for (const std::int32_t value : {number.h, number.w}) {
      if (value >= 1 && value <= kLargest) continue;
      return node.invalid(std::string(name) + " " + std::to_string(value) + " is not in [1, " +
                          std::to_string(kLargest) + "]");
    }
  }
  switch (padding) {
    case schema::Padding_VALID: return Window{extent, stride, dilation, {}};
    case schema::Padding_SAME:
      return Window{extent, stride, dilation,
                    octet::same_padding(nhwc(node.input(0).shape), extent, stride, dilation)};
  }
  return node.invalid("padding " + std::to_string(padding) + " is neither SAME nor VALID");
}

PreparedOrError prepare_average_pool2d(const Node& node) {
  return prepare_pool2d<octet::AveragePool2d>(node);
}

PreparedOrError prepare_max_pool2d(const Node& node) {
  return prepare_pool2d<octet::MaxPool2d>(node);
}

}  // namespace octet_engine
