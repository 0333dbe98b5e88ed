// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// A tensor cut along dimension `axis` into parts of `sizes`, which add up to its extent there. All
// share one quantization.
struct SplitParams {
  Operand input = {};
  std::int32_t axis = 0;
  std::span<const std::int32_t> sizes = {};  // no longer needed once the operation is prepared
};

// Of output k.
OCTET_INLINE constexpr Shape output_shape(const SplitParams& p, std::size_t k) {
  Shape shape = p.input.shape;
  if (p.axis < 0 || p.axis >= kMaxRank || k >= p.sizes.size()) return shape;
  shape.extent[p.axis] = p.sizes[k];
  return shape;
}

namespace reference {

// The parts of a tensor
//
//   outputs[k][..., i, ...] = input[..., begin_k + i, ...]
//
// with the index of dimension p.axis in the middle, and begin_k the sum of the sizes before k.
// input: p.input, outputs: output_shape(p, k), dense, row-major; T: any.
// Source: SPLIT and SPLIT_V of TensorFlow Lite.
template <class T>
constexpr void split(const SplitParams& p, const T* input, T* const* outputs) {
  const Shape& in = p.input.shape;
  std::int64_t rows = 1, inner = 1;
  for (std::int32_t d = 0; d < p.axis; ++d) rows *= in.extent[d];
  for (std::int32_t d = p.axis + 1; d < in.rank; ++d) inner *= in.extent[d];
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::size_t k = 0; k < p.sizes.size(); ++k) {
      const std::int64_t width = p.sizes[k] * inner;
      for (std::int64_t i = 0; i < width; ++i) outputs[k][r * width + i] = *input++;
    }
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
