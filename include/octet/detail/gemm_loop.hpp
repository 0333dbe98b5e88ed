// SPDX-License-Identifier: Apache-2.0
// Which of the loops of its target a product of matrices takes. docs/packing.md has the table.
#pragma once

#include "octet/detail/gemm_blocking.hpp"

namespace octet::inline OCTET_BASELINE {

enum class GemmLoop : std::uint8_t {
  single_row,    // one row, kept in registers up to its outputs, several panels side by side
  few_rows,      // two to four rows, panels side by side
  shallow,       // little depth: the weights stay in registers while rows pass by
  overlapped,    // the epilogue of a register block among the dot products of the next one
  in_registers,  // register blocks that are kept up to their outputs
  in_memory,     // register blocks whose accumulators go to memory, where the epilogue finds them
  tiles,         // tile registers
  wide,          // sums of 64 bits, one by one
};

constexpr const char* to_string(GemmLoop loop) {
  switch (loop) {
    case GemmLoop::single_row: return "single_row";
    case GemmLoop::few_rows: return "few_rows";
    case GemmLoop::shallow: return "shallow";
    case GemmLoop::overlapped: return "overlapped";
    case GemmLoop::in_registers: return "in_registers";
    case GemmLoop::in_memory: return "in_memory";
    case GemmLoop::tiles: return "tiles";
    case GemmLoop::wide: return "wide";
  }
  return "";
}

namespace detail {

OCTET_INLINE constexpr bool is_shallow(std::int64_t groups) { return groups <= kMostShallowGroups; }

// Whether kernels of vectors write outputs without a way through memory: bytes, by an epilogue of
// vectors without anything special. Those of `overlapped` pay up to some depth.
OCTET_INLINE constexpr bool may_fuse_epilogue(MicroEpilogue micro_epilogue, Epilogue epilogue,
                                              std::int32_t filter_zero_point, std::int64_t groups) {
  return micro_epilogue != MicroEpilogue::in_memory && epilogue == Epilogue::vector &&
         filter_zero_point == 0 &&
         (micro_epilogue != MicroEpilogue::overlapped || groups <= kMostOverlappedGroups);
}

// What a loop depends on. `rows` are those of a run in one part, or of a row of a staged output.
struct LoopInput {
  std::int64_t rows, n, k, segments;
  bool is_matrix;  // not made of windows
  std::int32_t filter_zero_point;
  Epilogue epilogue;
  int output_bytes;
};

// The loop that most rows take; those left over may take another.
constexpr GemmLoop gemm_loop(const ProductLayouts& layouts, const Layout& layout,
                             const LoopInput& in) {
  if (in.epilogue == Epilogue::wide) return GemmLoop::wide;
  if (layout.multiplies_matrices()) return GemmLoop::tiles;
  const std::int64_t groups = (in.k + layout.depth - 1) / layout.depth;
  const bool fuses = in.output_bytes == 1 &&
                     may_fuse_epilogue(layouts.epilogue, in.epilogue, in.filter_zero_point, groups);
  if (in.rows == 1 && in.is_matrix) {
    const bool in_registers = in.output_bytes == 1 && in.filter_zero_point == 0 &&
                              in.epilogue == Epilogue::vector && layout.weight_bytes == 1 &&
                              layouts.epilogue != MicroEpilogue::in_memory;
    return in_registers ? GemmLoop::single_row : GemmLoop::in_memory;
  }
  constexpr int kFewRows = 4;
  const int panels = layout.micro_rows / kFewRows;
  const bool shallow = fuses && layouts.epilogue == MicroEpilogue::overlapped && in.segments == 1 &&
                       is_shallow(groups) && in.rows >= kFewRows;
  if (shallow) return GemmLoop::shallow;
  if (in.rows > 1 && in.rows <= kFewRows && in.segments == 1 && panels > 1 &&
      !(fuses && is_shallow(groups)) && in.n >= std::int64_t{panels} * layout.panel_columns()) {
    return GemmLoop::few_rows;
  }
  const int fused_rows = in.n > layout.lanes ? layout.micro_rows : layouts.narrow_rows;
  if (!fuses || in.rows < fused_rows) return GemmLoop::in_memory;
  if (layouts.epilogue == MicroEpilogue::overlapped) return GemmLoop::overlapped;
  // Where weights may be wide, bytes are for few rows.
  const bool widens = layouts.has_small && layouts.large.weight_bytes > 1;
  return widens == (layout.weight_bytes > 1) ? GemmLoop::in_registers : GemmLoop::in_memory;
}

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE
