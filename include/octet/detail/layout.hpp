// SPDX-License-Identifier: Apache-2.0
// How a target wants its operands and constants laid out: the numbers that packing needs to know.
// docs/packing.md has the pictures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "octet/fixed_point.hpp"
#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// The integers that a target multiplies; bytes of the other signedness are moved into the domain by
// flipping their top bit, which adds or subtracts 128. Targets that multiply both kinds of bytes
// take them as they are: native.
enum class Domain : std::uint8_t { unsigned8, signed8, signed16, native };

// How a target wants the constants of requantization.
//   plain   as in RequantizeConstants
//   biased  accumulators start 2^31 higher, for requantize_biased_form: multipliers are doubled
//           and lie, as the low halves of 64 bits, like the addends within a vector of channels
//           first for the even lanes, then for the odd ones
//   doubling  for instructions that round the high half of a doubled product, where rounding it is
//           the first step (rounds_products): `right` is negative, halves of accumulators below
//           `tie_shift`, 0 or the lowest of all, go away from zero, and there is no addend. That is
//           exact for every accumulator. Other roundings are plain. The zero point is added later
//           in either case
enum class RequantizeForm : std::uint8_t { plain, biased, doubling };

struct Layout {
  int lanes;          // 32-bit accumulators in a vector
  int depth;          // neighbours in memory of packed weights: kr
  int depth_unit;     // products added to an accumulator by one instruction, a multiple of depth
  int micro_rows;     // rows of the micro kernel; mr
  int micro_vectors;  // vectors of columns of the micro kernel; nr = micro_vectors * lanes
  Domain domain;
  RequantizeForm requantize_form;
  int bands;  // parts of a vector that depthwise kernels load from different rows, at most
  int weight_bytes = 1;  // of an element in the panels of matrices

  OCTET_INLINE constexpr int panel_columns() const { return lanes * micro_vectors; }
  // Whether instructions multiply whole matrices.
  OCTET_INLINE constexpr bool multiplies_matrices() const { return depth_unit > depth; }
  // Of packed activations, and of the weights of depthwise convolutions.
  OCTET_INLINE constexpr int element_bytes() const { return domain == Domain::signed16 ? 2 : 1; }
  // Channels that one vector of bytes covers in depthwise kernels.
  OCTET_INLINE constexpr int zip_channels() const { return lanes * depth; }
};

// Where the epilogue of a matrix multiplication finds the accumulators of whole tiles of bytes.
// Each way but the first costs code.
//   in_memory     in the first level cache, where all others are
//   in_registers  where they were added up
//   overlapped    in memory too, but while the next tile is in the registers
// The last is for targets whose dot product leaves units of the processor idle, and that have
// registers to spare.
enum class MicroEpilogue : std::uint8_t { in_memory, in_registers, overlapped };

// The layouts of a target for products of matrices. Small ones may have another, and a kernel of
// their own (is_small_product).
struct ProductLayouts {
  Layout large, small;
  bool has_small;
  MicroEpilogue epilogue;
  int narrow_rows;  // of a register block of a single vector that fuses its epilogue
};

namespace detail {

// For x of 0 or more: unsigned division by a constant power of two is a shift.
OCTET_INLINE constexpr std::int64_t round_up(std::int64_t x, std::int64_t unit) {
  const auto divisor = static_cast<std::uint64_t>(unit);
  return static_cast<std::int64_t>((static_cast<std::uint64_t>(x) + divisor - 1) / divisor *
                                   divisor);
}

// A number of bytes as a size of memory: more than there is where pointers are too short for it.
OCTET_INLINE constexpr std::size_t memory_size(std::int64_t bytes) {
  return static_cast<std::size_t>(bytes < PTRDIFF_MAX ? bytes : PTRDIFF_MAX);
}

// A quantized value of an 8-bit type as the kernels of that domain see it.
OCTET_INLINE constexpr std::int32_t to_domain(std::int32_t value, Domain domain, bool is_signed) {
  if (domain == Domain::unsigned8) return is_signed ? value + 128 : value;
  if (domain == Domain::signed8) return is_signed ? value : value - 128;
  return value;
}

// The channel in lane `lane` of vector `vector` after zip(): the order that in-lane unpacks leave.
OCTET_INLINE constexpr int zipped_channel(const Layout& layout, int vector, int lane) {
  const int block = layout.lanes < 4 ? layout.lanes : 4;
  return block * layout.depth * (lane / block) + block * vector + lane % block;
}

}  // namespace detail

