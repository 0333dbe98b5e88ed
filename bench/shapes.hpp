// SPDX-License-Identifier: Apache-2.0
// The shapes of every benchmark, in one place.
#pragma once

#include <cstdint>
#include <string>

#include "octet/reference.hpp"

namespace octet_bench {

// c: m x n, depth k
struct GemmShape {
  std::int32_t m, n, k;
};

inline constexpr GemmShape kGemmShapes[] = {
    {64, 64, 64},
    {128, 128, 128},
    {256, 256, 256},
    {512, 512, 512},
    {1024, 1024, 1024},
    {2048, 2048, 2048},
    // MobileNetV2, pointwise convolutions
    {12544, 16, 32},
    {3136, 24, 96},
    {784, 32, 144},
    {196, 64, 384},
    {49, 320, 960},
    // ResNet-50, 3x3 convolutions as matrix products
    {3136, 64, 576},
    {784, 128, 1152},
    {196, 256, 2304},
    {49, 512, 4608},
    // ResNet-50, pointwise convolutions
    {3136, 256, 64},
    {49, 2048, 512},
    // BERT-base, 128 tokens
    {128, 768, 768},
    {128, 3072, 768},
    {128, 768, 3072},
    // Classifiers and fully connected layers, small batches
    {1, 1000, 1280},
    {1, 4096, 4096},
    {4, 4096, 4096},
    {8, 4096, 4096},
    {16, 4096, 4096},
    // MLPerf Tiny, keyword spotting
    {125, 64, 64},
    {1, 12, 64},
};

// One image, square filters, padded so that the output has ceil(input / stride) positions.
struct Conv2dShape {
  std::int32_t h, w, channels, filter, stride, filters;
};

inline constexpr Conv2dShape kConv2dShapes[] = {
    // ResNet-50
    {224, 224, 3, 7, 2, 64},
    {56, 56, 64, 3, 1, 64},
    {28, 28, 128, 3, 1, 128},
    {14, 14, 256, 3, 1, 256},
    {7, 7, 512, 3, 1, 512},
    {56, 56, 64, 1, 1, 256},
    {56, 56, 256, 1, 2, 512},
    // MLPerf Tiny: image classification, keyword spotting
    {32, 32, 16, 3, 1, 16},
    {25, 5, 64, 1, 1, 64},
};

// One image, square windows, padded so that the output has ceil(input / stride) positions.
struct WindowShape {
  std::int32_t h, w, channels, filter, stride;
};
struct DepthwiseConv2dShape : WindowShape {};
struct Pool2dShape : WindowShape {};

inline constexpr DepthwiseConv2dShape kDepthwiseConv2dShapes[] = {
    // MobileNetV2
    {112, 112, 32, 3, 1},
    {112, 112, 96, 3, 2},
    {56, 56, 144, 3, 1},
    {56, 56, 144, 3, 2},
    {28, 28, 192, 3, 1},
    {28, 28, 192, 3, 2},
    {14, 14, 576, 3, 1},
    {14, 14, 576, 3, 2},
    {7, 7, 960, 3, 1},
    // MobileNetV3-Large, its 5x5 layers
    {56, 56, 72, 5, 2},
    {28, 28, 120, 5, 1},
    {14, 14, 672, 5, 2},
    {7, 7, 960, 5, 1},
    // MLPerf Tiny, keyword spotting
    {25, 5, 64, 3, 1},
};

inline constexpr Pool2dShape kPool2dShapes[] = {
    // ResNet-50: its first pooling
    {112, 112, 64, 3, 2},
    // Inception-v3
    {35, 35, 192, 3, 1},
    {17, 17, 768, 3, 1},
    // VGG, and a small network
    {56, 56, 256, 2, 2},
    {28, 28, 16, 2, 2},
    // Whole images: MobileNetV2; MLPerf Tiny, image classification
    {7, 7, 1280, 7, 7},
    {8, 8, 64, 8, 8},
};

// Elements: one cache line, and activations of ResNet-50 that fill L1, L2 and more.
inline constexpr std::int64_t kRequantizeCounts[] = {64, 25088, 200704, 802816};

namespace detail {

// "56x56x64_3x3", "112x112x96_3x3s2"
template <class Shape>
std::string window_name(const Shape& shape) {
  const std::string filter = std::to_string(shape.filter);
  std::string name = std::to_string(shape.h) + "x" + std::to_string(shape.w) + "x" +
                     std::to_string(shape.channels) + "_" + filter + "x" + filter;
  if (shape.stride != 1) name += "s" + std::to_string(shape.stride);
  return name;
}

template <class Shape>
octet::Padding padding(const Shape& shape) {
  return octet::same_padding({1, shape.h, shape.w, shape.channels}, {shape.filter, shape.filter},
                             {shape.stride, shape.stride});
}

}  // namespace detail

inline std::string name(const GemmShape& shape) {
  return std::to_string(shape.m) + "x" + std::to_string(shape.n) + "x" + std::to_string(shape.k);
}

inline std::string name(const Conv2dShape& shape) {
  return detail::window_name(shape) + "_" + std::to_string(shape.filters);
}

inline std::string name(const DepthwiseConv2dShape& shape) { return detail::window_name(shape); }

inline std::string name(const Pool2dShape& shape) { return detail::window_name(shape); }

inline octet::GemmParams params(const GemmShape& shape) {
  return {.m = shape.m, .n = shape.n, .k = shape.k};
}

inline octet::Conv2dParams params(const Conv2dShape& shape) {
  return {.input = {{1, shape.h, shape.w, shape.channels}},
          .filter = {shape.filters, shape.filter, shape.filter, shape.channels},
          .stride = {shape.stride},
          .padding = detail::padding(shape)};
}

inline octet::DepthwiseConv2dParams params(const DepthwiseConv2dShape& shape) {
  return {.input = {{1, shape.h, shape.w, shape.channels}},
          .filter = {shape.filter, shape.filter},
          .stride = {shape.stride},
          .padding = detail::padding(shape)};
}

inline octet::Pool2dParams params(const Pool2dShape& shape) {
  return {.input = {{1, shape.h, shape.w, shape.channels}},
          .filter = {shape.filter, shape.filter},
          .stride = {shape.stride},
          .padding = detail::padding(shape)};
}

}  // namespace octet_bench
