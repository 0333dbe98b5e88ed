// SPDX-License-Identifier: Apache-2.0
// A rescaling that all lanes share, as scalars: kernels broadcast them when they start.
#pragma once

#include "octet/detail/layout.hpp"
#include "octet/fixed_point.hpp"

namespace octet::inline OCTET_BASELINE {

// (x - zero_point) * 2^left, requantized with the right shift and the rounding of `plain`.
struct RescaleConstants {
  RequantizeConstants plain;
  std::int32_t multiplier, left, zero_point;
};

namespace detail {

// Whether the vector requantization is exact for values of at most that magnitude, before the left
// shift, and adds this zero point (folds_zero_point of fixed_point.hpp).
constexpr bool suits_vectors(std::int64_t largest, const Rescale& factor,
                             std::int32_t output_zero_point = 0) {
  const std::int32_t left = factor.shift > 0 ? factor.shift : 0;
  const std::int32_t right = factor.shift < 0 ? -factor.shift : 0;
  const std::int64_t bound = saturating_multiply(largest, std::int64_t{1} << left);
  return bound <= largest_vector_value(right) && folds_zero_point(output_zero_point, right);
}

// The same of an operand that is brought to a scale which it shares with others: a left shift, then
// the factor.
constexpr bool suits_shared_scale(std::int64_t largest, std::int32_t left_shift,
                                  const Rescale& factor) {
  const std::int32_t left = left_shift + (factor.shift > 0 ? factor.shift : 0);
  return suits_vectors(largest, Rescale{0, left}) &&
         suits_vectors(largest << left_shift, Rescale{0, factor.shift});
}

// `extra_left` is a left shift before the one that the factor may hold; `output_zero_point` is
// added behind, and folds_zero_point holds for it.
constexpr RescaleConstants rescale_constants(const Rescale& factor, Rounding rounding,
                                             std::int32_t input_zero_point, std::int32_t extra_left,
                                             std::int32_t output_zero_point) {
  const RequantizeConstants plain =
      requantize_constants(factor.shift < 0 ? factor.shift : 0, rounding);
  return {fold_zero_point(plain, output_zero_point), factor.multiplier,
          extra_left + (factor.shift > 0 ? factor.shift : 0), input_zero_point};
}

// reference::rescale of one value after the other, with what they share worked out once.
class Rescaler {
 public:
  constexpr Rescaler(const Rescale& factor, Rounding rounding)
      : factor_(factor), rounding_(rounding), has_closed_form_(has_closed_form(rounding)) {
    if (has_closed_form_) constants_ = rescale_constants(factor, rounding, 0, 0, 0);
  }

  OCTET_INLINE constexpr std::int32_t operator()(std::int32_t x) const {
    if (!has_closed_form_) {
      return multiply_by_quantized_multiplier(x, factor_.multiplier, factor_.shift, rounding_);
    }
    return requantize_closed_form(shift_left_wrapping(x, constants_.left), constants_.multiplier,
                                  constants_.plain);
  }

 private:
  Rescale factor_;
  Rounding rounding_;
  bool has_closed_form_;
  RescaleConstants constants_ = {};
};

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE
