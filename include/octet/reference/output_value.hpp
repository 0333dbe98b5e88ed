// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "octet/fixed_point.hpp"

namespace octet::inline OCTET_BASELINE::reference {

// A sum of any size. Where sum * 2^max(shift, 0) does not fit int32 the nearest value that does is
// requantized; where it fits, nothing differs from an int32 accumulator.
struct ExactSum {
  std::int64_t value = 0;

  constexpr ExactSum(std::int64_t x = 0) : value(x) {}
  constexpr ExactSum& operator+=(std::int64_t x) {
    value += x;
    return *this;
  }
};

// The last step of every layer with weights: the output stage of types.hpp, or for int32 outputs
// the accumulator as it is.
template <class Out, class Accumulator>
constexpr Out output_value(Accumulator accumulator, const OutputStage& stage,
                           std::int32_t channel) {
  if constexpr (std::is_same_v<Out, std::int32_t>) {
    static_assert(std::is_same_v<Accumulator, std::int32_t>, "int64 accumulators are requantized");
    return accumulator;
  } else {
    return octet::requantize<Out>(accumulator, stage, channel);
  }
}

template <class Out>
constexpr Out output_value(ExactSum sum, const OutputStage& stage, std::int32_t channel) {
  const std::int32_t scaled = multiply_sum_by_quantized_multiplier(
      sum.value, stage.multiplier_of(channel), stage.shift_of(channel), stage.rounding);
  return static_cast<Out>(clamp(saturate<std::int32_t>(std::int64_t{scaled} + stage.zero_point),
                                stage.min_of<Out>(), stage.max_of<Out>()));
}

}  // namespace octet::inline OCTET_BASELINE::reference
