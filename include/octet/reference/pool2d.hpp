// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

#include "octet/types.hpp"
#include "octet/window.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// Average: round(sum of valid elements / their count), halves away from zero; max: their maximum;
// then clamped to [min, max]. Input and output share their quantization.
struct Pool2dParams {
  ShapeNhwc input = {};
  Extent2d filter = {};
  Extent2d stride = {1, 1};
  Padding padding = {};
  std::int32_t min = std::numeric_limits<std::int32_t>::min();
  std::int32_t max = std::numeric_limits<std::int32_t>::max();
};

OCTET_INLINE constexpr ShapeNhwc output_shape(const Pool2dParams& p) {
  return {p.input.n,
          detail::window_positions(p.input.h, p.padding.top, p.padding.bottom, p.filter.h,
                                   p.stride.h, 1),
          detail::window_positions(p.input.w, p.padding.left, p.padding.right, p.filter.w,
                                   p.stride.w, 1),
          p.input.c};
}

}  // namespace OCTET_BASELINE
}  // namespace octet
