// SPDX-License-Identifier: Apache-2.0
// What operations along one dimension share: the lines of a dense tensor.
#pragma once

#include <cstdint>

#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE::detail {

// `outer` blocks of `inner` lines, whose `depth` elements lie `inner` apart; the lines of a block
// begin side by side.
struct Lines {
  std::int64_t outer = 1, depth = 1, inner = 1;

  constexpr Lines() = default;
  constexpr Lines(const Shape& shape, std::int32_t axis) : depth(shape.extent[axis]) {
    for (std::int32_t d = 0; d < axis; ++d) outer *= shape.extent[d];
    for (std::int32_t d = axis + 1; d < shape.rank; ++d) inner *= shape.extent[d];
  }
};

}  // namespace octet::inline OCTET_BASELINE::detail
