// SPDX-License-Identifier: Apache-2.0
// How the accumulators of register blocks become outputs, in the way of each target
// (MicroEpilogue). Included inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/gemm/single_row-inl.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// Rows of a panel whose accumulators are complete and whose outputs are still to be written: those
// of `columns` of its columns.
struct PendingOutputs {
  std::int32_t* accumulators;
  const std::byte* panel;
  std::byte* out;
  int rows, columns, vectors;
};

template <class Out>
inline void write_rows(const GemmPlan& plan, const PendingOutputs& finished) {
  const int width = finished.vectors * vec::kLanes;
  finish_block(finished.accumulators, finished.rows, finished.columns, width,
               detail::panel_constants(finished.panel, width), plan.range, plan.epilogue,
               reinterpret_cast<Out*>(finished.out), plan.output_stride);
}

static_assert(vec::kMicroEpilogue == MicroEpilogue::in_memory || MicroShape::kVectors == 2);

// What else there is to do between the dot products of a register block.
struct OverlappedWork {
  PendingOutputs pending;
  NextRows next_rows;
};

// Whether a call multiplies all register blocks of a panel. A call for each costs Arm's targets
// vector registers to save and a dozen instructions for the addresses of rows; others have too few
// registers for this loop.
template <class Dot>
inline constexpr bool kLoopsOverBlocks = kDotsElements<Dot> || kCollects<Dot>;

// Whole register blocks one below the other, each of which stays in registers to the end: one,
// where the target does not loop over them. Only for bytes and Epilogue::vector.
template <class Weight, int kVectors, class Out>
[[gnu::noinline]] inline void multiply_whole(const GemmPlan& plan, const MicroOperands& operands,
                                             Out* first_out, int blocks) {
  using Four = FourVectorEpilogue<Out, kVectors>;
  constexpr int kRows = MicroShape::fused(kVectors), kLast = kRows - Four::kRows;
  const int count = kLoopsOverBlocks<MatrixDot> ? blocks : 1;
  for (int block = 0; block < count; ++block) {
    MicroOperands of_block = operands;
    of_block.a += block * kRows * operands.a_stride;
    Out* const out = first_out + block * kRows * plan.output_stride;
    vec::Acc acc[1][kRows][kVectors];
    accumulate<Weight>(of_block, acc);
    const Four epilogue(constants_of<kVectors>(operands), 0, plan.range);
    OCTET_UNROLL
    for (int row = 0; row < kRows; row += Four::kRows) {
      const int first = row < kLast ? row : kLast;
      epilogue.write(
          [&](int r, int v) __attribute__((always_inline)) { return acc[0][first + r][v]; },
          out + first * plan.output_stride, plan.output_stride);
    }
  }
}

// As many of these rows as can stay in registers to the end; returns how many.
template <class Out, class Weight>
inline int multiply_in_registers(const GemmPlan& plan, const MicroOperands& operands,
                                 std::byte* first_out, int rows, int columns, int vectors,
                                 OverlappedWork& work) {
  auto* out = reinterpret_cast<Out*>(first_out);
  if (columns != vectors * vec::kLanes) return 0;
  const auto multiply =
      vectors == 2 ? multiply_whole<Weight, 2, Out> : multiply_whole<Weight, 1, Out>;
  const int height = MicroShape::fused(vectors);
  const auto is_next = [&](int left) {
    return height == MicroShape::kRows ? MicroShape::next(left) == height : left >= height;
  };
  // Rows that are packed with the register blocks before them take a call for each.
  const bool loops = kLoopsOverBlocks<MatrixDot> && work.next_rows.pieces == 0;
  MicroOperands block = operands;
  int row = 0;
  while (is_next(rows - row)) {
    const int blocks = loops ? (rows - row) / height : 1, multiplied = blocks * height;
    if (is_next(rows - row - multiplied)) work.next_rows.pack_step(0);
    multiply(plan, block, out, blocks);
    block.a += multiplied * block.a_stride;
    out += multiplied * plan.output_stride;
    row += multiplied;
  }
  return row;
}

