// SPDX-License-Identifier: Apache-2.0
// Sums of 16-bit activations times 8-bit weights, and how they become outputs. Included inside the
// region of each target.
//
// A product is below 2^23, so lanes of 32 bits add up a few hundred of them exactly. Then they are
// added to sums of 64 bits in memory, in the first level cache.

#ifndef OCTET_TARGET  // in an editor
#include "octet/detail/editor.hpp"
#include "octet/kernel/int16x8/tasks.hpp"
#endif

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

// Dot products that a lane holds, whatever the operands: -2^15 * -2^7 each time.
template <class Dot>
inline constexpr std::int64_t kExactDots = (std::int64_t{1} << 31) / (Dot::kDepth << 22) - 1;

// Bytes of the activations of one.
template <class Dot>
inline constexpr std::int64_t kDotBytes = Dot::kDepth * sizeof(typename Dot::Packed);

// The output of a sum in that column of a panel. Accumulator: the type whose multiplication it is.
template <class Accumulator>
OCTET_INLINE std::int16_t output_16x8(std::int64_t sum, const detail::Constants16x8& constants,
                                      int column, const OutputRange& range, Rounding rounding) {
  const std::int32_t multiplier = constants.multiplier[column], shift = constants.shift[column];
  std::int32_t scaled;
  if constexpr (sizeof(Accumulator) == 4) {
    scaled = multiply_by_quantized_multiplier(static_cast<std::int32_t>(sum), multiplier, shift,
                                              rounding);
  } else {
    scaled = multiply_by_quantized_multiplier(sum, multiplier, shift);
  }
  const std::int64_t value = std::int64_t{scaled} + range.zero_point;
  return static_cast<std::int16_t>(clamp(saturate<std::int32_t>(value), range.min, range.max));
}

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
