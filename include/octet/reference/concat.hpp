// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// Tensors side by side along dimension `axis`; in all others they have the same extents. They and
// the output share one quantization.
struct ConcatParams {
  std::span<const Operand> inputs = {};  // no longer needed once the operation is prepared
  std::int32_t axis = 0;
};

OCTET_INLINE constexpr Shape output_shape(const ConcatParams& p) {
  if (p.inputs.empty()) return {};
  Shape shape = p.inputs[0].shape;
  if (p.axis < 0 || p.axis >= kMaxRank) return shape;
  std::int64_t extent = 0;
  for (const Operand& input : p.inputs) {
    extent = detail::saturated_extent(extent + input.shape.extent[p.axis]);
  }
  shape.extent[p.axis] = static_cast<std::int32_t>(extent);
  return shape;
}

namespace reference {

// Concatenation
//
//   output[..., begin_k + i, ...] = inputs[k][..., i, ...]
//
// with the index of dimension p.axis in the middle, and begin_k the sum of the extents that the
// inputs before k have there. inputs: p.inputs, output: output_shape(p), dense, row-major; T: any.
// Source: CONCATENATION of TensorFlow Lite.
template <class T>
constexpr void concat(const ConcatParams& p, const T* const* inputs, T* output) {
  const Shape out = output_shape(p);
  std::int64_t rows = 1, inner = 1;
  for (std::int32_t d = 0; d < p.axis; ++d) rows *= out.extent[d];
  for (std::int32_t d = p.axis + 1; d < out.rank; ++d) inner *= out.extent[d];
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::size_t k = 0; k < p.inputs.size(); ++k) {
      const std::int64_t width = p.inputs[k].shape.extent[p.axis] * inner;
      for (std::int64_t i = 0; i < width; ++i) *output++ = inputs[k][r * width + i];
    }
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
