// SPDX-License-Identifier: Apache-2.0
// A rescaling that all lanes share.
#pragma once

#include "octet/detail/layout.hpp"
#include "octet/fixed_point.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// One rescaling for every lane of any target. With its left shift it is exact for every
// multiplier and shift, as long as no value leaves [-2^30, 2^30) and folds_zero_point holds.
struct BroadcastConstants {
  static constexpr int kLanes = 16;  // of the widest target
  alignas(kAlignment) std::int64_t addend[kLanes];
  std::int32_t multiplier[2 * kLanes], right[kLanes], tie_shift[kLanes], left[kLanes];

  // As the constants of kLanes channels, whose accumulators start from anywhere.
  OCTET_INLINE PanelConstants of_channels() const {
    return {nullptr, multiplier, right, tie_shift, left, addend};
  }
};

namespace detail {

// `extra_left` is a left shift that comes before the one that `shift` may hold; `zero_point` is
// added behind, and folds_zero_point holds for it.
constexpr BroadcastConstants broadcast_constants(std::int32_t multiplier, std::int32_t shift,
                                                 std::int32_t extra_left, std::int32_t zero_point,
                                                 RequantizeForm form, Rounding rounding) {
  const RequantizeConstants requantize =
      fold_zero_point(requantize_constants(shift < 0 ? shift : 0, rounding), zero_point);
  BroadcastConstants constants{};
  const bool plain = form == RequantizeForm::plain;
  for (int i = 0; i < BroadcastConstants::kLanes; ++i) {
    constants.addend[i] = plain ? requantize.addend : biased_addend(multiplier, requantize);
    constants.multiplier[2 * i] = constants.multiplier[2 * i + 1] =
        plain ? multiplier : shift_left_wrapping(multiplier, 1);
    constants.right[i] = requantize.right;
    constants.tie_shift[i] = requantize.tie_shift;
    constants.left[i] = extra_left + (shift > 0 ? shift : 0);
  }
  return constants;
}

}  // namespace detail
}  // namespace OCTET_BASELINE
}  // namespace octet
