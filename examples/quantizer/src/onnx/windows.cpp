// SPDX-License-Identifier: Apache-2.0
// Convolutions and pools: ONNX pads by numbers, .tflite by SAME and VALID, and by a PAD before.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "importer.hpp"

namespace octet_quantizer::onnx_reader {

namespace {

// Of one dimension of an image.
struct Side {
  std::int64_t input, window, stride, dilation, before = 0, after = 0;
  std::int64_t beyond = 0;  // how much of `after` lies behind the pads, for the last window

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
  bool is_dilated() const { return h.dilation != 1 || w.dilation != 1; }
};

// Images of rank 4; those of rank 3 have one row, which the dimensions here name.
struct Image {
  const Value& value;
  Dims dims;

  std::size_t rank() const { return value.dims.size(); }
};

Image image_of(const Node& node) {
  const Value& value = node.input(0);
  node.require(value.dims.size() != 5, "volumes, of rank 5, are not read");
  node.require(value.dims.size() == 3 || value.dims.size() == 4,
               "the input is no image, of rank 4 or 3");
  Dims dims = value.dims;
  if (dims.size() == 3) dims.insert(dims.begin() + 2, 1);
  return {value, dims};
}

std::int32_t tensor_of_image(const Node& node, const Image& image) {
  return node.importer.tensor(image.value, channels_last(image.rank()));
}

// `tensor` has these dimensions as NHWC.
void give_image(const Node& node, const Image& image, Dims dims, std::int32_t tensor) {
  if (image.rank() == 3) dims.erase(dims.begin() + 2);
  node.give(dims, tensor, channels_last(image.rank()));
}

// One number for height and width, or with `each` 2 both before those behind; `nothing` for the
// height of a single row and where the attribute is left out.
Dims of_sides(const Node& node, const Image& image, std::string_view name, std::int64_t nothing,
              std::size_t each = 1) {
  const std::size_t sides = image.rank() - 2;
  Dims numbers = node.integers(name, Dims(sides * each, nothing));
  if (numbers.size() != sides * each) {
    node.refuse(std::string(name) + " has not " + std::to_string(sides * each) + " numbers");
  }
  for (std::size_t i = 0; sides == 1 && i < each; ++i) {
    numbers.insert(numbers.begin() + static_cast<std::ptrdiff_t>(2 * i), nothing);
  }
  return numbers;
}

// The filter as one of rank 4.
Array filter_of(const Node& node, const Image& image) {
  Array filter = node.real_constant(1, "the filter");
  node.require(filter.dims.size() == image.rank(), "the filter has not the rank of the input");
  if (image.rank() == 3) filter.dims.insert(filter.dims.begin() + 2, 1);
  return filter;
}

std::string automatic_pads(const Node& node) {
  const std::string automatic = node.text("auto_pad", "NOTSET");
  if (automatic != "NOTSET" && automatic != "VALID" && automatic != "SAME_UPPER" &&
      automatic != "SAME_LOWER") {
    node.refuse("auto_pad is " + automatic);
  }
  return automatic;
}

// The attributes of a window of that size over an image.
Window window_of(const Node& node, const Image& image, std::int64_t height, std::int64_t width) {
  const Dims strides = of_sides(node, image, "strides", 1);
  const Dims dilations = of_sides(node, image, "dilations", 1);
  const Dims pads = of_sides(node, image, "pads", 0, 2);
  Window window{{image.dims[2], height, strides[0], dilations[0], pads[0], pads[2]},
                {image.dims[3], width, strides[1], dilations[1], pads[1], pads[3]}};
  const std::string automatic = automatic_pads(node);
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
      side->beyond = side->stride - rest;
      side->after += side->beyond;
    }
    node.require(side->input + side->before + side->after >= side->reach(),
                 "the window is larger than the padded image");
  }
  return window;
}