// Register blocks one below the other, with the epilogue of the register block before and the
// packing of the rows of the next one spread over the dot products of each. Those leave units of
// the processor idle that the others need, but it does not look far enough ahead to find so much
// work. work.pending has the width of these register blocks, or no columns; in the end it is the
// last of them. work.next_rows, if it has any, are the rows behind the first register block. Only
// for bytes and Epilogue::vector.
template <int kRows, int kVectors, class Out>
inline void multiply_down(const GemmPlan& plan, const MicroOperands& operands, Out* first_out,
                          int blocks, int columns, OverlappedWork& work) {
  static_assert(kRows % 4 == 0 && kRows / 4 * kVectors == kMicroSteps);
  constexpr int kWidth = kVectors * vec::kLanes;
  const std::int64_t a_stride = operands.a_stride;
  const RowStrides strides(a_stride);
  const std::int64_t next_segment = operands.segment_step - operands.groups * kGroupBytes;
  const std::int64_t groups = operands.groups * operands.segments;
  const std::int64_t each = groups / kMicroSteps;
  PendingOutputs& pending = work.pending;
  if (pending.columns == 0) pending.panel = operands.panel;
  NextRows next_rows = work.next_rows;
  Out part[kRows * vec::kLanes + kCopyMargin];
  for (int block = 0; block < blocks; ++block) {
    const std::byte* a = operands.a + block * kRows * a_stride;
    const std::byte* b = elements_of<kVectors>(operands);
    vec::Acc acc[kRows][kVectors];
    start_accumulators(operands.panel, acc);
    std::int64_t left = operands.groups;
    const auto add_groups = [&](std::int64_t count) __attribute__((always_inline)) {
      for (; count > 0; --count) {
        if constexpr (kRows > 8) {
          add_group<MatrixDot, std::int8_t>(a, a_stride, b, acc);
        } else {
          add_group<MatrixDot, std::int8_t>(a, strides, b, acc);
        }
        a += kGroupBytes;
        b += kVectors * kWeightsBytes<MatrixDot, std::int8_t>;
        // Out of line: a jump over it in each group would cost the units that fetch instructions.
        if (--left == 0) [[unlikely]] {
          left = operands.groups;
          a += next_segment;
        }
      }
    };
    const PanelConstants constants = detail::panel_constants(pending.panel, kWidth);
    Out* const out = reinterpret_cast<Out*>(pending.out);
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      const int wanted = pending.columns - v * vec::kLanes;
      const bool whole = wanted >= vec::kLanes;
      Out* const to = whole ? out + v * vec::kLanes : part;
      const std::int64_t stride = whole ? plan.output_stride : vec::kLanes;
      const FourVectorEpilogue<Out, 1> epilogue(constants, v * vec::kLanes, plan.range);
      OCTET_UNROLL
      for (int r = 0; r < kRows; r += 4) {
        add_groups(each);
        if (block + 1 < blocks) next_rows.pack_step(v * kRows / 4 + r / 4);
        if (pending.columns == 0) continue;
        epilogue.write(pending.accumulators + r * kWidth + v * vec::kLanes, kWidth, to + r * stride,
                       stride);
      }
      if (!whole && wanted > 0) {
        copy_rows(part, vec::kLanes, kRows, wanted, out + v * vec::kLanes, plan.output_stride);
      }
    }
    add_groups(groups - each * kMicroSteps);
    store_accumulators(pending.accumulators, acc);
    pending.panel = operands.panel;
    pending.out = reinterpret_cast<std::byte*>(first_out + block * kRows * plan.output_stride);
    pending.rows = kRows;
    pending.vectors = kVectors;
    pending.columns = columns;
  }
}

// As many of these rows as such register blocks can have; returns how many.
template <class Out>
inline int multiply_overlapped(const GemmPlan& plan, const MicroOperands& operands, std::byte* out,
                               int rows, int columns, int vectors, OverlappedWork& work) {
  PendingOutputs& pending = work.pending;
  auto* const first_out = reinterpret_cast<Out*>(out);
  if (operands.segments == 1 && detail::is_shallow(operands.groups)) {
    return multiply_shallow_rows(plan, operands, first_out, rows, columns, vectors, work.next_rows);
  }
  const int height = MicroShape::fused(vectors);
  const int blocks = rows / height;
  if (blocks == 0) return 0;
  if (pending.columns > 0 && pending.vectors != vectors) {
    write_rows<Out>(plan, pending);
    pending.columns = 0;
  }
  if (vectors == 2) {
    multiply_down<MicroShape::fused(2), 2>(plan, operands, first_out, blocks, columns, work);
  } else {
    multiply_down<MicroShape::fused(1), 1>(plan, operands, first_out, blocks, columns, work);
  }
  return blocks * height;
}

inline constexpr bool kOverlapped = vec::kMicroEpilogue == MicroEpilogue::overlapped;

// Overlapped register blocks and shallow ones read panels of bytes.
static_assert(!kOverlapped || !kWidensWeights);

// The rows of the first register block of a product of n columns.
OCTET_INLINE constexpr int first_rows(std::int64_t n, std::int64_t groups) {
  return kOverlapped && detail::is_shallow(groups) ? kShallowHeight
                                                   : MicroShape::fused(n > vec::kLanes ? 2 : 1);
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
