// SPDX-License-Identifier: Apache-2.0
// Windows over images, which convolutions and pools share: ONNX pads by numbers, .tflite by SAME
// and VALID, and by a PAD before.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "importer.hpp"

namespace octet_quantizer::onnx_reader {

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

Image image_of(const Node& node);

std::int32_t tensor_of_image(const Node& node, const Image& image);

// `tensor` has these dimensions as NHWC.
void give_image(const Node& node, const Image& image, Dims dims, std::int32_t tensor);

// One number for height and width, or with `each` 2 both before those behind; `nothing` for the
// height of a single row and where the attribute is left out.
Dims of_sides(const Node& node, const Image& image, std::string_view name, std::int64_t nothing,
              std::size_t each = 1);

std::string automatic_pads(const Node& node);

// The attributes of a window of that size over an image.
Window window_of(const Node& node, const Image& image, std::int64_t height, std::int64_t width);

// The tensor with the window's pads: as elements of 0, or as a mirror that shows the edge twice.
std::int32_t pad(const Node& node, const Window& window, std::int32_t tensor,
                 bool is_mirror = false);

// Rows and columns from there on, as many as the shape has.
std::int32_t crop(const Node& node, std::int32_t tensor, std::int64_t top, std::int64_t left,
                  const std::vector<std::int32_t>& shape, const Dims& strides = {1, 1});

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

}  // namespace octet_quantizer::onnx_reader
