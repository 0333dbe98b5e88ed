// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// The shape of what two tensors are combined to, element by element: they are aligned at their last
// dimensions, and an extent of 1 is repeated, as in NumPy. Rank -1 if they do not fit together.
constexpr Shape broadcast_shape(const Shape& a, const Shape& b) {
  Shape out{a.rank > b.rank ? a.rank : b.rank, {}};
  if (out.rank > kMaxRank) return {-1, {}};
  for (std::int32_t d = 0; d < out.rank; ++d) {
    const std::int32_t of_a = d - (out.rank - a.rank), of_b = d - (out.rank - b.rank);
    const std::int32_t extent_a = of_a < 0 ? 1 : a.extent[of_a];
    const std::int32_t extent_b = of_b < 0 ? 1 : b.extent[of_b];
    if (extent_a != extent_b && extent_a != 1 && extent_b != 1) return {-1, {}};
    out.extent[d] = extent_a == 1 ? extent_b : extent_a;
  }
  return out;
}

namespace reference {

// y[i] = element(p, x1[i], x2[i]) for every index i of the shape of input1 and input2 together; all
// dense, row-major.
template <class T, class Out, class Params>
constexpr void broadcast(const Params& p, const T* x1, const T* x2, Out* y,
                         Out (*element)(const Params&, T, T)) {
  const Shape &shape1 = p.input1.shape, &shape2 = p.input2.shape;
  const Shape out = broadcast_shape(shape1, shape2);
  const std::int64_t count = out.size();
  for (std::int64_t i = 0; i < count; ++i) {
    const auto place_in = [&](const Shape& shape) {
      std::int64_t rest = i, place = 0, stride = 1;
      for (std::int32_t d = shape.rank - 1, of_out = out.rank - 1; d >= 0; --d, --of_out) {
        if (shape.extent[d] != 1) place += rest % out.extent[of_out] * stride;
        stride *= shape.extent[d];
        rest /= out.extent[of_out];
      }
      return place;
    };
    y[i] = element(p, x1[place_in(shape1)], x2[place_in(shape2)]);
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
