// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/types.hpp"
#include "octet/reference/index.hpp"

namespace octet::inline OCTET_BASELINE {

// The whole tensor multiples[d] times along dimension d.
struct TileParams {
  Operand input = {};
  std::int32_t multiples[kMaxRank] = {1, 1, 1, 1, 1, 1};
};

// Extents of 1 repeated, and dimensions put before the first one, until the shape is `shape`.
struct BroadcastToParams {
  Operand input = {};
  Shape shape = {};
};

OCTET_INLINE constexpr Shape output_shape(const TileParams& p) {
  Shape shape = p.input.shape;
  for (std::int32_t d = 0; d < shape.rank && d < kMaxRank; ++d) {
    shape.extent[d] = detail::saturated_extent(std::int64_t{shape.extent[d]} * p.multiples[d]);
  }
  return shape;
}

OCTET_INLINE constexpr Shape output_shape(const BroadcastToParams& p) { return p.shape; }

namespace reference {

// A tensor repeated
//
//   output[i0][i1]... = input[i0 % extent[0]][i1 % extent[1]]...
//
// input: p.input, output: output_shape(p), dense, row-major, of one quantization; T: any.
// Source: TILE of TensorFlow Lite.
template <class T>
constexpr void tile(const TileParams& p, const T* input, T* output) {
  for_each_index(output_shape(p), [&](std::int64_t i, std::int64_t(&at)[kMaxRank]) {
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) at[d] %= p.input.shape.extent[d];
    output[i] = input[index(p.input.shape, at)];
  });
}

// A tensor of a larger shape, as NumPy broadcasts
//
//   output[...][i0][i1]... = input[i0 % extent[0]][i1 % extent[1]]...
//
// where each extent of the input is 1 or that of the output. input: p.input, output: p.shape,
// dense, row-major, of one quantization; T: any.
// Source: BROADCAST_TO of TensorFlow Lite.
template <class T>
constexpr void broadcast_to(const BroadcastToParams& p, const T* input, T* output) {
  for_each_index(p.shape, [&](std::int64_t i, const std::int64_t(&at)[kMaxRank]) {
    std::int64_t from[kMaxRank] = {};
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      from[d] = at[d + p.shape.rank - p.input.shape.rank] % p.input.shape.extent[d];
    }
    output[i] = input[index(p.input.shape, from)];
  });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
