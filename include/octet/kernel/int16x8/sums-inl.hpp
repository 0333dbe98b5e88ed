// SPDX-License-Identifier: Apache-2.0
// Sums of 16-bit activations times 8-bit weights, and how they become outputs. Included inside the
// region of each target.
//
// A product is below 2^23, so lanes of 32 bits add up a few hundred of them exactly. Then they are
// added to sums of 64 bits in memory, in the first level cache.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/editor.hpp"
#include "octet/kernel/int16x8/tasks.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// Dot products that a lane holds, whatever the operands: -2^15 * -2^7 each time.
template <class Dot>
inline constexpr std::int64_t kExactDots = (std::int64_t{1} << 31) / (Dot::kDepth << 22) - 1;

// Bytes of the activations of one.
template <class Dot>
inline constexpr std::int64_t kDotBytes = Dot::kDepth * sizeof(typename Dot::Packed);

// How sums become outputs: those of the type Accumulator, whose multiplication it is.
template <class Accumulator>
struct OutputOfSums {
  const detail::Constants16x8& constants;
  OutputRange range;

  // The one in that column of a panel.
  OCTET_INLINE std::int32_t one(std::int64_t sum, int column) const {
    const std::int32_t multiplier = constants.multiplier[column], shift = constants.shift[column];
    std::int32_t scaled;
    if constexpr (sizeof(Accumulator) == 4) {
      scaled = multiply_sum_by_quantized_multiplier(sum, multiplier, shift, range.rounding);
    } else {
      scaled = requantize_reduced(sum, multiplier, shift);
    }
    const std::int64_t value = std::int64_t{scaled} + range.zero_point;
    return clamp(saturate<std::int32_t>(value), range.min, range.max);
  }

  // Those of kLanes columns from `column` on.
  OCTET_INLINE vec::Acc vector(const std::int64_t* sums, int column) const {
    if constexpr (sizeof(Accumulator) == 8) {
      const vec::Acc scaled =
          vec::requantize_sums(sums, constants.multiplier + column, constants.shift + column);
      const vec::Acc zero_point = vec::splat_acc(range.zero_point);
      // The zero point is added to what is within bounds already, so that nothing wraps.
      const vec::Acc lowest = vec::sub(vec::splat_acc(range.min), zero_point);
      const vec::Acc highest = vec::sub(vec::splat_acc(range.max), zero_point);
      return vec::add(vec::min(vec::max(scaled, lowest), highest), zero_point);
    } else {
      std::int32_t lanes[vec::kLanes];
      for (int i = 0; i < vec::kLanes; ++i) lanes[i] = one(sums[i], column + i);
      return vec::load_acc(lanes);
    }
  }
};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
