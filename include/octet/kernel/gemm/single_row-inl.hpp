// SPDX-License-Identifier: Apache-2.0
// A matrix of one row, whose accumulators stay in registers to the end. Only for outputs of bytes
// and Epilogue::vector. Included inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/gemm/shallow-inl.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// Whether single rows are read where they lie, and moved into the domain of the target in
// registers: little work, and small layers need not wait for what they just wrote.
inline constexpr bool kSplatsBytes = sizeof(MatrixDot::Packed) == 1;

// As SplatPacked, of signed bytes or unsigned ones.
struct SplatBytes {
  MatrixDot::Operand flip;

  OCTET_INLINE explicit SplatBytes(bool is_signed) {
    const bool other = is_signed != std::is_signed_v<MatrixDot::Packed>;
    MatrixDot::Packed group[MatrixDot::kDepth];
    for (MatrixDot::Packed& byte : group) byte = static_cast<MatrixDot::Packed>(other ? 0x80 : 0);
    flip = MatrixDot::splat(group);
  }
  OCTET_INLINE MatrixDot::Operand operator()(const std::byte* group) const {
    return SplatPacked<MatrixDot>()(group) ^ flip;
  }
  OCTET_INLINE MatrixDot::Operand groups(const std::byte* p) const {
    return SplatPacked<MatrixDot>().groups(p) ^ flip;
  }
};

// The row and a few panels, of which the last has `columns`. The row holds bytes where
// kSplatsBytes, else what was packed.
template <class Weight, int kPanels, int kVectors, class Out>
OCTET_INLINE void multiply_row_and_panels(const GemmPlan& plan, const MicroOperands& operands,
                                          int columns, Out* out) {
  constexpr int kWidth = kVectors * vec::kLanes;
  vec::Acc acc[kPanels][1][kVectors];
  if constexpr (kSplatsBytes) {
    accumulate<Weight>(operands, acc, SplatBytes(plan.is_signed));
  } else {
    accumulate<Weight>(operands, acc);
  }
  Out row[kWidth + kCopyMargin];
  OCTET_UNROLL
  for (int p = 0; p < kPanels; ++p, out += kWidth) {
    const PanelConstants constants =
        detail::panel_constants(operands.panel + p * operands.panel_step, kWidth);
    const bool whole = p < kPanels - 1 || columns == kWidth;
    Out* const to = whole ? out : row;
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      write_vector(acc[p][0][v], vec::load_multipliers(constants, v * vec::kLanes), plan.range,
                   to + v * vec::kLanes);
    }
    if (!whole) copy_values(out, row, columns);
  }
}

// The operands of a matrix of one row with its first panel.
OCTET_INLINE MicroOperands row_operands(const GemmPlan& plan, const GemmTask& task,
                                        const std::byte* a) {
  return {.a = a,
          .a_stride = 0,
          .groups = depth_groups(plan.k),
          .segments = 1,
          .segment_step = 0,
          .panel = task.packed};
}

// The bytes of such a row, with zeros up to a whole depth group behind them.
OCTET_INLINE const std::byte* bytes_of_row(const GemmPlan& plan, const GemmTask& task) {
  const auto* const row =
      reinterpret_cast<const std::byte*>(task.input + task.first_row * plan.input_stride);
  if (plan.k % MatrixDot::kDepth == 0) return row;
  std::memcpy(task.block, row, static_cast<std::size_t>(plan.k));
  pad_row(reinterpret_cast<MatrixDot::Packed*>(task.block), plan.k);
  return task.block;
}

// The row against every panel.
template <class Weight, class Out>
inline void multiply_row_in_registers(const GemmPlan& plan, const GemmTask& task,
                                      const std::byte* a) {
  MicroOperands operands = row_operands(plan, task, a);
  auto* out = static_cast<Out*>(task.output);
  std::int64_t left = task.n;
  constexpr int kPanels = MicroShape::panels(1), kWidth = kPanels * MicroShape::kWidest;
  if (left >= kWidth) {
    operands.panel_step = Panel(left, operands.groups, sizeof(Weight)).bytes;
    for (; left >= kWidth; left -= kWidth, out += kWidth) {
      multiply_row_and_panels<Weight, kPanels, 2>(plan, operands, MicroShape::kWidest, out);
      operands.panel += kPanels * operands.panel_step;
    }
  }
  for (; left > 0; left -= MicroShape::kWidest, out += MicroShape::kWidest) {
    const Panel panel(left, operands.groups, sizeof(Weight));
    if (panel.vectors == 2) {
      multiply_row_and_panels<Weight, 1, 2>(plan, operands, panel.columns, out);
    } else {
      multiply_row_and_panels<Weight, 1, 1>(plan, operands, panel.columns, out);
    }
    operands.panel += panel.bytes;
  }
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
