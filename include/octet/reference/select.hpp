// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "octet/reference/broadcast.hpp"
#include "octet/reference/index.hpp"

namespace octet::inline OCTET_BASELINE {

// Elements of one of two inputs, which are quantized alike; all three shapes broadcast.
struct SelectParams {
  Shape condition = {};
  Operand input1 = {}, input2 = {};
};

// Rank -1 where the shapes do not fit together.
constexpr Shape output_shape(const SelectParams& p) {
  const Shape shape = broadcast_shape(p.input1.shape, p.input2.shape);
  return shape.rank < 0 ? shape : broadcast_shape(p.condition, shape);
}

namespace reference {

// y[i] = condition[i] != 0 ? x1[i] : x2[i]
//
// for every index i of the shape of all three together, where an extent of 1 is repeated.
// condition: p.condition, x1: p.input1, x2: p.input2, y: output_shape(p), dense, row-major; T: any.
// Source: SELECT_V2 of TensorFlow Lite.
template <class T>
constexpr void select(const SelectParams& p, const std::uint8_t* condition, const T* x1,
                      const T* x2, T* y) {
  const Shape out = output_shape(p);
  for_each_index(out, [&](std::int64_t i, const std::int64_t(&at)[kMaxRank]) {
    const auto place_in = [&](const Shape& shape) {
      std::int64_t from[kMaxRank] = {};
      for (std::int32_t d = 0; d < shape.rank; ++d) {
        from[d] = at[d + out.rank - shape.rank] % shape.extent[d];
      }
      return index(shape, from);
    };
    y[i] = condition[place_in(p.condition)] != 0 ? x1[place_in(p.input1.shape)]
                                                 : x2[place_in(p.input2.shape)];
  });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
