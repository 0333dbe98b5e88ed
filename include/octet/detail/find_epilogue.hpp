// SPDX-License-Identifier: Apache-2.0
// Which epilogue suits a layer: from the lowest and the highest accumulator that some activations
// can cause in each of its channels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>

#include "octet/detail/layout.hpp"
#include "octet/fixed_point.hpp"
#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE::detail {

// What packing needs to know of the operands.
struct Quantization {
  std::int32_t input_zero_point;  // of the activations, in their own type
  std::int32_t filter_zero_point;
  std::int32_t lowest, highest;  // of the activations' type
  bool is_signed;                // the activations
};

template <class In>
constexpr Quantization quantization_of(std::int32_t input_zero_point,
                                       std::int32_t filter_zero_point) {
  return {input_zero_point, filter_zero_point, std::numeric_limits<In>::min(),
          std::numeric_limits<In>::max(), std::is_signed_v<In>};
}

// Sums over the weights of one output channel. Those of positive and of negative weights, less the
// zero point, are apart.
struct ChannelSums {
  std::int64_t all = 0;  // with the zero point
  std::int64_t positive = 0, negative = 0;
};

// weight(p, channel) is the weight of product p < k.
template <class Weight>
constexpr ChannelSums channel_sums(std::int64_t k, const Quantization& q, Weight weight,
                                   std::int32_t channel) {
  ChannelSums sums;
  for (std::int64_t p = 0; p < k; ++p) {
    const std::int32_t b = weight(p, channel);
    const std::int32_t centred = b - q.filter_zero_point;
    sums.all += b;
    (centred < 0 ? sums.negative : sums.positive) += centred;
  }
  return sums;
}

// The lowest and the highest accumulator that some activations can cause. Windows that leave the
// input have fewer products, and sums in between.
struct Reach {
  std::int64_t lowest, highest;

  constexpr bool fits_int32(int left = 0) const {
    return lowest >= std::numeric_limits<std::int32_t>::min() >> left &&
           highest <= std::numeric_limits<std::int32_t>::max() >> left;
  }
  // The sum of 32 bits that wrapped around is still that of one accumulator only.
  constexpr bool fits_modulo_2_32() const { return highest - lowest < std::int64_t{1} << 32; }
};

constexpr Reach reach_of(const Quantization& q, const ChannelSums& sums, std::int32_t bias) {
  const std::int64_t above = std::int64_t{q.highest} - q.input_zero_point;
  const std::int64_t below = std::int64_t{q.lowest} - q.input_zero_point;
  return {bias + sums.positive * below + sums.negative * above,
          bias + sums.positive * above + sums.negative * below};
}

// Whether vectors are exact for accumulators that are shifted left, and moved by up to `margin`.
// Where only some bits of the multiplier count, that is so for these too: v is nearer to that of 0.
constexpr bool suits_vectors(const Reach& reach, int left, std::int32_t margin,
                             const OutputStage& stage, std::int32_t channel) {
  if (!reach.fits_int32(left)) return false;
  const RequantizeConstants constants =
      requantize_constants(stage.shift_of(channel) - left, stage.rounding);
  const auto fits = [&](std::int64_t sum, std::int32_t moved) {
    const std::int64_t x = sum * (std::int64_t{1} << left) + moved;
    return x == static_cast<std::int32_t>(x) &&
           closed_form_fits_int32(static_cast<std::int32_t>(x), stage.multiplier_of(channel),
                                  constants, stage.zero_point);
  };
  return has_room_for_zero_point(stage.zero_point, constants.right) &&
         fits(reach.lowest, -margin) && fits(reach.highest, margin);
}

// The left shift of a channel for Epilogue::vector_twice, as large as there is room for; -1 if
// there is none.
constexpr int left_shift_twice(const Reach& reach, const OutputStage& stage, std::int32_t channel) {
  const std::int32_t shift = stage.shift_of(channel), least = shift > 0 ? shift : 0;
  int left = 31 + shift < 30 ? 31 + shift : 30;
  while (left >= least &&
         !suits_vectors(reach, left, rounding_margin(stage.rounding), stage, channel)) {
    --left;
  }
  return left >= least ? left : -1;
}

constexpr Epilogue epilogue_of(const Reach& reach, const OutputStage& stage, std::int32_t channel) {
  const std::int32_t shift = stage.shift_of(channel), left = shift > 0 ? shift : 0;
  if (!reach.fits_modulo_2_32()) return Epilogue::wide;
  if (!reach.fits_int32(left)) return Epilogue::scalar;
  if (!has_closed_form(stage.rounding)) {
    return left_shift_twice(reach, stage, channel) < 0 ? Epilogue::scalar : Epilogue::vector_twice;
  }
  if (!suits_vectors(reach, left, 0, stage, channel)) return Epilogue::vector_full_range;
  return left > 0 ? Epilogue::vector_left_shift : Epilogue::vector;
}

// The same with a layout, whose form of requantization may have no constants for the rounding, or
// may be exact for every accumulator; without vectors nothing is done twice.
constexpr Epilogue epilogue_with(const Layout& layout, Epilogue epilogue, Rounding rounding) {
  if (epilogue == Epilogue::vector_twice && layout.lanes == 1) return Epilogue::scalar;
  const bool doubling = layout.requantize_form == RequantizeForm::doubling;
  const bool rounds = rounds_products(rounding);
  if (epilogue == Epilogue::vector_full_range) {
    return doubling && rounds ? Epilogue::vector_left_shift : Epilogue::scalar;
  }
  return doubling && !rounds && epilogue == Epilogue::vector ? Epilogue::vector_left_shift
                                                             : epilogue;
}

// The epilogue that suits all channels, whose accumulators have k products. Refuses raw
// accumulators of which one could leave 32 bits.
template <class Weight>
constexpr Status find_epilogue(std::int64_t channels, std::int64_t k, const Quantization& q,
                               const OutputStage& stage, Weight weight,
                               std::span<const std::int32_t> bias, Epilogue& epilogue) {
  epilogue = Epilogue::vector;
  for (std::int64_t c = 0; c < channels; ++c) {
    const auto channel = static_cast<std::int32_t>(c);
    const std::int32_t start = bias.empty() ? 0 : bias[static_cast<std::size_t>(c)];
    const Reach reach = reach_of(q, channel_sums(k, q, weight, channel), start);
    if (!stage.multiplier.empty()) {
      const Epilogue needed = epilogue_of(reach, stage, channel);
      if (needed > epilogue) epilogue = needed;
    } else if (!reach.fits_int32()) {
      const bool above = reach.highest > std::numeric_limits<std::int32_t>::max();
      return {StatusCode::accumulator_overflow, "filter", channel,
              above ? reach.highest : reach.lowest};
    }
  }
  return {};
}

}  // namespace octet::inline OCTET_BASELINE::detail
