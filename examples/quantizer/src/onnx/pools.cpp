// SPDX-License-Identifier: Apache-2.0
// Pools of maxima and averages.
#include <algorithm>
#include <vector>

#include "windows.hpp"

namespace octet_quantizer::onnx_reader {

namespace {

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
  const std::int64_t first = i * side.stride - side.before;
  const auto before = [&](std::int64_t end) {
    const std::int64_t taps = (end - first + side.dilation - 1) / side.dilation;
    return end <= first ? 0 : std::min(taps, side.window);
  };
  return before(side.input + (counts_pads ? side.after - side.beyond : 0)) -
         before(counts_pads ? -side.before : 0);
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
