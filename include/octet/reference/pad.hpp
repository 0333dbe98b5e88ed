// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/types.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// Elements of `value` added before and after each dimension.
struct PadParams {
  Shape input = {};
  std::int32_t before[kMaxRank] = {};
  std::int32_t after[kMaxRank] = {};
  std::int32_t value = 0;
};

OCTET_INLINE constexpr Shape output_shape(const PadParams& p) {
  Shape shape = p.input;
  for (std::int32_t i = 0; i < shape.rank; ++i) shape.extent[i] += p.before[i] + p.after[i];
  return shape;
}

namespace reference {

// The input surrounded by `value`
//
//   y[i0][i1]... = x[i0 - before[0]][i1 - before[1]]... where that is an element of x, else value
//
// x, y: dense, row-major, of p.input and output_shape(p).
template <class T>
constexpr void pad(const PadParams& p, const T* x, T* y) {
  const Shape out = output_shape(p);
  const std::int64_t count = out.size();
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t rest = i, source = 0, stride = 1;
    bool inside = true;
    for (std::int32_t d = out.rank - 1; d >= 0; --d) {
      const std::int64_t position = rest % out.extent[d] - p.before[d];
      inside = inside && position >= 0 && position < p.input.extent[d];
      source += position * stride;
      stride *= p.input.extent[d];
      rest /= out.extent[d];
    }
    y[i] = inside ? x[source] : static_cast<T>(p.value);
  }
}

}  // namespace reference
}  // namespace OCTET_BASELINE
}  // namespace octet
