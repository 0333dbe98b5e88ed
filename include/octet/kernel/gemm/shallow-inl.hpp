// SPDX-License-Identifier: Apache-2.0
// Products of little depth, for targets of many registers (MicroEpilogue::overlapped): a vector of
// columns keeps all of its weights in registers while rows pass by, four at a time. The epilogue
// of four follows the dot products of the next four, which do not wait for it; both are short, so
// the processor sees them together and starts what has operands. Included inside the region of
// each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/gemm/next_rows-inl.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

inline constexpr int kShallowRows = 4;
// While so many rows are multiplied, as many others can be packed.
inline constexpr int kShallowHeight = kShallowRows * kMicroSteps;

// kGroups depth groups, or one less: the last one is multiplied twice then, the second time by 0.
// `rows` rows, kShallowRows or more, of the columns of vector `v` of a panel of `vectors` vectors.
// The last four rows may be some that were written already; the first four are written twice too,
// at first with values that mean nothing. The first `leading` rows, a multiple of kShallowHeight,
// pack `next_rows` meanwhile.
template <int kGroups, class Out, class Dot = MatrixDot>
[[gnu::noinline]] inline void multiply_shallow(const MicroOperands& operands, int v, int vectors,
                                               const OutputRange& range, int rows, Out* out,
                                               std::int64_t stride, int leading,
                                               NextRows& next_rows) {
  using Four = FourVectorEpilogue<Out, 1>;
  static_assert(Four::kRows == kShallowRows);
  const int width = vectors * vec::kLanes;
  const PanelConstants constants = detail::panel_constants(operands.panel, width);
  const std::byte* const elements = operands.panel + detail::panel_constants_bytes(width);
  MatrixDot::Operand weights[kGroups];
  OCTET_UNROLL
  for (int g = 0; g < kGroups; ++g) {
    const std::byte* const group =
        elements + (g * vectors + v) * kWeightsBytes<MatrixDot, std::int8_t>;
    weights[g] = g < operands.groups ? MatrixDot::load_weights(group) : MatrixDot::Operand{};
  }
  const std::int64_t last = (operands.groups - 1) * kGroupBytes;
  const vec::Acc start = vec::load_acc(constants.start + v * vec::kLanes);
  const Four epilogue(constants, v * vec::kLanes, range);
  vec::Acc before[kShallowRows];
  OCTET_UNROLL
  for (int r = 0; r < kShallowRows; ++r) before[r] = start;
  Out* out_before = out;
  const std::byte* a = operands.a;
  const std::int64_t a_stride = operands.a_stride;
  // Once more at the end, for the outputs of the last four rows.
  for (int left = rows; left > -kShallowRows; left -= kShallowRows) {
    vec::Acc acc[kShallowRows];
    OCTET_UNROLL
    for (int r = 0; r < kShallowRows; ++r) acc[r] = start;
    if (left > 0) {
      const std::byte* of_row[kShallowRows];
      OCTET_UNROLL
      for (int r = 0; r < kShallowRows; ++r) {
        of_row[r] = a + r * a_stride;
        // One register for each, with constant offsets: g++ 12 would make one for each group.
        asm("" : "+r"(of_row[r]));
      }
      OCTET_UNROLL
      for (int g = 0; g < kGroups; ++g) {
        OCTET_UNROLL
        for (int r = 0; r < kShallowRows; ++r) {
          const std::byte* const group = of_row[r] + (g < kGroups - 1 ? g * kGroupBytes : last);
          acc[r] = Dot::dot(acc[r], SplatPacked<Dot>()(group), weights[g]);
        }
      }
      OCTET_UNROLL
      for (int r = 0; r < kShallowRows; ++r) vec::pin(acc[r]);
      const int row = rows - left;
      if (row < leading) next_rows.pack_step(row / kShallowRows % kMicroSteps);
    }
    epilogue.write(
        [&](int r, int) __attribute__((always_inline)) { return before[r]; }, out_before, stride);
    OCTET_UNROLL
    for (int r = 0; r < kShallowRows; ++r) before[r] = acc[r];
    out_before = out;
    const std::int64_t others = left - kShallowRows;
    const std::int64_t next = others < 0 ? 0 : others < kShallowRows ? others : kShallowRows;
    a += next * a_stride;
    out += next * stride;
  }
}

// The same for as many depth groups as there are: 1 to detail::kMostShallowGroups.
template <class Out, int kGroups = detail::kMostShallowGroups>
inline void multiply_shallow_of_depth(const MicroOperands& operands, int v, int vectors,
                                      const OutputRange& range, int rows, Out* out,
                                      std::int64_t stride, int leading, NextRows& next_rows) {
  if constexpr (kGroups > 2) {
    if (operands.groups <= kGroups - 2) {
      return multiply_shallow_of_depth<Out, kGroups - 2>(operands, v, vectors, range, rows, out,
                                                         stride, leading, next_rows);
    }
  }
  multiply_shallow<kGroups>(operands, v, vectors, range, rows, out, stride, leading, next_rows);
}

// As many of these rows as such register blocks can have, of the first `columns` columns of a
// panel; returns how many. `next_rows`, if it has any, are the rows behind the first
// kShallowHeight. Only for bytes and Epilogue::vector.
template <class Out>
inline int multiply_shallow_rows(const GemmPlan& plan, const MicroOperands& operands, Out* out,
                                 int rows, int columns, int vectors, NextRows next_rows) {
  if (next_rows.pieces > 0) rows -= rows % kShallowHeight;
  if (rows < kShallowRows) return 0;
  int leading = next_rows.pieces > 0 ? rows - kShallowHeight : 0;
  const int whole = columns / vec::kLanes, rest = columns % vec::kLanes;
  for (int v = 0; v < whole; ++v, leading = 0) {
    multiply_shallow_of_depth(operands, v, vectors, plan.range, rows, out + v * vec::kLanes,
                              plan.output_stride, leading, next_rows);
  }
  if (rest == 0) return rows;
  constexpr int kRowsAtOnce = 4 * kShallowHeight;
  Out part[kRowsAtOnce * vec::kLanes + kCopyMargin];
  MicroOperands some = operands;
  for (int row = 0; row < rows; row += kRowsAtOnce) {
    const int first = row < rows - kShallowRows ? row : rows - kShallowRows;
    const int count = rows - first < kRowsAtOnce ? rows - first : kRowsAtOnce;
    some.a = operands.a + first * operands.a_stride;
    multiply_shallow_of_depth(some, whole, vectors, plan.range, count, part, vec::kLanes,
                              leading - row, next_rows);
    copy_rows(part, vec::kLanes, count, rest,
              out + first * plan.output_stride + whole * vec::kLanes, plan.output_stride);
  }
  return rows;
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
