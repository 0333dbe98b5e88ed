// SPDX-License-Identifier: Apache-2.0
// Convolutions and pools: ONNX pads by numbers, .tflite by SAME and VALID, and by a PAD before.
#include <algorithm>
#include <limits>

#include "importer.hpp"

namespace octet_quantizer::onnx_reader {

namespace {

// Of one dimension of an image.
struct Side {
  std::int64_t input, window, stride, dilation, before = 0, after = 0;

  std::int64_t reach() const { return (window - 1) * dilation + 1; }
  std::int64_t outputs() const { return (input + before + after - reach()) / stride + 1; }
  // What TensorFlow's SAME pads in all.
  std::int64_t same_total() const {
    return std::max<std::int64_t>(((input + stride - 1) / stride - 1) * stride + reach() - input,
                                  0);
  }
  bool is_same() const {
    const std::int64_t total = same_total();
    return before == total / 2 && after == total - total / 2;
  }
};

struct Window {
  Side h, w;

  bool is_same() const { return h.is_same() && w.is_same(); }
  bool is_padded() const { return h.before != 0 || h.after != 0 || w.before != 0 || w.after != 0; }
};

// The attributes of a window of that size over an image.
Window window_of(const Node& node, const Dims& image, std::int64_t height, std::int64_t width) {
  const Dims strides = node.integers("strides", {1, 1});
  const Dims dilations = node.integers("dilations", {1, 1});
  const Dims pads = node.integers("pads", {0, 0, 0, 0});
  node.require(strides.size() == 2 && dilations.size() == 2 && pads.size() == 4,
               "strides, dilations and pads are not those of two dimensions");
  Window window{{image[2], height, strides[0], dilations[0], pads[0], pads[2]},
                {image[3], width, strides[1], dilations[1], pads[1], pads[3]}};
  const std::string automatic = node.text("auto_pad", "NOTSET");
  for (Side* const side : {&window.h, &window.w}) {
    node.require(side->stride > 0 && side->dilation > 0 && side->window > 0 && side->before >= 0 &&
                     side->after >= 0,
                 "a window, stride, dilation or pad is out of range");
    if (automatic == "VALID") side->before = side->after = 0;
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      const std::int64_t total = side->same_total();
      side->before = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
      side->after = total - side->before;
    }
    // Rounded up, the last window starts within the image and reaches beyond its pads.
    const std::int64_t rest =
        (side->input + side->before + side->after - side->reach()) % side->stride;
    if (node.integer("ceil_mode", 0) != 0 && rest > 0 &&
        side->outputs() * side->stride < side->input + side->before) {
      side->after += side->stride - rest;
    }
    node.require(side->input + side->before + side->after >= side->reach(),
                 "the window is larger than the padded image");
  }
  return window;
}

// The tensor with the window's pads as elements of 0.
std::int32_t pad(const Node& node, const Window& window, std::int32_t tensor) {
  std::vector<std::int32_t> shape = node.importer.shape_of_tensor(tensor);
  shape[1] += extent(window.h.before + window.h.after);
  shape[2] += extent(window.w.before + window.w.after);
  const std::int32_t pads =
      node.importer.integers({0, 0, extent(window.h.before), extent(window.h.after),
                              extent(window.w.before), extent(window.w.after), 0, 0},
                             {4, 2});
  return node.importer.add(schema::BuiltinOperator_PAD, {tensor, pads}, std::move(shape));
}

// The padding of an operator; where none is of that name, `tensor` is padded before.
schema::Padding place(const Node& node, const Window& window, std::int32_t& tensor) {
  if (!window.is_padded()) return schema::Padding_VALID;
  if (window.is_same()) return schema::Padding_SAME;
  tensor = pad(node, window, tensor);
  return schema::Padding_VALID;
}

Value& image_of(const Node& node) {
  Value& image = node.input(0);
  node.require(image.dims.size() == 4, "the input is no image of rank 4");
  return image;
}

// Weights of rank 4 in another order, as a tensor.
std::int32_t weights_of(const Node& node, const Array& weights,
                        const std::vector<std::size_t>& order) {
  const Array moved = permute(weights, order);
  return node.importer.reals(moved.reals,
                             std::vector<std::int32_t>(moved.dims.begin(), moved.dims.end()));
}

std::int32_t bias_of(const Node& node, std::size_t i, std::int64_t channels) {
  const auto count = static_cast<std::size_t>(channels);
  const std::vector<float> bias =
      node.has_input(i) ? node.real_constant(i, "the bias").reals : std::vector<float>(count);
  node.require(bias.size() == count, "the bias has not one number for each channel");
  return node.importer.reals(bias, {extent(channels)});
}

template <class Options>
Options options_of_window(const Window& window, schema::Padding padding) {
  Options options;
  options.padding = padding;
  options.stride_h = extent(window.h.stride);
  options.stride_w = extent(window.w.stride);
  if constexpr (requires { options.dilation_h_factor; }) {
    options.dilation_h_factor = extent(window.h.dilation);
    options.dilation_w_factor = extent(window.w.dilation);
  }
  if constexpr (requires { options.filter_height; }) {
    options.filter_height = extent(window.h.window);
    options.filter_width = extent(window.w.window);
  }
  return options;
}

// Pads of 0 are no maximum where all values are at least 0.
bool is_never_negative(const Network& network, std::int32_t tensor) {
  const std::int32_t writer = writer_of(network, tensor);
  if (writer < 0) return false;
  const Operation& operation = *graph_of(network).operators[static_cast<std::size_t>(writer)];
  switch (code_of(network, operation)) {
    case schema::BuiltinOperator_RELU:
    case schema::BuiltinOperator_RELU6:
    case schema::BuiltinOperator_LOGISTIC: return true;
    case schema::BuiltinOperator_MAX_POOL_2D:
    case schema::BuiltinOperator_AVERAGE_POOL_2D:
    case schema::BuiltinOperator_PAD: return is_never_negative(network, operation.inputs[0]);
    default: return false;
  }
}

}  // namespace

