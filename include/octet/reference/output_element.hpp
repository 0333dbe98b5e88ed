// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/fixed_point.hpp"
#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE::reference {

// value * factor in that rounding.
constexpr std::int32_t rescale(std::int32_t value, const Rescale& factor, Rounding rounding) {
  return multiply_by_quantized_multiplier(value, factor.multiplier, factor.shift, rounding);
}

// clamp(zero_point + rescale(value), min, max), saturated to T: the last step of every operation
// whose output has one factor.
template <class T>
constexpr T output_element(std::int32_t value, const Output& output) {
  const std::int64_t scaled = rescale(value, output.rescale, output.rounding);
  const auto moved = saturate<std::int32_t>(scaled + output.zero_point);
  return saturate<T>(clamp(moved, output.min, output.max));
}

// output[i] = function(input[i]) for every element of an operand.
template <class In, class Out, class Function>
constexpr void for_each_element(const Operand& operand, const In* input, Out* output,
                                Function function) {
  const std::int64_t count = operand.shape.size();
  for (std::int64_t i = 0; i < count; ++i) output[i] = function(input[i]);
}

}  // namespace octet::inline OCTET_BASELINE::reference
