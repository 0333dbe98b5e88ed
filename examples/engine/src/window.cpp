// SPDX-License-Identifier: Apache-2.0
// AVERAGE_POOL_2D and MAX_POOL_2D, RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR.
#include "window.hpp"

#include <string>

#include "checks.hpp"
#include "octet/average_pool2d.hpp"
#include "octet/max_pool2d.hpp"
#include "octet/resize_bilinear.hpp"
#include "octet/resize_nearest_neighbor.hpp"
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
  return for_type<std::int8_t, std::uint8_t, std::int16_t>(node.output(), [&]<class T>(T) {
    return finish(node, Pool<T>::prepare(params, node.backend()), kUnary<T>);
  });
}

// The parameters of an operator that resizes to the height and width in its second input.
template <class Options>
Expected<octet::Resize2dParams> resize_params(const Node& node) {
  const auto size = list_of(node.input(1));
  if (size.size() != 2) {
    return node.invalid("the size has " + std::to_string(size.size()) + " numbers instead of 2");
  }
  octet::Resize2dParams params{.input = nhwc_operand(node.input(0)),
                               .size = {size[0], size[1]},
                               .rounding = node.rounding()};
  if (const auto* const options = node.options<Options>()) {
    params.align_corners = options->align_corners();
    params.half_pixel_centers = options->half_pixel_centers();
  }
  if (auto error = check_output_shape(node, output_shape(params))) return *error;
  if (auto error =
          check_same_quantization(node, "input and output", node.input(0), node.output())) {
    return *error;
  }
  return params;
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

PreparedOrError prepare_resize_bilinear(const Node& node) {
  const auto params = resize_params<schema::ResizeBilinearOptions>(node);
  if (!params) return params.error();
  return finish(node, octet::ResizeBilinear<std::int8_t>::prepare(*params, node.backend()),
                kUnary<std::int8_t>);
}

PreparedOrError prepare_resize_nearest_neighbor(const Node& node) {
  const auto params = resize_params<schema::ResizeNearestNeighborOptions>(node);
  if (!params) return params.error();
  return for_type<std::int8_t, std::uint8_t, std::int16_t>(node.output(), [&]<class T>(T) {
    return finish(node, octet::ResizeNearestNeighbor<T>::prepare(*params), kUnary<T>);
  });
}

}  // namespace octet_engine
