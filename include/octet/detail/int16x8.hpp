// SPDX-License-Identifier: Apache-2.0
// Products of 16-bit activations and 8-bit weights: how their panels are laid out and packed, and
// the proof of their accumulators.
//
// Panels of `columns` output channels follow one another:
//
//   [start][multiplier][shift][k_padded / depth][columns][depth]
//
// start, an int64 for each column, is what its accumulator starts from. multiplier and shift are
// int32: those of the output stage for sums of 32 bits, and for sums of 64 bits what becomes of
// them in multiply_by_quantized_multiplier. The elements, int8, are those of detail/packing.hpp.
#pragma once

#include "octet/detail/check.hpp"
#include "octet/detail/packing.hpp"
#include "octet/fixed_point.hpp"

namespace octet::inline OCTET_BASELINE {

namespace detail {

// Bounds of the accumulators whose multiplication is defined (fixed_point.hpp).
inline constexpr std::int64_t kHighestInt64Accumulator = (std::int64_t{1} << 47) - 1;
inline constexpr std::int32_t kMostInt64Shift = 7;

OCTET_INLINE constexpr std::int64_t constants_bytes_16x8(int columns) {
  return round_up(std::int64_t{columns} * (8 + 4 + 4), static_cast<std::int64_t>(kAlignment));
}

// The bytes of a panel whose packed depth is k.
OCTET_INLINE constexpr std::int64_t panel_bytes_16x8(std::int64_t k, int columns) {
  return constants_bytes_16x8(columns) +
         round_up(k * columns, static_cast<std::int64_t>(kAlignment));
}

// Those of all panels of n columns.
OCTET_INLINE constexpr std::int64_t panels_bytes_16x8(const Layout& layout, std::int64_t k,
                                                      std::int64_t n) {
  const std::int64_t full = n / layout.panel_columns(), rest = full * layout.panel_columns();
  const std::int64_t packed = round_up(k, layout.depth_unit);
  return full * panel_bytes_16x8(packed, layout.panel_columns()) +
         (rest < n ? panel_bytes_16x8(packed, panel_columns(layout, n, rest)) : 0);
}

// The constants at the front of a panel.
struct Constants16x8 {
  const std::int64_t* start;
  const std::int32_t *multiplier, *shift;

  OCTET_INLINE Constants16x8(const std::byte* panel, int columns)
      : start(reinterpret_cast<const std::int64_t*>(panel)),
        multiplier(reinterpret_cast<const std::int32_t*>(start + columns)),
        shift(multiplier + columns) {}
};

// Refuses channels of which some activations could bring a sum of 64 bits out of what its
// multiplication is defined for. Where the bias has 32 bits there is nothing to prove: sums have 64
// too, and those beyond 32 are requantized as those of bytes.
template <class Weight>
constexpr Status prove_16x8(std::int64_t channels, std::int64_t k, const Quantization& q,
                            const OutputStage& stage, Weight weight,
                            std::span<const std::int64_t> bias) {
  constexpr std::int64_t kHighest = kHighestInt64Accumulator, kLowest = -kHighest - 1;
  for (std::int64_t c = 0; c < channels; ++c) {
    const auto channel = static_cast<std::int32_t>(c);
    const std::int64_t start = bias.empty() ? 0 : bias[static_cast<std::size_t>(c)];
    if (start < kLowest || start > kHighest) {
      return {StatusCode::accumulator_overflow, "bias", channel, start};
    }
    const ChannelSums sums = channel_sums(k, q, weight, channel);
    const std::int64_t above = std::int64_t{q.highest} - q.input_zero_point;
    const std::int64_t below = std::int64_t{q.lowest} - q.input_zero_point;
    // Sums of k products below 2^24 fit.
    const std::int64_t highest = start + sums.positive * above + sums.negative * below;
    const std::int64_t lowest = start + sums.positive * below + sums.negative * above;
    if (highest > kHighest) return {StatusCode::accumulator_overflow, "filter", channel, highest};
    if (lowest < kLowest) return {StatusCode::accumulator_overflow, "filter", channel, lowest};
    const std::int32_t shift = stage.shift_of(channel);
    if (shift > kMostInt64Shift) {
      const Status refused{StatusCode::shift_out_of_range, "output.shift", shift, kMostInt64Shift};
      return stage.shift.size() == 1 ? refused : check::at(static_cast<std::size_t>(c), refused);
    }
  }
  return {};
}

// Packs one panel: channel_of(column) is the channel packed there, or -1 for none. The activations'
// zero point is in the start; the elements are those of `element`, of the depth k.
template <class Bias, class Channel, class Weight, class Element>
void pack_panel_16x8(const Layout& layout, std::int64_t products, const PanelDepth& k, int columns,
                     const BasicPacking<Bias>& packing, Channel channel_of, Weight weight,
                     Element element, std::byte* panel) {
  const Quantization& q = packing.quantization;
  const std::int64_t constants = constants_bytes_16x8(columns);
  std::memset(panel, 0, static_cast<std::size_t>(panel_bytes_16x8(k.packed(layout), columns)));
  auto* const start = reinterpret_cast<std::int64_t*>(panel);
  auto* const multiplier = reinterpret_cast<std::int32_t*>(start + columns);
  auto* const shift = multiplier + columns;
  for (int column = 0; column < columns; ++column) {
    const std::int32_t channel = channel_of(column);
    if (channel < 0) {
      // Such columns are requantized too, and nobody reads them: by a shift that is one.
      if constexpr (sizeof(Bias) == 8) shift[column] = 1;
      continue;
    }
    const ChannelSums sums = channel_sums(products, q, weight, channel);
    // sum (a - a0)(b - b0) = sum a b - a0 sum b - b0 sum a + k a0 b0; the kernel adds the third.
    start[column] = packing.bias_of(channel) - q.input_zero_point * sums.all +
                    products * q.input_zero_point * q.filter_zero_point;
    multiplier[column] = packing.stage.multiplier_of(channel);
    shift[column] = packing.stage.shift_of(channel);
    if constexpr (sizeof(Bias) == 8) {
      multiplier[column] = reduced_multiplier(multiplier[column]);
      shift[column] = 15 - shift[column];
    }
    for (std::int64_t p = 0; p < k.depth; ++p) {
      const std::int64_t group = p / layout.depth, place = p % layout.depth;
      panel[constants + (group * columns + column) * layout.depth + place] =
          static_cast<std::byte>(element(p, channel));
    }
  }
}

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE
