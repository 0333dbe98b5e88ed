// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/types.hpp"
#include "octet/reference/index.hpp"

namespace octet::inline OCTET_BASELINE {

// Dimension 0 is the batch. All others are padded with `before` and `after` elements of `value` and
// cut into blocks of block[d]; element k of all blocks, in row-major order, makes part k of the
// output's batch. Dimensions that are not to change have blocks of 1. Input, value and output share
// one quantization.
struct SpaceToBatchNdParams {
  Operand input = {};
  std::int32_t block[kMaxRank] = {1, 1, 1, 1, 1, 1};
  std::int32_t before[kMaxRank] = {}, after[kMaxRank] = {};
  std::int64_t value = 0;
};

// The way back: elements `before` and `after` the others are left out.
struct BatchToSpaceNdParams {
  Operand input = {};
  std::int32_t block[kMaxRank] = {1, 1, 1, 1, 1, 1};
  std::int32_t before[kMaxRank] = {}, after[kMaxRank] = {};
};

namespace detail {

// Elements of a block.
template <class Params>
constexpr std::int64_t block_size(const Params& p) {
  std::int64_t size = 1;
  for (std::int32_t d = 0; d < p.input.shape.rank && d < kMaxRank; ++d) {
    size = saturating_multiply(size, p.block[d]);
  }
  return size;
}

// Where element k of a block lies along each dimension.
template <class Params>
constexpr void place_in_block(const Params& p, std::int64_t k, std::int64_t (&at)[kMaxRank]) {
  for (std::int32_t d = p.input.shape.rank - 1; d >= 0; --d) {
    at[d] = k % p.block[d];
    k /= p.block[d];
  }
}

}  // namespace detail

OCTET_INLINE constexpr Shape output_shape(const SpaceToBatchNdParams& p) {
  Shape shape = p.input.shape;
  for (std::int32_t d = 0; d < shape.rank && d < kMaxRank; ++d) {
    const std::int64_t padded = std::int64_t{shape.extent[d]} + p.before[d] + p.after[d];
    shape.extent[d] = detail::saturated_extent(p.block[d] < 1 ? padded : padded / p.block[d]);
  }
  const std::int64_t batch =
      detail::saturating_multiply(p.input.shape.extent[0], detail::block_size(p));
  if (shape.rank > 0) shape.extent[0] = detail::saturated_extent(batch);
  return shape;
}

OCTET_INLINE constexpr Shape output_shape(const BatchToSpaceNdParams& p) {
  Shape shape = p.input.shape;
  for (std::int32_t d = 1; d < shape.rank && d < kMaxRank; ++d) {
    const std::int64_t whole = std::int64_t{shape.extent[d]} * p.block[d];
    shape.extent[d] = detail::saturated_extent(whole - p.before[d] - p.after[d]);
  }
  const std::int64_t parts = detail::block_size(p);
  if (parts > 0) shape.extent[0] = static_cast<std::int32_t>(shape.extent[0] / parts);
  return shape;
}

namespace reference {

// The place in `image` of the element at place `at` among its blocks, which are batches; false
// where that is padding.
template <class Params>
constexpr bool place_in_image(const Params& p, const Shape& image, std::int64_t (&at)[kMaxRank]) {
  std::int64_t place[kMaxRank] = {};
  detail::place_in_block(p, at[0] / image.extent[0], place);
  at[0] %= image.extent[0];
  bool inside = true;
  for (std::int32_t d = 1; d < image.rank; ++d) {
    at[d] = at[d] * p.block[d] + place[d] - p.before[d];
    inside = inside && at[d] >= 0 && at[d] < image.extent[d];
  }
  return inside;
}

// Blocks become batches
//
//   output[k * batch + n][i1][i2]... =
//       input[n][i1 * block[1] + k1 - before[1]][i2 * block[2] + k2 - before[2]]...
//
// with the input's batch and k1, k2, ... the place of element k in a block, and `value` where that
// is no element of the input. input: p.input, output: output_shape(p), dense, row-major; T: any
// integer. Source: SPACE_TO_BATCH_ND of TensorFlow Lite.
template <class T>
constexpr void space_to_batch_nd(const SpaceToBatchNdParams& p, const T* input, T* output) {
  const Shape& in = p.input.shape;
  for_each_index(output_shape(p), [&](std::int64_t i, std::int64_t(&at)[kMaxRank]) {
    output[i] = place_in_image(p, in, at) ? input[index(in, at)] : static_cast<T>(p.value);
  });
}

// Batches become blocks
//
//   output[n][i1 * block[1] + k1 - before[1]][i2 * block[2] + k2 - before[2]]... =
//       input[k * batch + n][i1][i2]...
//
// with the output's batch, where that is an element of the output.
// Source: BATCH_TO_SPACE_ND of TensorFlow Lite.
template <class T>
constexpr void batch_to_space_nd(const BatchToSpaceNdParams& p, const T* input, T* output) {
  const Shape out = output_shape(p);
  for_each_index(p.input.shape, [&](std::int64_t i, std::int64_t(&at)[kMaxRank]) {
    if (place_in_image(p, out, at)) output[index(out, at)] = input[i];
  });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