// The constants of `columns` output channels, at the front of their panel of packed weights.
//
// The addends come first, then the five arrays of int32 in the order below, that of the multipliers
// twice as long as the others.
//
//   start       what the accumulators start from: bias, less the zero points' share
//   multiplier, right, tie_shift, addend   RequantizeConstants, with the output zero point in the
//               addend where there is room for it (has_room_for_zero_point)
//   left        the left shift before it, nearly always 0 but for Epilogue::vector_twice
template <class Int32, class Int64>
struct BasicPanelConstants {
  Int32 *start, *multiplier, *right, *tie_shift, *left;
  Int64* addend;
};
using PanelConstants = BasicPanelConstants<const std::int32_t, const std::int64_t>;
using MutablePanelConstants = BasicPanelConstants<std::int32_t, std::int64_t>;

// How accumulators become outputs, from the fastest way to the most general one:
//   vector             which is exact while 32 bits hold what the closed form makes of every
//                      accumulator and of the zero point (closed_form_fits_int32,
//                      has_room_for_zero_point)
//   vector_left_shift  the same behind a left shift, or by a rounding for which the target's form
//                      of requantization has no constants
//   vector_full_range  the same where a target's form of requantization is exact for every
//                      accumulator; elsewhere scalar. What kernels get is one of the others
//                      (epilogue_with)
//   vector_twice       for roundings without a closed form: behind a left shift, as far as there
//                      are bits, vectors requantize accumulators a margin lower, and a margin
//                      higher (rounding_margin). Where these two differ, one by one
//   scalar             one by one. The accumulators' sums of 32 bits may have wrapped around
//   wide               one by one, from sums of 64 bits, which no vector kernel makes
// The last two have `base` in the place of the addend, and multipliers in the plain order. For
// scalar, base <= sum < base + 2^32; for wide, sums start from it.
enum class Epilogue : std::uint8_t {
  vector,
  vector_left_shift,
  vector_full_range,
  vector_twice,
  scalar,
  wide
};

// The part of the output stage that all channels share; min and max lie within the output type.
struct OutputRange {
  std::int32_t zero_point, min, max;
  Rounding rounding = Rounding::tflite;

  // Whether there are bytes of the output type beyond min or max.
  OCTET_INLINE constexpr bool limits_bytes() const { return max - min != 255; }
};

namespace detail {

template <class Out>
constexpr OutputRange output_range(const OutputStage& stage) {
  return {stage.zero_point, stage.template min_of<Out>(), stage.template max_of<Out>(),
          stage.rounding};
}
template <class Out>
constexpr OutputRange output_range(const Output& output) {
  return {output.zero_point, saturate<Out>(output.min), saturate<Out>(output.max), output.rounding};
}

OCTET_INLINE constexpr std::size_t panel_constants_bytes(int columns) {
  return static_cast<std::size_t>(
      round_up(std::int64_t{columns} * (6 * 4 + 8), static_cast<std::int64_t>(kAlignment)));
}

OCTET_INLINE PanelConstants panel_constants(const std::byte* panel, int columns) {
  const auto* addend = reinterpret_cast<const std::int64_t*>(panel);
  const auto* words = reinterpret_cast<const std::int32_t*>(addend + columns);
  return {words, words + columns, words + 3 * columns, words + 4 * columns, words + 5 * columns,
          addend};
}

OCTET_INLINE MutablePanelConstants mutable_panel_constants(std::byte* panel, int columns) {
  auto* addend = reinterpret_cast<std::int64_t*>(panel);
  auto* words = reinterpret_cast<std::int32_t*>(addend + columns);
  return {words, words + columns, words + 3 * columns, words + 4 * columns, words + 5 * columns,
          addend};
}

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE
