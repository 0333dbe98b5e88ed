// SPDX-License-Identifier: Apache-2.0
// The output stage over a block of finished accumulators. Included inside the region of each
// target.

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

// What packing needs to know of this target.
inline constexpr Layout kLayout{vec::kLanes,
                                vec::kDepth,
                                vec::kTileRows,
                                vec::kTileVectors,
                                sizeof(vec::Packed) == 2        ? Domain::signed16
                                : std::is_signed_v<vec::Packed> ? Domain::signed8
                                                                : Domain::unsigned8,
                                vec::kAddendOrder};

// multiply_by_quantized_multiplier of kLanes accumulators, |x| < 2^30, for the channels from
// `channel` on: requantize_closed_form in vectors.
OCTET_INLINE vec::Acc requantize(vec::Acc x, const PanelConstants& constants, int channel) {
  const vec::Acc high =
      vec::multiply_add_high(x, constants.multiplier + channel, constants.addend + channel);
  const vec::Acc tie = vec::shift_right_logical(x, constants.tie_shift + channel);
  return vec::shift_right(vec::sub(high, tie), constants.right + channel);
}

OCTET_INLINE vec::Acc add_zero_point_and_clamp(vec::Acc x, const OutputRange& range) {
  x = vec::add(x, vec::splat_acc(range.zero_point));
  return vec::min(vec::max(x, vec::splat_acc(range.min)), vec::splat_acc(range.max));
}

// The same for one accumulator of any size and with a left shift.
inline std::int32_t finish_scalar(std::int32_t x, const PanelConstants& constants, int channel,
                                  const OutputRange& range) {
  const int vector = channel / vec::kLanes * vec::kLanes, lane = channel % vec::kLanes;
  const bool natural = vec::kAddendOrder == AddendOrder::natural;
  const std::int64_t addend =
      natural ? constants.addend[channel]
              : constants.addend[vector + lane % 2 * (vec::kLanes / 2) + lane / 2] / 2;
  const std::int32_t scaled = requantize_closed_form(
      shift_left_wrapping(x, constants.left[channel]), constants.multiplier[channel],
      {addend, constants.tie_shift[channel], constants.right[channel]});
  return clamp(saturate<std::int32_t>(std::int64_t{scaled} + range.zero_point), range.min,
               range.max);
}

// Writes a block of `rows` x `columns` outputs from accumulators that lie `width` apart, width
// being the columns of the panel. Never writes beyond the last column.
template <class Out>
inline void finish_block(const std::int32_t* accumulators, int rows, int columns, int width,
                         const PanelConstants& constants, const OutputRange& range,
                         bool vector_epilogue, Out* out, std::int64_t stride) {
  for (int r = 0; r < rows; ++r, accumulators += width, out += stride) {
    if constexpr (sizeof(Out) == 4) {
      std::memcpy(out, accumulators, static_cast<std::size_t>(columns) * sizeof(Out));
    } else if (!vector_epilogue) {
      for (int j = 0; j < columns; ++j) {
        out[j] = static_cast<Out>(finish_scalar(accumulators[j], constants, j, range));
      }
    } else {
      for (int j = 0; j < columns; j += vec::kLanes) {
        const vec::Acc y = add_zero_point_and_clamp(
            requantize(vec::load_acc(accumulators + j), constants, j), range);
        if (vec::kLanes == 1 || columns - j >= vec::kLanes) {
          vec::narrow(out + j, y);
        } else {
          Out last[vec::kLanes];
          vec::narrow(last, y);
          std::memcpy(out + j, last, static_cast<std::size_t>(columns - j) * sizeof(Out));
        }
      }
    }
  }
}

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
