// SPDX-License-Identifier: Apache-2.0
// Packing of weights: what every layer does once, when it is prepared. Written over a Layout, for
// all targets. Panels of `columns` output channels follow one another:
//
//   [constants of the columns][k_padded / depth][columns][depth]
//
// Elements are int8, or as wide as packed activations (int16 in Domain::signed16): those of
// depthwise convolutions, and those of matrices where Layout::weight_bytes says so. k_padded is k
// rounded up to depth_unit. Rows of k beyond the last and columns beyond the last hold zeros.
#pragma once

#include <cstring>

#include "octet/detail/layout.hpp"
#include "octet/fixed_point.hpp"
#include "octet/types.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace detail {

// The bytes of one panel whose elements have that many.
constexpr std::size_t panel_bytes(const Layout& layout, std::int64_t k, int columns,
                                  int element_bytes) {
  const std::int64_t elements = round_up(k, layout.depth_unit) * columns * element_bytes;
  return panel_constants_bytes(columns) + static_cast<std::size_t>(round_up(elements, kAlignment));
}

// The same of a matrix.
constexpr std::size_t panel_bytes(const Layout& layout, std::int64_t k, int columns) {
  return panel_bytes(layout, k, columns, layout.weight_bytes);
}

// The columns of the panel that starts at column `first` of n: full panels are tile_columns wide,
// the last one as many whole vectors as it needs.
constexpr int panel_columns(const Layout& layout, std::int64_t n, std::int64_t first) {
  const std::int64_t left = n - first;
  return left >= layout.tile_columns() ? layout.tile_columns()
                                       : static_cast<int>(round_up(left, layout.lanes));
}

// The bytes of all panels of n columns.
constexpr std::size_t panels_bytes(const Layout& layout, std::int64_t k, std::int64_t n) {
  const std::int64_t full = n / layout.tile_columns();
  const std::int64_t rest = full * layout.tile_columns();
  return static_cast<std::size_t>(full) * panel_bytes(layout, k, layout.tile_columns()) +
         (rest < n ? panel_bytes(layout, k, panel_columns(layout, n, rest)) : 0);
}

// What packing needs to know of one operand pair.
struct Quantization {
  std::int32_t a_zero_point;         // of the activations, in their own type
  std::int32_t b_zero_point;         // of the weights
  std::int32_t a_lowest, a_highest;  // range of the activations' type
  bool a_is_signed;
  const char* weights;  // what the caller calls them, for messages
};

template <class In>
constexpr Quantization quantization_of(std::int32_t a_zero_point, std::int32_t b_zero_point,
                                       const char* weights) {
  return {a_zero_point,
          b_zero_point,
          std::numeric_limits<In>::min(),
          std::numeric_limits<In>::max(),
          std::is_signed_v<In>,
          weights};
}

// The sums over one output channel's weights that its constants need.
struct ChannelSums {
  std::int64_t sum = 0;        // of b
  std::int64_t magnitude = 0;  // of |b - b_zero_point|
};

template <class Weight>
constexpr ChannelSums channel_sums(std::int64_t k, const Quantization& q, Weight weight) {
  ChannelSums sums;
  for (std::int64_t p = 0; p < k; ++p) {
    const std::int32_t b = weight(p);
    sums.sum += b;
    const std::int32_t centred = b - q.b_zero_point;
    sums.magnitude += centred < 0 ? -centred : centred;
  }
  return sums;
}

// Where the 64-bit constants of a column lie in RequantizeForm::biased.
OCTET_INLINE constexpr int biased_place(int column, int lanes) {
  const int lane = column % lanes;
  return column - lane + lane % 2 * (lanes / 2) + lane / 2;
}

