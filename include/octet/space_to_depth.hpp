// SPDX-License-Identifier: Apache-2.0
// Squares of rows and columns as channels, and channels as squares.
#pragma once

#include "octet/transpose.hpp"
#include "octet/reference/space_to_depth.hpp"

namespace octet::inline OCTET_BASELINE {

// Both are transpositions of a tensor with the two dimensions of squares apart: of n, y, x and c,
// and of a square's rows ky and columns kx.
struct SpaceToDepthOperation : family::OperationOf<SpaceToDepthParams> {
  static constexpr const char* kName = "space_to_depth";

  template <class T>
  static constexpr Status validate(const SpaceToDepthParams& p) {
    const ShapeNhwc& in = p.input.shape;
    if (const Status s = check::extent("block_size", p.block_size); !s.ok()) return s;
    return check::first_refusal(
        {check::multiple_of("input.shape.h", in.h, "block_size", p.block_size),
         check::multiple_of("input.shape.w", in.w, "block_size", p.block_size),
         check::extent("output.c", detail::product({in.c, p.block_size, p.block_size}))});
  }

  static constexpr StridedCopy plan(const SpaceToDepthParams& p) {
    const auto [n, h, w, c] = p.input.shape;
    const std::int32_t block = p.block_size;
    return TransposeOperation::plan(
        {.input = {.shape = {6, {n, h / block, block, w / block, block, c}}},
         .perm = {0, 1, 3, 2, 4, 5}});
  }
};

struct DepthToSpaceOperation : family::OperationOf<DepthToSpaceParams> {
  static constexpr const char* kName = "depth_to_space";

  template <class T>
  static constexpr Status validate(const DepthToSpaceParams& p) {
    const auto [n, h, w, c] = p.input.shape;
    if (const Status s = check::extent("block_size", p.block_size); !s.ok()) return s;
    const std::int64_t block = p.block_size, square = block * block;
    if (c % square != 0) {
      return {StatusCode::invalid_shape, "input.shape.c", c, square, Relation::multiple_of, -1,
              "block_size * block_size"};
    }
    return check::first_refusal(
        {check::extent("output.h", h * block), check::extent("output.w", w * block)});
  }

  static constexpr StridedCopy plan(const DepthToSpaceParams& p) {
    const auto [n, h, w, c] = p.input.shape;
    const std::int32_t block = p.block_size;
    return TransposeOperation::plan(
        {.input = {.shape = {6, {n, h, w, block, block, output_shape(p).c}}},
         .perm = {0, 1, 3, 2, 4, 5}});
  }
};

// Each square of params.block_size rows and columns becomes one element of all its channels:
// reference::space_to_depth has the formula. input: params.input, NHWC, of rows and columns that
// block_size divides; output: output_shape(params), dense, of T (1, 2, 4 or 8 bytes) and of the
// same quantization. Source: SPACE_TO_DEPTH of TensorFlow Lite.
template <class T>
using SpaceToDepth = family::Move<SpaceToDepthOperation, T>;

// Undoes it, for a number of channels that block_size^2 divides: reference::depth_to_space.
// Source: DEPTH_TO_SPACE of TensorFlow Lite.
template <class T>
using DepthToSpace = family::Move<DepthToSpaceOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
