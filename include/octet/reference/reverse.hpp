// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/types.hpp"
#include "octet/reference/index.hpp"

namespace octet::inline OCTET_BASELINE {

// Some dimensions from behind. Input and output share shape and quantization.
struct ReverseParams {
  Operand input = {};
  bool reverse[kMaxRank] = {};
};

OCTET_INLINE constexpr Shape output_shape(const ReverseParams& p) { return p.input.shape; }

namespace reference {

// Dimensions from behind
//
//   output[i0][i1]... = input[j0][j1]...  with j[d] = reverse[d] ? extent[d] - 1 - i[d] : i[d]
//
// input, output: p.input, dense, row-major; T: any.
// Source: REVERSE_V2 of TensorFlow Lite.
template <class T>
constexpr void reverse(const ReverseParams& p, const T* input, T* output) {
  for_each_index(p.input.shape, [&](std::int64_t i, std::int64_t(&at)[kMaxRank]) {
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      if (p.reverse[d]) at[d] = p.input.shape.extent[d] - 1 - at[d];
    }
    output[i] = input[index(p.input.shape, at)];
  });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