// The tensor with the window's pads: as elements of 0, or as a mirror that shows the edge twice.
std::int32_t pad(const Node& node, const Window& window, std::int32_t tensor,
                 bool is_mirror = false) {
  std::vector<std::int32_t> shape = node.importer.shape_of_tensor(tensor);
  shape[1] += extent(window.h.before + window.h.after);
  shape[2] += extent(window.w.before + window.w.after);
  const std::int32_t pads =
      node.importer.integers({0, 0, extent(window.h.before), extent(window.h.after),
                              extent(window.w.before), extent(window.w.after), 0, 0},
                             {4, 2});
  if (!is_mirror) {
    return node.importer.add(schema::BuiltinOperator_PAD, {tensor, pads}, std::move(shape));
  }
  schema::MirrorPadOptionsT options;
  options.mode = schema::MirrorPadMode_SYMMETRIC;
  return node.importer.add(schema::BuiltinOperator_MIRROR_PAD, {tensor, pads}, std::move(shape),
                           std::move(options));
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
    case schema::BuiltinOperator_PAD:
    case schema::BuiltinOperator_RESHAPE:
    case schema::BuiltinOperator_TRANSPOSE: return is_never_negative(network, operation.inputs[0]);
    default: return false;
  }
}

// Whether what a symmetric mirror shows beside the image is in every window that sees it, so that
// no maximum changes.
bool has_mirror(const Window& window) {
  const auto holds = [](const Side& side) {
    const std::int64_t pads = std::max(side.before, side.after);
    return 2 * pads <= side.window && pads <= side.input;
  };
  return !window.is_dilated() && holds(window.h) && holds(window.w);
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

// Rows and columns from there on, as many as the shape has.
std::int32_t crop(const Node& node, std::int32_t tensor, std::int64_t top, std::int64_t left,
                  const std::vector<std::int32_t>& shape, const Dims& strides = {1, 1}) {
  Importer& importer = node.importer;
  const std::int32_t h = extent(strides[0]), w = extent(strides[1]);
  const auto y = extent(top), x = extent(left);
  return importer.add(schema::BuiltinOperator_STRIDED_SLICE,
                      {tensor, importer.integers({0, y, x, 0}),
                       importer.integers({shape[0], y + (shape[1] - 1) * h + 1,
                                          x + (shape[2] - 1) * w + 1, shape[3]}),
                       importer.integers({1, h, w, 1})},
                      shape, schema::StridedSliceOptionsT());
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

// A pool of dilated windows whose pads are in the tensor: every dilation-th row and column is an
// image of its own, in which windows are whole.
template <class Options>
std::int32_t pool_dilated(const Node& node, Code code, const Window& window, std::int32_t tensor,
                          const Options& options) {
  Importer& importer = node.importer;
  const std::vector<std::int32_t> image = importer.shape_of_tensor(tensor);
  std::vector<std::int32_t> phases = image, pooled, dense = image;
  std::vector<std::int32_t> blocks, pads, crops;
  std::size_t d = 1;
  for (const Side* const side : {&window.h, &window.w}) {
    const std::int32_t dilation = extent(side->dilation);
    phases[0] *= dilation;
    phases[d] = (image[d] + dilation - 1) / dilation;
    dense[d] = image[d] - extent(side->reach()) + 1;
    blocks.push_back(dilation);
    pads.insert(pads.end(), {0, phases[d] * dilation - image[d]});
    crops.insert(crops.end(), {0, (phases[d] - extent(side->window) + 1) * dilation - dense[d]});
    ++d;
  }
  pooled = phases;
  pooled[1] -= extent(window.h.window) - 1;
  pooled[2] -= extent(window.w.window) - 1;
  const std::int32_t block = importer.integers(blocks);
  tensor = importer.add(schema::BuiltinOperator_SPACE_TO_BATCH_ND,
                        {tensor, block, importer.integers(pads, {2, 2})}, phases);
  tensor = importer.add(code, {tensor}, pooled, options);
  tensor = importer.add(schema::BuiltinOperator_BATCH_TO_SPACE_ND,
                        {tensor, block, importer.integers(crops, {2, 2})}, dense);
  if (window.h.stride == 1 && window.w.stride == 1) return tensor;
  std::vector<std::int32_t> shape = dense;
  shape[1] = extent((dense[1] - 1) / window.h.stride + 1);
  shape[2] = extent((dense[2] - 1) / window.w.stride + 1);
  return crop(node, tensor, 0, 0, shape, {window.h.stride, window.w.stride});
}

// How many elements of window `i` are in the image, or in it and its pads.
std::int64_t count_inside(const Side& side, std::int64_t i, bool counts_pads) {
  const std::int64_t begin = counts_pads ? -side.before : 0;
  const std::int64_t end = side.input + (counts_pads ? side.after - side.beyond : 0);
  std::int64_t count = 0;
  for (std::int64_t tap = 0; tap < side.window; ++tap) {
    const std::int64_t at = i * side.stride - side.before + tap * side.dilation;
    count += at >= begin && at < end ? 1 : 0;
  }
  return count;
}

// Averages over windows in which all that is outside of the image counts as zeros become those
// without it, or with its pads alone: a factor for each window.
std::int32_t without_pads(const Node& node, const Window& window, std::int32_t tensor,
                          bool counts_pads) {
  Importer& importer = node.importer;
  const std::vector<std::int32_t> shape = importer.shape_of_tensor(tensor);
  const auto all = static_cast<float>(window.h.window * window.w.window);
  std::vector<float> factors;
  for (std::int32_t y = 0; y < shape[1]; ++y) {
    for (std::int32_t x = 0; x < shape[2]; ++x) {
      const std::int64_t inside =
          count_inside(window.h, y, counts_pads) * count_inside(window.w, x, counts_pads);
      node.require(inside > 0, "a window has nothing but pads");
      factors.push_back(all / static_cast<float>(inside));
    }
  }
  return importer.add(schema::BuiltinOperator_MUL,
                      {tensor, importer.reals(factors, {1, shape[1], shape[2], 1})}, shape,
                      schema::MulOptionsT());
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

void read_pool(const Node& node) {
  const Image image = image_of(node);
  node.require(node.attribute("kernel_shape") != nullptr, "kernel_shape is missing");
  const Dims kernel = of_sides(node, image, "kernel_shape", 1);
  node.require(node.outputs() == 1, "the indices of the maxima are asked for");
  const Window window = window_of(node, image, kernel[0], kernel[1]);
  const bool is_max = node.kind() == "MaxPool";
  const Code code =
      is_max ? schema::BuiltinOperator_MAX_POOL_2D : schema::BuiltinOperator_AVERAGE_POOL_2D;
  const bool counts_pads = !is_max && node.integer("count_include_pad", 0) != 0;
  std::int32_t tensor = tensor_of_image(node, image);
  // SAME leaves what is outside of the image out, a PAD counts it as 0.
  const bool is_same =
      window.is_padded() && window.is_same() && !counts_pads && !window.is_dilated();
  const bool is_padded = window.is_padded() && !is_same;
  if (is_padded) {
    const bool is_mirror = is_max && !is_never_negative(node.importer.network(), tensor);
    node.require(!is_mirror || has_mirror(window),
                 "pads of more than half a window, or of a dilated one, beside values below 0");
    tensor = pad(node, window, tensor, is_mirror);
  }
  auto options = options_of_window<schema::Pool2DOptionsT>(
      window, is_same ? schema::Padding_SAME : schema::Padding_VALID);
  const Dims dims{image.dims[0], image.dims[1], window.h.outputs(), window.w.outputs()};
  if (window.is_dilated()) {
    options.stride_h = options.stride_w = 1;
    tensor = pool_dilated(node, code, window, tensor, options);
  } else {
    tensor = node.importer.add(code, {tensor}, shape_in(channels_last(4), dims), options);
  }
  const bool is_beyond = window.h.beyond != 0 || window.w.beyond != 0;
  if (is_padded && !is_max && (!counts_pads || is_beyond)) {
    tensor = without_pads(node, window, tensor, counts_pads);
  }
  give_image(node, image, dims, tensor);
}

}  // namespace octet_quantizer::onnx_reader
