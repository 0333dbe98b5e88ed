// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/types.hpp"
#include "octet/reference/index.hpp"

namespace octet::inline OCTET_BASELINE {

// Dimension d of the output is dimension perm[d] of the input. Both share one quantization.
struct TransposeParams {
  Operand input = {};
  std::int32_t perm[kMaxRank] = {0, 1, 2, 3, 4, 5};
};

OCTET_INLINE constexpr Shape output_shape(const TransposeParams& p) {
  Shape shape = p.input.shape;
  for (std::int32_t d = 0; d < shape.rank && d < kMaxRank; ++d) {
    const bool is_dimension = p.perm[d] >= 0 && p.perm[d] < kMaxRank;
    if (is_dimension) shape.extent[d] = p.input.shape.extent[p.perm[d]];
  }
  return shape;
}

namespace reference {

// Dimensions in another order
//
//   output[i0][i1]... = input[j0][j1]...  with j[perm[d]] = i[d]
//
// input: p.input, output: output_shape(p), dense, row-major; T: any.
// Source: TRANSPOSE of TensorFlow Lite.
template <class T>
constexpr void transpose(const TransposeParams& p, const T* input, T* output) {
  for_each_index(output_shape(p), [&](std::int64_t i, const std::int64_t(&at)[kMaxRank]) {
    std::int64_t from[kMaxRank] = {};
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) from[p.perm[d]] = at[d];
    output[i] = input[index(p.input.shape, from)];
  });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