// Writes the constants of column `column` of a panel; `channel` indexes bias and the output stage.
// Refuses a channel whose accumulator could leave 32 bits for some activations:
//   |bias| + sum |b - b_zero_point| * max |a - a_zero_point| < 2^31, after the left shift too.
constexpr Status write_constants(const MutablePanelConstants& constants, const Layout& layout,
                                 int column, std::int64_t k, const Quantization& q,
                                 const ChannelSums& sums, std::int32_t bias,
                                 const OutputStage& stage, std::int32_t channel,
                                 Epilogue& epilogue) {
  const std::int64_t below = q.a_zero_point - q.a_lowest, above = q.a_highest - q.a_zero_point;
  const std::int64_t reach = below > above ? below : above;
  const std::int64_t bound = sums.magnitude * reach + (bias < 0 ? -std::int64_t{bias} : bias);
  constexpr std::int64_t kLimit = std::numeric_limits<std::int32_t>::max();
  if (bound > kLimit) return {StatusCode::accumulator_overflow, q.weights, channel, bound};

  // sum (a - a0)(b - b0) = sum a b - a0 sum b - b0 sum a + k a0 b0, with a and a0 in the domain of
  // the target; the kernel adds the third term, which depends on the row. Congruent modulo 2^32.
  const std::int64_t a0 = to_domain(q.a_zero_point, layout.domain, q.a_is_signed);
  const std::int64_t start = bias - a0 * sums.sum + k * a0 * q.b_zero_point;
  const bool plain = layout.requantize_form == RequantizeForm::plain;
  constants.start[column] =
      static_cast<std::int32_t>(static_cast<std::uint64_t>(start)) ^ (plain ? 0 : kAccumulatorBias);
  if (stage.multiplier.empty()) return {};

  const std::int32_t shift = stage.shift_of(channel);
  const std::int32_t left = shift > 0 ? shift : 0;
  if ((bound << left) > kLimit) {
    std::int32_t most = left - 1;
    while ((bound << most) > kLimit) --most;
    return {StatusCode::shift_out_of_range, "output.shift", shift, most};
  }
  constexpr std::int64_t kVectorLimit = std::int64_t{1} << 30;
  RequantizeConstants requantize = requantize_constants(shift < 0 ? shift : 0, stage.rounding);
  const bool folds = folds_zero_point(stage.zero_point, requantize.right);
  if (folds) requantize = fold_zero_point(requantize, stage.zero_point);
  const Epilogue needed = !folds || (bound << left) >= kVectorLimit ? Epilogue::scalar
                          : left > 0                                ? Epilogue::vector_left_shift
                                                                    : Epilogue::vector;
  if (needed > epilogue) epilogue = needed;

  const std::int32_t multiplier = stage.multiplier_of(channel);
  constants.right[column] = requantize.right;
  constants.tie_shift[column] = requantize.tie_shift;
  constants.left[column] = left;
  if (plain) {
    constants.multiplier[column] = multiplier;
    constants.addend[column] = requantize.addend;
  } else {
    const int place = biased_place(column, layout.lanes);
    constants.multiplier[2 * place] = shift_left_wrapping(multiplier, 1);
    constants.addend[place] = biased_addend(multiplier, requantize);
  }
  return {};
}

// Writes the constants of a panel: channel_of(column) is the channel packed there, or -1 for none;
// weight(p, channel) reads b for p < k, bias(channel) the bias.
template <class Channel, class Weight, class Bias>
Status pack_constants(const Layout& layout, std::int64_t k, int columns, const Quantization& q,
                      const OutputStage& stage, Channel channel_of, Weight weight, Bias bias,
                      std::byte* panel, Epilogue& epilogue) {
  std::memset(panel, 0, panel_constants_bytes(columns));
  const MutablePanelConstants constants = mutable_panel_constants(panel, columns);
  for (int column = 0; column < columns; ++column) {
    const std::int32_t channel = channel_of(column);
    if (channel < 0) continue;
    const auto read = [&](std::int64_t p) { return std::int32_t{weight(p, channel)}; };
    const Status status = write_constants(constants, layout, column, k, q, channel_sums(k, q, read),
                                          bias(channel), stage, channel, epilogue);
    if (!status.ok()) return status;
  }
  return {};
}

// Writes the elements of a panel, behind its constants.
template <class Element, class Channel, class Weight>
void pack_elements_of(const Layout& layout, std::int64_t k, int columns, Channel channel_of,
                      Weight weight, std::byte* panel) {
  const std::size_t front = panel_constants_bytes(columns);
  std::byte* const elements = panel + front;
  std::memset(elements, 0, panel_bytes(layout, k, columns, sizeof(Element)) - front);
  for (int column = 0; column < columns; ++column) {
    const std::int32_t channel = channel_of(column);
    if (channel < 0) continue;
    for (std::int64_t p = 0; p < k; ++p) {
      const std::int64_t group = p / layout.depth, place = p % layout.depth;
      const auto element = static_cast<Element>(weight(p, channel));
      const std::int64_t index = (group * columns + column) * layout.depth + place;
      std::memcpy(elements + index * std::int64_t{sizeof element}, &element, sizeof element);
    }
  }
}

// The same of elements of that many bytes, 1 or 2.
template <class Channel, class Weight>
void pack_elements(const Layout& layout, std::int64_t k, int columns, int element_bytes,
                   Channel channel_of, Weight weight, std::byte* panel) {
  if (element_bytes == 2) {
    pack_elements_of<std::int16_t>(layout, k, columns, channel_of, weight, panel);
  } else {
    pack_elements_of<std::int8_t>(layout, k, columns, channel_of, weight, panel);
  }
}

// Packs n channels as consecutive panels of a GEMM.
template <class Weight, class Bias>
Status pack_panels(const Layout& layout, std::int64_t k, std::int32_t first_channel, std::int64_t n,
                   const Quantization& q, const OutputStage& stage, Weight weight, Bias bias,
                   std::byte* packed, Epilogue& epilogue) {
  for (std::int64_t j = 0; j < n; j += layout.tile_columns()) {
    const int columns = panel_columns(layout, n, j);
    const auto channel_of = [&](int column) {
      return j + column < n ? first_channel + static_cast<std::int32_t>(j + column) : -1;
    };
    const Status status =
        pack_constants(layout, k, columns, q, stage, channel_of, weight, bias, packed, epilogue);
    if (!status.ok()) return status;
    pack_elements(layout, k, columns, layout.weight_bytes, channel_of, weight, packed);
    packed += panel_bytes(layout, k, columns);
  }
  return {};
}

}  // namespace detail
}  // namespace OCTET_BASELINE
}  // namespace octet
