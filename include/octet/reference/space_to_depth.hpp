// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/types.hpp"
#include "octet/reference/index.hpp"

namespace octet::inline OCTET_BASELINE {

// Squares of block_size rows and columns of an NHWC tensor become channels, or the other way round.
// Input and output share one quantization.
struct SpaceToDepthParams {
  NhwcOperand input = {};
  std::int32_t block_size = 1;
};
struct DepthToSpaceParams {
  NhwcOperand input = {};
  std::int32_t block_size = 1;
};

OCTET_INLINE constexpr ShapeNhwc output_shape(const SpaceToDepthParams& p) {
  const ShapeNhwc& in = p.input.shape;
  const std::int32_t block = p.block_size;
  if (block < 1) return in;
  const std::int64_t c = detail::product({in.c, block, block});
  return {in.n, in.h / block, in.w / block, detail::saturated_extent(c)};
}

OCTET_INLINE constexpr ShapeNhwc output_shape(const DepthToSpaceParams& p) {
  const ShapeNhwc& in = p.input.shape;
  const std::int64_t block = p.block_size;
  if (block < 1) return in;
  return {in.n, detail::saturated_extent(in.h * block), detail::saturated_extent(in.w * block),
          static_cast<std::int32_t>(in.c / (block * block))};
}

namespace reference {

// visit(i, j) for every element of `image`, at place i, where j is its place among `squares`, whose
// channels are squares of that many rows and columns of the image.
template <class Visit>
constexpr void for_each_in_squares(const ShapeNhwc& image, const ShapeNhwc& squares,
                                   std::int64_t block_size, const Visit& visit) {
  for (std::int64_t i = 0; i < image.size(); ++i) {
    const std::int64_t c = i % image.c, x = i / image.c % image.w,
                       y = i / image.c / image.w % image.h, n = i / image.c / image.w / image.h,
                       b = block_size;
    visit(i, index(squares, n, y / b, x / b, (y % b * b + x % b) * image.c + c));
  }
}

// Squares become channels
//
//   output[n][y][x][(ky * block_size + kx) * channels + c] =
//       input[n][y * block_size + ky][x * block_size + kx][c]
//
// with the input's number of channels. input: p.input, output: output_shape(p), dense; T: any.
// Source: SPACE_TO_DEPTH of TensorFlow Lite.
template <class T>
constexpr void space_to_depth(const SpaceToDepthParams& p, const T* input, T* output) {
  for_each_in_squares(p.input.shape, output_shape(p), p.block_size,
                      [&](std::int64_t i, std::int64_t j) { output[j] = input[i]; });
}

// Channels become squares, which undoes space_to_depth
//
//   output[n][y * block_size + ky][x * block_size + kx][c] =
//       input[n][y][x][(ky * block_size + kx) * channels + c]
//
// with the output's number of channels. Source: DEPTH_TO_SPACE of TensorFlow Lite.
template <class T>
constexpr void depth_to_space(const DepthToSpaceParams& p, const T* input, T* output) {
  for_each_in_squares(output_shape(p), p.input.shape, p.block_size,
                      [&](std::int64_t i, std::int64_t j) { output[i] = input[j]; });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
