// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/types.hpp"
#include "octet/reference/index.hpp"

namespace octet::inline OCTET_BASELINE {

// Slices along dimension `axis`, chosen by indices; the first `batch_dims` dimensions of both have
// their own indices each. Input and output share one quantization.
struct GatherParams {
  Operand input = {};
  Shape indices = {};
  std::int32_t axis = 0;
  std::int32_t batch_dims = 0;
};

// Slices chosen by the places that the last dimension of the indices holds, one index for each of
// the first dimensions of the input.
struct GatherNdParams {
  Operand input = {};
  Shape indices = {};
};

namespace detail {

// The dimensions of a from `begin` on and before `end`, behind those of `shape`; rank kMaxRank + 1
// where there are too many.
OCTET_INLINE constexpr void append_extents(Shape& shape, const Shape& a, std::int32_t begin,
                                           std::int32_t end) {
  for (std::int32_t d = begin < 0 ? 0 : begin; d < end && d < kMaxRank; ++d) {
    if (shape.rank > kMaxRank) return;
    if (shape.rank < kMaxRank) shape.extent[shape.rank] = a.extent[d];
    ++shape.rank;
  }
}

// No index leads out of a dimension: those that would stand for its first or last element.
OCTET_INLINE constexpr std::int64_t clamped_index(std::int32_t index, std::int64_t extent) {
  return index < 0 ? 0 : index < extent ? index : extent - 1;
}

}  // namespace detail

OCTET_INLINE constexpr Shape output_shape(const GatherParams& p) {
  Shape shape;
  detail::append_extents(shape, p.input.shape, 0, p.axis);
  detail::append_extents(shape, p.indices, p.batch_dims, p.indices.rank);
  const std::int32_t behind = p.axis < 0 ? 0 : p.axis < kMaxRank ? p.axis + 1 : kMaxRank;
  detail::append_extents(shape, p.input.shape, behind, p.input.shape.rank);
  return shape;
}

OCTET_INLINE constexpr Shape output_shape(const GatherNdParams& p) {
  Shape shape;
  if (p.indices.rank < 1 || p.indices.rank > kMaxRank) return shape;
  detail::append_extents(shape, p.indices, 0, p.indices.rank - 1);
  detail::append_extents(shape, p.input.shape, p.indices.extent[p.indices.rank - 1],
                         p.input.shape.rank);
  return shape;
}

namespace reference {

// Slices chosen by indices
//
//   output[b...][o...][i...][n...] = input[b...][o...][indices[b...][i...]][n...]
//
// with batch_dims indices b, and i for the other dimensions of the indices; b and o are the
// dimensions of the input before `axis`. An index outside of the dimension stands for the nearest
// inside. input: p.input, indices: p.indices, output: output_shape(p), dense, row-major; T: any.
// Source: GATHER of TensorFlow Lite, which fails where an index is outside.
template <class T>
constexpr void gather(const GatherParams& p, const T* input, const std::int32_t* indices,
                      T* output) {
  const std::int32_t chosen = p.indices.rank - p.batch_dims;
  for_each_index(output_shape(p), [&](std::int64_t i, const std::int64_t(&at)[kMaxRank]) {
    std::int64_t from[kMaxRank] = {}, which[kMaxRank] = {};
    for (std::int32_t d = 0; d < p.batch_dims; ++d) which[d] = at[d];
    for (std::int32_t d = 0; d < chosen; ++d) which[p.batch_dims + d] = at[p.axis + d];
    for (std::int32_t d = 0; d < p.axis; ++d) from[d] = at[d];
    from[p.axis] =
        detail::clamped_index(indices[index(p.indices, which)], p.input.shape.extent[p.axis]);
    for (std::int32_t d = p.axis + 1; d < p.input.shape.rank; ++d) from[d] = at[chosen + d - 1];
    output[i] = input[index(p.input.shape, from)];
  });
}

// Slices chosen by places
//
//   output[i...][n...] = input[indices[i...][0]][indices[i...][1]]...[n...]
//
// where an index outside of its dimension stands for the nearest inside. input: p.input, indices:
// p.indices, output: output_shape(p), dense, row-major; T: any.
// Source: GATHER_ND of TensorFlow Lite, which fails where an index is outside.
template <class T>
constexpr void gather_nd(const GatherNdParams& p, const T* input, const std::int32_t* indices,
                         T* output) {
  const std::int32_t places = p.indices.rank - 1, depth = p.indices.extent[places];
  for_each_index(output_shape(p), [&](std::int64_t i, const std::int64_t(&at)[kMaxRank]) {
    std::int64_t from[kMaxRank] = {}, which[kMaxRank] = {};
    for (std::int32_t d = 0; d < places; ++d) which[d] = at[d];
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      which[places] = d;
      from[d] = d < depth ? detail::clamped_index(indices[index(p.indices, which)],
                                                  p.input.shape.extent[d])
                          : at[places + d - depth];
    }
    output[i] = input[index(p.input.shape, from)];
  });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
