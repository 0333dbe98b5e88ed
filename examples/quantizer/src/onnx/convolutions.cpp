// SPDX-License-Identifier: Apache-2.0
// Convolutions, and transposed ones.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "windows.hpp"

namespace octet_quantizer::onnx_reader {

namespace {

// The filter as one of rank 4.
Array filter_of(const Node& node, const Image& image) {
  Array filter = node.real_constant(1, "the filter");
  node.require(filter.dims.size() == image.rank(), "the filter has not the rank of the input");
  if (image.rank() == 3) filter.dims.insert(filter.dims.begin() + 2, 1);
  return filter;
}

// The padding of an operator; where none is of that name, `tensor` is padded before.
schema::Padding place(const Node& node, const Window& window, std::int32_t& tensor) {
  if (!window.is_padded()) return schema::Padding_VALID;
  if (window.is_same()) return schema::Padding_SAME;
  tensor = pad(node, window, tensor);
  return schema::Padding_VALID;
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

// A convolution with a filter of OIHW over the tensor of an image.
std::int32_t convolve(const Node& node, const Window& window, std::int32_t input,
                      const Array& filter, std::int64_t groups, const Dims& dims) {
  const schema::Padding padding = place(node, window, input);
  const std::vector<std::int32_t> shape = shape_in(channels_last(4), dims);
  const std::int64_t channels = filter.dims[1] * groups, filters = filter.dims[0];
  const std::int32_t bias = bias_of(node, 2, filters);
  if (groups == channels && groups > 1) {
    auto options = options_of_window<schema::DepthwiseConv2DOptionsT>(window, padding);
    options.depth_multiplier = extent(filters / channels);
    return node.importer.add(schema::BuiltinOperator_DEPTHWISE_CONV_2D,
                             {input, weights_of(node, filter, {1, 2, 3, 0}), bias}, shape,
                             std::move(options));
  }
  return node.importer.add(schema::BuiltinOperator_CONV_2D,
                           {input, weights_of(node, filter, {0, 2, 3, 1}), bias}, shape,
                           options_of_window<schema::Conv2DOptionsT>(window, padding));
}

// An image with stride - 1 zeros behind every row and column.
std::int32_t stuff(const Node& node, std::int32_t tensor, const Side& h, const Side& w) {
  Importer& importer = node.importer;
  const std::vector<std::int32_t> shape = importer.shape_of_tensor(tensor);
  const auto insert = [&](std::int32_t lines, std::int32_t line, std::int32_t inner,
                          std::int64_t stride) {
    if (stride == 1) return;
    tensor = importer.reshape(tensor, {lines, line, 1, inner});
    tensor =
        importer.add(schema::BuiltinOperator_PAD,
                     {tensor, importer.integers({0, 0, 0, 0, 0, extent(stride - 1), 0, 0}, {4, 2})},
                     {lines, line, extent(stride), inner});
  };
  const std::int32_t rows = extent(shape[1] * h.stride), columns = extent(shape[2] * w.stride);
  insert(shape[0] * shape[1], shape[2], shape[3], w.stride);
  insert(shape[0], shape[1], extent(std::int64_t{columns} * shape[3]), h.stride);
  return importer.reshape(tensor, {shape[0], rows, columns, shape[3]});
}

// The filter of the convolution that a transposed one is over an image with zeros between its rows
// and columns: turned around, and from each group's inputs to its outputs.
Array turned(const Array& filter, std::int64_t groups) {
  const std::int64_t inputs = filter.dims[0] / groups, outputs = filter.dims[1],
                     taps = filter.dims[2] * filter.dims[3];
  Array result{.dims = {outputs * groups, inputs, filter.dims[2], filter.dims[3]}};
  for (std::int64_t o = 0; o < outputs * groups; ++o) {
    for (std::int64_t i = 0; i < inputs; ++i) {
      for (std::int64_t tap = taps; tap-- > 0;) {
        const std::int64_t from = ((o / outputs * inputs + i) * outputs + o % outputs) * taps + tap;
        result.reals.push_back(filter.reals[static_cast<std::size_t>(from)]);
      }
    }
  }
  return result;
}

// A side of a transposed convolution: the pads are cut off its whole result.
struct TransposedSide : Side {
  std::int64_t result = 0;

  std::int64_t whole() const { return (input - 1) * stride + reach(); }
  // Whether SAME says the same.
  bool is_same() const {
    const Side forward{result, window, stride, 1, before, whole() - result - before};
    return forward.is_same() && forward.outputs() == input;
  }
  // Of the convolution over an image with zeros in between.
  std::int64_t stuffed_before() const { return reach() - 1 - before; }
  std::int64_t stuffed_after() const { return result + before - input * stride; }
};

// The attributes of a transposed convolution, by ONNX's formulas.
std::pair<TransposedSide, TransposedSide> transposed_sides(const Node& node, const Image& image,
                                                           const Array& filter) {
  const Dims strides = of_sides(node, image, "strides", 1);
  const Dims dilations = of_sides(node, image, "dilations", 1);
  const Dims pads = of_sides(node, image, "pads", 0, 2);
  const Dims more = of_sides(node, image, "output_padding", 0);
  const bool is_given = node.attribute("output_shape") != nullptr;
  const Dims given = of_sides(node, image, "output_shape", 1);
  const std::string automatic = automatic_pads(node);
  const bool is_same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
  TransposedSide sides[2];
  for (std::size_t d = 0; d < 2; ++d) {
    TransposedSide& side = sides[d];
    static_cast<Side&>(side) = {image.dims[2 + d], filter.dims[2 + d], strides[d], dilations[d],
                                pads[d],           pads[2 + d]};
    node.require(side.stride > 0 && side.dilation > 0 && more[d] >= 0,
                 "a stride, dilation or pad is out of range");
    if (automatic == "VALID") side.before = side.after = 0;
    side.result = side.whole() - side.before - side.after + more[d];
    if (is_given || is_same) {
      side.result = is_given ? given[d] : side.input * side.stride;
      const std::int64_t total = std::max<std::int64_t>(side.whole() + more[d] - side.result, 0);
      side.before = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
    }
    node.require(side.result > 0 && side.before >= 0, "nothing is left of the result");
  }
  return {sides[0], sides[1]};
}

}  // namespace

void read_convolution(const Node& node) {
  const Image image = image_of(node);
  const Array filter = filter_of(node, image);
  const std::int64_t filters = filter.dims[0], groups = node.integer("group", 1);
  node.require(groups > 0 && filter.dims[1] * groups == image.dims[1] && filters % groups == 0,
               "the filter does not fit the channels and groups");
  const Window window = window_of(node, image, filter.dims[2], filter.dims[3]);
  const Dims dims{image.dims[0], filters, window.h.outputs(), window.w.outputs()};
  give_image(node, image, dims,
             convolve(node, window, tensor_of_image(node, image), filter, groups, dims));
}

// ONNX cuts pads off the whole result; .tflite computes them from the shape of the result, with
// what is odd at the end. Where they differ the whole result is computed and cut. TRANSPOSE_CONV
// has no groups and no dilation and nothing beyond the whole result: those are convolutions over an
// image with zeros in between.
void read_transposed_convolution(const Node& node) {
  const Image image = image_of(node);
  const Array filter = filter_of(node, image);
  const std::int64_t groups = node.integer("group", 1);
  node.require(groups > 0 && filter.dims[0] == image.dims[1] && image.dims[1] % groups == 0,
               "the filter does not fit the channels and groups");
  const auto [h, w] = transposed_sides(node, image, filter);
  Importer& importer = node.importer;
  const Dims dims{image.dims[0], filter.dims[1] * groups, h.result, w.result};
  const std::vector<std::int32_t> shape = shape_in(channels_last(4), dims);
  std::int32_t input = tensor_of_image(node, image);
  const bool is_within = h.before + h.result <= h.whole() && w.before + w.result <= w.whole();
  if (groups > 1 || h.dilation > 1 || w.dilation > 1 || !is_within) {
    input = stuff(node, input, h, w);
    std::vector<std::int32_t> stuffed = importer.shape_of_tensor(input);
    const auto less = [](std::int64_t pads) { return std::max<std::int64_t>(-pads, 0); };
    const auto rest = [](std::int64_t pads) { return std::max<std::int64_t>(pads, 0); };
    const std::int64_t top = less(h.stuffed_before()), left = less(w.stuffed_before());
    stuffed[1] -= extent(top + less(h.stuffed_after()));
    stuffed[2] -= extent(left + less(w.stuffed_after()));
    node.require(stuffed[1] > 0 && stuffed[2] > 0, "nothing is left of the input");
    if (stuffed != importer.shape_of_tensor(input)) input = crop(node, input, top, left, stuffed);
    const Window window{
        {stuffed[1], h.window, 1, h.dilation, rest(h.stuffed_before()), rest(h.stuffed_after())},
        {stuffed[2], w.window, 1, w.dilation, rest(w.stuffed_before()), rest(w.stuffed_after())}};
    return give_image(node, image, dims,
                      convolve(node, window, input, turned(filter, groups), groups, dims));
  }
  const bool is_whole = h.result == h.whole() && w.result == w.whole();
  const bool is_cut = !is_whole && !(h.is_same() && w.is_same());
  const std::vector<std::int32_t> computed =
      is_cut ? shape_in(channels_last(4), {dims[0], dims[1], h.whole(), w.whole()}) : shape;
  schema::TransposeConvOptionsT options;
  options.padding = is_whole || is_cut ? schema::Padding_VALID : schema::Padding_SAME;
  options.stride_h = extent(h.stride);
  options.stride_w = extent(w.stride);
  std::int32_t result =
      importer.add(schema::BuiltinOperator_TRANSPOSE_CONV,
                   {importer.integers(computed), weights_of(node, filter, {1, 2, 3, 0}), input,
                    bias_of(node, 2, dims[1])},
                   computed, std::move(options));
  if (is_cut) result = crop(node, result, h.before, w.before, shape);
  give_image(node, image, dims, result);
}

}  // namespace octet_quantizer::onnx_reader
