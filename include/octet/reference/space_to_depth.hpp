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

// Squares become channels
//
//   output[n][y][x][(ky * block_size + kx) * channels + c] =
//       input[n][y * block_size + ky][x * block_size + kx][c]
//
// with the input's number of channels. input: p.input, output: output_shape(p), dense; T: any.
// Source: SPACE_TO_DEPTH of TensorFlow Lite.
template <class T>
constexpr void space_to_depth(const SpaceToDepthParams& p, const T* input, T* output) {
  const ShapeNhwc &in = p.input.shape, out = output_shape(p);
  for (std::int64_t i = 0; i < in.size(); ++i) {
    const std::int64_t c = i % in.c, x = i / in.c % in.w, y = i / in.c / in.w % in.h,
                       n = i / in.c / in.w / in.h, b = p.block_size;
    const std::int64_t channel = (y % b * b + x % b) * in.c + c;
    output[index(out, n, y / b, x / b, channel)] = input[i];
  }
}

// Channels become squares, which undoes space_to_depth
//
//   output[n][y * block_size + ky][x * block_size + kx][c] =
//       input[n][y][x][(ky * block_size + kx) * channels + c]
//
// with the output's number of channels. Source: DEPTH_TO_SPACE of TensorFlow Lite.
template <class T>
constexpr void depth_to_space(const DepthToSpaceParams& p, const T* input, T* output) {
  const ShapeNhwc &in = p.input.shape, out = output_shape(p);
  for (std::int64_t i = 0; i < out.size(); ++i) {
    const std::int64_t c = i % out.c, x = i / out.c % out.w, y = i / out.c / out.w % out.h,
                       n = i / out.c / out.w / out.h, b = p.block_size;
    const std::int64_t channel = (y % b * b + x % b) * out.c + c;
    output[i] = input[index(in, n, y / b, x / b, channel)];
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
