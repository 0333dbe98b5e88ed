// SPDX-License-Identifier: Apache-2.0
#include "windows.hpp"

#include <utility>

namespace octet_quantizer::onnx_reader {

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

void give_image(const Node& node, const Image& image, Dims dims, std::int32_t tensor) {
  if (image.rank() == 3) dims.erase(dims.begin() + 2);
  node.give(dims, tensor, channels_last(image.rank()));
}

Dims of_sides(const Node& node, const Image& image, std::string_view name, std::int64_t nothing,
              std::size_t each) {
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

std::string automatic_pads(const Node& node) {
  const std::string automatic = node.text("auto_pad", "NOTSET");
  if (automatic != "NOTSET" && automatic != "VALID" && automatic != "SAME_UPPER" &&
      automatic != "SAME_LOWER") {
    node.refuse("auto_pad is " + automatic);
  }
  return automatic;
}

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

std::int32_t pad(const Node& node, const Window& window, std::int32_t tensor, bool is_mirror) {
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

std::int32_t crop(const Node& node, std::int32_t tensor, std::int64_t top, std::int64_t left,
                  const std::vector<std::int32_t>& shape, const Dims& strides) {
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

}  // namespace octet_quantizer::onnx_reader
