// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "octet/fixed_point.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace reference {

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

}  // namespace reference
}  // namespace OCTET_BASELINE
}  // namespace octet
