// SPDX-License-Identifier: Apache-2.0
// Nodes that resize images.
#include <algorithm>
#include <cmath>
#include <utility>

#include "importer.hpp"

namespace octet_quantizer::onnx_reader {

namespace {

// Where ONNX finds the nearest place along one dimension.
struct Nearest {
  std::string centers, rounding;
  std::int64_t from, to;
  float scale;

  std::int64_t operator()(std::int64_t i) const {
    const auto x = static_cast<double>(i);
    double at = x / double{scale};
    if (centers == "align_corners") {
      at = to == 1 ? 0 : x * static_cast<double>(from - 1) / static_cast<double>(to - 1);
    } else if (centers == "pytorch_half_pixel" && to == 1) {
      at = 0;
    } else if (centers != "asymmetric") {
      at = (x + 0.5) / double{scale} - 0.5;
    }
    const double place = rounding == "floor"               ? std::floor(at)
                         : rounding == "ceil"              ? std::ceil(at)
                         : rounding == "round_prefer_ceil" ? std::floor(at + 0.5)
                                                           : std::ceil(at - 0.5);
    return std::clamp(static_cast<std::int64_t>(place), std::int64_t{0}, from - 1);
  }
};

template <class Options>
Options resize_options(bool aligns_corners, bool has_half_pixels) {
  Options options;
  options.align_corners = aligns_corners;
  options.half_pixel_centers = has_half_pixels;
  return options;
}

// What Resize and Upsample make of an image: sizes, or scales times the image.
struct Resized {
  Dims dims;
  std::vector<float> scales;
  bool has_sizes = false;  // the scales follow from them, rounded

  Resized(const Node& node, const Dims& from) {
    const bool is_old = node.importer.operator_set < 11;  // scales are the second input
    if (!is_old && node.has_input(3)) {
      has_sizes = true;
      dims = node.integer_constant(3, "sizes");
      node.require(dims.size() == from.size(), "there is not one size for each dimension");
      for (std::size_t d = 0; d < from.size(); ++d) {
        scales.push_back(static_cast<float>(dims[d]) / static_cast<float>(from[d]));
      }
      return;
    }
    if (const auto* const given = node.attribute("scales")) {
      scales.assign(given->floats().begin(), given->floats().end());
    } else {
      scales = node.real_constant(is_old ? 1 : 2, "scales").reals;
    }
    node.require(scales.size() == from.size(), "there is not one scale for each dimension");
    for (std::size_t d = 0; d < from.size(); ++d) {
      const float size = std::floor(static_cast<float>(from[d]) * scales[d]);
      node.require(size > 0 && size < 0x1p31f, "a scale is out of range");
      dims.push_back(static_cast<std::int64_t>(size));
    }
  }

  // Whether the scales are those of whole images: others place points elsewhere.
  bool is_exact(const Dims& from) const {
    if (has_sizes) return true;
    for (std::size_t d = 0; d < from.size(); ++d) {
      if (static_cast<float>(from[d]) * scales[d] != static_cast<float>(dims[d])) return false;
    }
    return true;
  }
};

}  // namespace

void read_resize(const Node& node) {
  Value& x = node.input(0);
  const std::size_t rank = x.dims.size();
  node.require(rank == 3 || rank == 4, "the input is neither of rank 3 nor 4");
  node.require(node.attribute("axes") == nullptr, "axes are not read");
  node.require(node.integer("antialias", 0) == 0, "antialias has no counterpart");
  node.require(node.text("keep_aspect_ratio_policy", "stretch") == "stretch",
               "keep_aspect_ratio_policy is not stretch");
  const Resized resized(node, x.dims);
  const Dims& dims = resized.dims;
  node.require(dims[0] == x.dims[0] && dims[1] == x.dims[1] &&
                   std::ranges::all_of(dims, [](std::int64_t size) { return size > 0; }),
               "other dimensions than height and width change");
  // Before operator set 11 there was one way.
  const std::string centers =
      node.text("coordinate_transformation_mode",
                node.importer.operator_set < 11 ? "asymmetric" : "half_pixel");
  const bool aligns_corners = centers == "align_corners";
  const bool has_half_pixels = centers == "half_pixel" || centers == "pytorch_half_pixel";
  node.require(aligns_corners || has_half_pixels || centers == "asymmetric",
               "coordinate_transformation_mode has no counterpart");
  Importer& importer = node.importer;
  const Order order = channels_last(rank);
  const std::vector<std::int32_t> shape = shape_in(order, dims);
  const std::int32_t input = importer.tensor(x, order);
  const std::string mode = node.text("mode", "nearest");
  if (mode == "nearest") {
    const std::string rounding =
        node.text("nearest_mode", node.importer.operator_set < 11 ? "floor" : "round_prefer_floor");
    std::vector<std::vector<std::int32_t>> places;  // of each dimension behind the channels
    bool has_counterpart = !aligns_corners;
    for (std::size_t d = 2; d < rank; ++d) {
      const Nearest nearest{centers, rounding, x.dims[d], dims[d], resized.scales[d]};
      std::vector<std::int32_t>& of_side = places.emplace_back();
      for (std::int64_t i = 0; i < dims[d]; ++i) {
        of_side.push_back(extent(nearest(i)));
        // .tflite rounds down, with half pixels from the middle of what the place covers.
        const std::int64_t middle = has_half_pixels ? 2 * i + 1 : 2 * i;
        has_counterpart = has_counterpart && of_side.back() == middle * x.dims[d] / (2 * dims[d]);
      }
    }
    if (!has_counterpart) {
      std::int32_t result = input;
      for (std::size_t i = 0; i < places.size(); ++i) {
        const auto axis = place_of(i + 2, order);
        if (dims[i + 2] != x.dims[i + 2]) result = importer.gather(result, axis, places[i]);
      }
      return node.give(dims, result, order);
    }
    const std::int32_t result =
        importer.add(schema::BuiltinOperator_RESIZE_NEAREST_NEIGHBOR,
                     {input, importer.integers({shape[1], shape[2]})}, shape,
                     resize_options<schema::ResizeNearestNeighborOptionsT>(false, has_half_pixels));
    return node.give(dims, result, order);
  }
  node.require(mode == "linear", "the mode is neither nearest nor linear");
  node.require(resized.is_exact(x.dims), "a scale gives no whole size");
  for (std::size_t d = 2; d < rank; ++d) {
    node.require(centers != "pytorch_half_pixel" || dims[d] > 1 || x.dims[d] == 1,
                 "pytorch_half_pixel differs for one row or column");
  }
  const std::int32_t result = importer.add(
      schema::BuiltinOperator_RESIZE_BILINEAR, {input, importer.integers({shape[1], shape[2]})},
      shape, resize_options<schema::ResizeBilinearOptionsT>(aligns_corners, has_half_pixels));
  node.give(dims, result, order);
}

}  // namespace octet_quantizer::onnx_reader
