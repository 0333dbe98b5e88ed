// SPDX-License-Identifier: Apache-2.0
// A block of a matrix multiplication in tile registers: 32 rows or fewer times the columns of a
// panel, in up to two by two tiles of accumulators. Included inside the region of a target whose
// namespace `tile` has them (target/amx_int8.hpp) and whose namespace `vectors` is a target with
// the same lanes, all of whose names it can use.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/gemm/vector_gemm.hpp"
#define OCTET_TARGET amx_int8
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// Accumulators in tiles 0 to 3, row by row; rows of A in 4 and 5, columns of B in 6 and 7.
OCTET_INLINE constexpr tile::Configuration tiles_of(int height) {
  tile::Configuration tiles;
  const auto shape = [&](int t, int rows) {
    tiles.rows[t] = static_cast<std::uint8_t>(rows);
    tiles.row_bytes[t] = rows > 0 ? tile::kDepth : 0;
  };
  const int upper = height < tile::kSize ? height : tile::kSize, lower = height - upper;
  for (const int t : {0, 1, 4}) shape(t, upper);
  for (const int t : {2, 3, 5}) shape(t, lower);
  for (const int t : {6, 7}) shape(t, tile::kSize);
  return tiles;
}

// The products of `height` rows from `a` on and the columns of a panel, in the tiles, with a call
// of between() after each of the `steps` of the depth.
template <int kVectors, class Between>
OCTET_INLINE void accumulate_block(const LhsBlock& rows, const std::byte* a, const std::byte* panel,
                                   int height, std::int64_t steps, bool is_signed,
                                   Between between) {
  constexpr int kWidth = kVectors * tile::kSize;
  constexpr std::int64_t kStride = kWidth * MatrixDot::kDepth;
  const bool two_rows = height > tile::kSize;
  const std::int32_t* const start = detail::panel_constants(panel, kWidth).start;
  const std::byte* b = panel + detail::panel_constants_bytes(kWidth);
  tile::load<0>(start, 0);
  if (kVectors == 2) tile::load<1>(start + tile::kSize, 0);
  if (two_rows) {
    tile::load<2>(start, 0);
    if (kVectors == 2) tile::load<3>(start + tile::kSize, 0);
  }
  const std::int64_t a_stride = rows.a_stride, steps_of_each = steps / rows.segments;
  const std::int64_t next_segment = rows.segment_step - steps_of_each * tile::kDepth;
  for (std::int64_t segment = rows.segments; segment > 0; --segment, a += next_segment) {
    for (std::int64_t step = steps_of_each; step > 0; --step) {
      tile::load<6>(b, kStride);
      tile::load<4>(a, a_stride);
      tile::dot<0, 4, 6>(is_signed);
      if (kVectors == 2) {
        tile::load<7>(b + kStride / 2, kStride);
        tile::dot<1, 4, 7>(is_signed);
      }
      if (two_rows) {
        tile::load<5>(a + tile::kSize * a_stride, a_stride);
        tile::dot<2, 5, 6>(is_signed);
        if (kVectors == 2) tile::dot<3, 5, 7>(is_signed);
      }
      a += tile::kDepth;
      b += kStride * tile::kSize;
      between();
    }
  }
}

// Stores those tiles, one row after the other.
template <int kVectors>
OCTET_INLINE void store_block(std::int32_t* accumulators, int height) {
  constexpr int kWidth = kVectors * tile::kSize;
  constexpr std::int64_t kStride = kWidth * sizeof(std::int32_t);
  std::int32_t* const lower = accumulators + tile::kSize * kWidth;
  tile::store<0>(accumulators, kStride);
  if (kVectors == 2) tile::store<1>(accumulators + tile::kSize, kStride);
  if (height > tile::kSize) {
    tile::store<2>(lower, kStride);
    if (kVectors == 2) tile::store<3>(lower + tile::kSize, kStride);
  }
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
