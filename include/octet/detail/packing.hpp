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
#include <limits>
#include <span>

#include "octet/detail/find_epilogue.hpp"
#include "octet/detail/layout.hpp"
#include "octet/fixed_point.hpp"
#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE::detail {

// The bytes of one panel whose elements have that many.
constexpr std::size_t panel_bytes(const Layout& layout, std::int64_t k, int columns,
                                  int element_bytes) {
  const std::int64_t elements = round_up(k, layout.depth_unit) * columns * element_bytes;
  return memory_size(static_cast<std::int64_t>(panel_constants_bytes(columns)) +
                     round_up(elements, kAlignment));
}

// The same of a matrix.
constexpr std::size_t panel_bytes(const Layout& layout, std::int64_t k, int columns) {
  return panel_bytes(layout, k, columns, layout.weight_bytes);
}

// The columns of the panel that starts at column `first` of n: full panels are panel_columns wide,
// the last one as many whole vectors as it needs.
constexpr int panel_columns(const Layout& layout, std::int64_t n, std::int64_t first) {
  const std::int64_t left = n - first;
  return left >= layout.panel_columns() ? layout.panel_columns()
                                        : static_cast<int>(round_up(left, layout.lanes));
}

// The bytes of all panels of n columns.
constexpr std::size_t panels_bytes(const Layout& layout, std::int64_t k, std::int64_t n) {
  const std::int64_t full = n / layout.panel_columns();
  const std::int64_t rest = full * layout.panel_columns();
  const auto bytes_of = [&](int columns) {
    return static_cast<std::int64_t>(panel_bytes(layout, k, columns));
  };
  return memory_size(full * bytes_of(layout.panel_columns()) +
                     (rest < n ? bytes_of(panel_columns(layout, n, rest)) : 0));
}

// What the constants of all channels are made of.
template <class Bias>
struct BasicPacking {
  Quantization quantization;
  OutputStage stage;
  std::span<const Bias> bias;  // may be empty
  Epilogue epilogue;           // of all of them, as find_epilogue says

  OCTET_INLINE constexpr Bias bias_of(std::int32_t channel) const {
    return bias.empty() ? 0 : bias[static_cast<std::size_t>(channel)];
  }
};

using Packing = BasicPacking<std::int32_t>;

// Where the 64-bit constants of a column lie in RequantizeForm::biased.
OCTET_INLINE constexpr int biased_place(int column, int lanes) {
  const int lane = column % lanes;
  return column - lane + lane % 2 * (lanes / 2) + lane / 2;
}

// Writes the constants of column `column` of a panel.
constexpr void write_constants(const MutablePanelConstants& constants, const Layout& layout,
                               int column, std::int64_t k, const Packing& packing,
                               const ChannelSums& sums, std::int32_t channel) {
  const Quantization& q = packing.quantization;
  const OutputStage& stage = packing.stage;
  const std::int32_t bias = packing.bias_of(channel);
  // sum (a - a0)(b - b0) = sum a b - a0 sum b - b0 sum a + k a0 b0, with a and a0 in the domain of
  // the target; the kernel adds the third term, which depends on the row. Congruent modulo 2^32.
  const std::int64_t a0 = to_domain(q.input_zero_point, layout.domain, q.is_signed);
  const std::int64_t start = bias - a0 * sums.all + k * a0 * q.filter_zero_point;
  const bool biased = layout.requantize_form == RequantizeForm::biased;
  constants.start[column] = static_cast<std::int32_t>(static_cast<std::uint64_t>(start)) ^
                            (biased ? kAccumulatorBias : 0);
  if (stage.multiplier.empty()) return;

  const Reach reach = reach_of(q, sums, bias);
  const std::int32_t shift = stage.shift_of(channel);
  std::int32_t multiplier = stage.multiplier_of(channel), left = shift > 0 ? shift : 0;
  if (packing.epilogue == Epilogue::vector_twice) {
    multiplier = significant_multiplier(multiplier, stage.rounding);
    left = left_shift_twice(reach, stage, channel);
  }
  RequantizeConstants requantize = requantize_constants(shift - left, stage.rounding);
  constants.right[column] = requantize.right;
  constants.tie_shift[column] = requantize.tie_shift;
  constants.left[column] = left;
  if (packing.epilogue >= Epilogue::scalar) {
    constants.multiplier[column] = multiplier;
    constants.addend[column] = packing.epilogue == Epilogue::wide ? start
                               : reach.fits_int32() ? std::numeric_limits<std::int32_t>::min()
                                                    : reach.lowest;
    return;
  }
  if (layout.requantize_form == RequantizeForm::doubling) {
    constants.multiplier[column] = multiplier;
    constants.addend[column] = requantize.addend;
    if (rounds_products(stage.rounding)) {
      constants.right[column] = -requantize.right;
      constants.tie_shift[column] =
          requantize.tie_shift == 31 ? 0 : std::numeric_limits<std::int32_t>::min();
    }
    return;
  }
  if (has_room_for_zero_point(stage.zero_point, requantize.right)) {
    requantize = fold_zero_point(requantize, stage.zero_point);
  }
  if (!biased) {
    constants.multiplier[column] = multiplier;
    constants.addend[column] = requantize.addend;
  } else {
    const int place = biased_place(column, layout.lanes);
    constants.multiplier[2 * place] = shift_left_wrapping(multiplier, 1);
    constants.addend[place] = biased_addend(multiplier, requantize);
  }
}

// Writes the constants of a panel: channel_of(column) is the channel packed there, or -1 for none.
template <class Channel, class Weight>
void pack_constants(const Layout& layout, std::int64_t k, int columns, const Packing& packing,
                    Channel channel_of, Weight weight, std::byte* panel) {
  std::memset(panel, 0, panel_constants_bytes(columns));
  const MutablePanelConstants constants = mutable_panel_constants(panel, columns);
  for (int column = 0; column < columns; ++column) {
    const std::int32_t channel = channel_of(column);
    if (channel < 0) {
      // Else it would subtract the accumulator, which is never the same twice.
      if (packing.epilogue == Epilogue::vector_twice) constants.tie_shift[column] = 32;
      continue;
    }
    write_constants(constants, layout, column, k, packing,
                    channel_sums(k, packing.quantization, weight, channel), channel);
  }
}

// What lies behind the constants of a panel: `segments` times `depth` products, those of each
// segment filled up with zeros to the depth unit of the target.
struct PanelDepth {
  std::int64_t segments, depth;

  OCTET_INLINE constexpr std::int64_t products() const { return segments * depth; }
  OCTET_INLINE constexpr std::int64_t packed(const Layout& layout) const {
    return segments * round_up(depth, layout.depth_unit);
  }
};

// Writes the elements of a panel.
template <class Element, class Channel, class Weight>
void pack_elements_of(const Layout& layout, const PanelDepth& k, int columns, Channel channel_of,
                      Weight weight, std::byte* panel) {
  const std::size_t front = panel_constants_bytes(columns);
  std::byte* const elements = panel + front;
  std::memset(elements, 0, panel_bytes(layout, k.packed(layout), columns, sizeof(Element)) - front);
  const std::int64_t segment_elements = round_up(k.depth, layout.depth_unit) * columns;
  for (int column = 0; column < columns; ++column) {
    const std::int32_t channel = channel_of(column);
    if (channel < 0) continue;
    for (std::int64_t segment = 0; segment < k.segments; ++segment) {
      std::int64_t index = segment * segment_elements + column * layout.depth;
      int place = 0;
      for (std::int64_t p = 0; p < k.depth; ++p) {
        const auto element = static_cast<Element>(weight(segment * k.depth + p, channel));
        std::memcpy(elements + (index + place) * std::int64_t{sizeof element}, &element,
                    sizeof element);
        if (++place < layout.depth) continue;
        place = 0;
        index += columns * layout.depth;
      }
    }
  }
}

// The same of elements of that many bytes, 1 or 2.
template <class Channel, class Weight>
void pack_elements(const Layout& layout, const PanelDepth& k, int columns, int element_bytes,
                   Channel channel_of, Weight weight, std::byte* panel) {
  if (element_bytes == 2) {
    pack_elements_of<std::int16_t>(layout, k, columns, channel_of, weight, panel);
  } else {
    pack_elements_of<std::int8_t>(layout, k, columns, channel_of, weight, panel);
  }
}

// Packs n channels as consecutive panels of a matrix.
template <class Weight>
void pack_panels(const Layout& layout, const PanelDepth& k, std::int32_t first_channel,
                 std::int64_t n, const Packing& packing, Weight weight, std::byte* packed) {
  for (std::int64_t j = 0; j < n; j += layout.panel_columns()) {
    const int columns = panel_columns(layout, n, j);
    const auto channel_of = [&](int column) {
      return j + column < n ? first_channel + static_cast<std::int32_t>(j + column) : -1;
    };
    pack_constants(layout, k.products(), columns, packing, channel_of, weight, packed);
    pack_elements(layout, k, columns, layout.weight_bytes, channel_of, weight, packed);
    packed += panel_bytes(layout, k.packed(layout), columns);
  }
}

}  // namespace octet::inline OCTET_BASELINE::detail