void read_convolution(const Node& node) {
  Value& image = image_of(node);
  const Array& weights = node.real_constant(1, "the filter");
  node.require(weights.dims.size() == 4, "the filter has not rank 4");
  const std::int64_t filters = weights.dims[0], groups = node.integer("group", 1),
                     channels = image.dims[1];
  node.require(groups > 0 && weights.dims[1] * groups == channels && filters % groups == 0,
               "the filter does not fit the channels and groups");
  const Window window = window_of(node, image.dims, weights.dims[2], weights.dims[3]);
  const Dims dims{image.dims[0], filters, window.h.outputs(), window.w.outputs()};
  std::int32_t input = node.importer.tensor(image);
  const schema::Padding padding = place(node, window, input);
  const std::vector<std::int32_t> shape = Importer::network_shape(dims);
  const std::int32_t bias = bias_of(node, 2, filters);
  if (groups == channels && groups > 1) {
    auto options = options_of_window<schema::DepthwiseConv2DOptionsT>(window, padding);
    options.depth_multiplier = extent(filters / channels);
    node.give(dims, node.importer.add(schema::BuiltinOperator_DEPTHWISE_CONV_2D,
                                      {input, weights_of(node, weights, {1, 2, 3, 0}), bias}, shape,
                                      std::move(options)));
    return;
  }
  node.give(dims, node.importer.add(schema::BuiltinOperator_CONV_2D,
                                    {input, weights_of(node, weights, {0, 2, 3, 1}), bias}, shape,
                                    options_of_window<schema::Conv2DOptionsT>(window, padding)));
}

