// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/pad.hpp"

namespace octet::inline OCTET_BASELINE {

// Where a mirror stands: at the middle of the outermost element (3 2 1 2 3 4) or behind it
// (2 1 1 2 3 4).
enum class Mirror : std::uint8_t { reflect, symmetric };

// Elements mirrored before and after each dimension. Input and output share one quantization.
struct MirrorPadParams {
  Operand input = {};
  std::int32_t before[kMaxRank] = {}, after[kMaxRank] = {};
  Mirror mirror = Mirror::reflect;
};

OCTET_INLINE constexpr Shape output_shape(const MirrorPadParams& p) {
  return detail::padded_shape(p);
}

namespace reference {

// The input surrounded by its mirror images
//
//   output[i0][i1]... = input[j0][j1]...  with j[d] = mirrored(i[d] - before[d])
//
// where an index -k of a dimension is k, or k - 1 where the mirror is symmetric, and k behind the
// last one as far before it. input: p.input, output: output_shape(p), dense, row-major; T: any.
// Source: MIRROR_PAD of TensorFlow Lite.
template <class T>
constexpr void mirror_pad(const MirrorPadParams& p, const T* input, T* output) {
  const std::int64_t shift = p.mirror == Mirror::symmetric ? 1 : 0;
  for_each_index(output_shape(p), [&](std::int64_t i, std::int64_t(&at)[kMaxRank]) {
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      const std::int64_t last = p.input.shape.extent[d] - 1;
      at[d] -= p.before[d];
      if (at[d] < 0) at[d] = -at[d] - shift;
      if (at[d] > last) at[d] = 2 * last - at[d] + shift;
    }
    output[i] = input[index(p.input.shape, at)];
  });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