// ONNX cuts pads off the whole result; .tflite computes them from the shape of the result, with
// what is odd at the end. Where they differ the whole result is computed and cut.
void read_transposed_convolution(const Node& node) {
  Value& image = image_of(node);
  const Array& weights = node.real_constant(1, "the filter");
  node.require(weights.dims.size() == 4 && weights.dims[0] == image.dims[1],
               "the filter does not fit the channels");
  node.require(node.integer("group", 1) == 1, "there are groups");
  node.require(node.integers("dilations", {1, 1}) == Dims{1, 1}, "the filter is dilated");
  node.require(node.attribute("output_shape") == nullptr, "output_shape is given");
  const std::string automatic = node.text("auto_pad", "NOTSET");
  node.require(automatic == "NOTSET" || automatic == "VALID", "auto_pad is SAME");
  const Dims strides = node.integers("strides", {1, 1});
  const Dims pads = node.integers("pads", {0, 0, 0, 0});
  const Dims more = node.integers("output_padding", {0, 0});
  node.require(strides.size() == 2 && pads.size() == 4 && more.size() == 2,
               "strides, pads and output_padding are not those of two dimensions");
  node.require(std::ranges::none_of(strides, [](std::int64_t stride) { return stride < 1; }),
               "a stride is out of range");
  Dims whole{image.dims[0], weights.dims[1], 0, 0}, dims = whole;
  bool has_no_pads = true, is_same = true;
  for (std::size_t d = 0; d < 2; ++d) {
    const std::int64_t window = weights.dims[2 + d];
    whole[2 + d] = (image.dims[2 + d] - 1) * strides[d] + window;
    dims[2 + d] = whole[2 + d] - pads[d] - pads[2 + d] + more[d];
    node.require(dims[2 + d] > 0 && pads[d] + dims[2 + d] <= whole[2 + d],
                 "output_padding is larger than the pads");
    has_no_pads = has_no_pads && dims[2 + d] == whole[2 + d];
    const Side forward{dims[2 + d], window, strides[d], 1, pads[d], pads[2 + d] - more[d]};
    is_same = is_same && forward.is_same() && forward.outputs() == image.dims[2 + d];
  }
  const bool is_cut = !has_no_pads && !is_same;
  Importer& importer = node.importer;
  const std::vector<std::int32_t> shape = Importer::network_shape(is_cut ? whole : dims);
  schema::TransposeConvOptionsT options;
  options.padding = has_no_pads || is_cut ? schema::Padding_VALID : schema::Padding_SAME;
  options.stride_h = extent(strides[0]);
  options.stride_w = extent(strides[1]);
  std::int32_t result =
      importer.add(schema::BuiltinOperator_TRANSPOSE_CONV,
                   {importer.integers(shape), weights_of(node, weights, {1, 2, 3, 0}),
                    importer.tensor(image), bias_of(node, 2, dims[1])},
                   shape, std::move(options));
  if (is_cut) {
    const std::vector<std::int32_t> cut = Importer::network_shape(dims);
    const auto top = extent(pads[0]), left = extent(pads[1]);
    result = importer.add(schema::BuiltinOperator_STRIDED_SLICE,
                          {result, importer.integers({0, top, left, 0}),
                           importer.integers({cut[0], top + cut[1], left + cut[2], cut[3]}),
                           importer.integers({1, 1, 1, 1})},
                          cut, schema::StridedSliceOptionsT());
  }
  node.give(dims, result);
}

void read_pool(const Node& node) {
  Value& image = image_of(node);
  const Dims kernel = node.integers("kernel_shape", {});
  node.require(kernel.size() == 2, "kernel_shape has not two dimensions");
  node.require(node.integers("dilations", {1, 1}) == Dims{1, 1}, "the window is dilated");
  node.require(node.outputs() == 1, "the indices of the maxima are asked for");
  const Window window = window_of(node, image.dims, kernel[0], kernel[1]);
  const bool is_max = node.kind() == "MaxPool";
  std::int32_t input = node.importer.tensor(image);
  // SAME leaves what is outside of the image out, a PAD counts it as 0.
  const bool counts_pads = !is_max && node.integer("count_include_pad", 0) != 0;
  if (window.is_padded() && !window.is_same()) {
    node.require(counts_pads || (is_max && is_never_negative(node.importer.network(), input)),
                 "pads other than SAME, which neither count nor are of values from 0 on");
  }
  schema::Padding padding = schema::Padding_VALID;
  if (window.is_padded() && counts_pads) {
    input = pad(node, window, input);
  } else {
    padding = place(node, window, input);
  }
  const Dims dims{image.dims[0], image.dims[1], window.h.outputs(), window.w.outputs()};
  node.give(dims, node.importer.add(is_max ? schema::BuiltinOperator_MAX_POOL_2D
                                           : schema::BuiltinOperator_AVERAGE_POOL_2D,
                                    {input}, Importer::network_shape(dims),
                                    options_of_window<schema::Pool2DOptionsT>(window, padding)));
}

}  // namespace octet_quantizer::onnx_reader
