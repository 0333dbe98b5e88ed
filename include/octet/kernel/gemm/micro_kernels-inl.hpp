// SPDX-License-Identifier: Apache-2.0
// What loops of a target call for one type of outputs and of weights: a table, so that these loops
// are compiled once for all types. Included inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/gemm/overlapped-inl.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// What depends on the types of the outputs and of the weights in panels.
struct MicroKernels {
  int output_bytes, weight_bytes;
  MicroKernel (*micro_kernel)(int height, int vectors);
  MicroKernel few_rows;  // of MicroShape::kFewRows rows and kFewRowsPanels panels side by side
  void (*write_rows)(const GemmPlan& plan, const PendingOutputs& finished);
  // Those that fuse the vector epilogue, or null pointers: `multiply` returns how many leading rows
  // it computed, 0 if it declines; `row` is for a single one.
  int (*multiply)(const GemmPlan& plan, const MicroOperands& operands, std::byte* out, int rows,
                  int columns, int vectors, OverlappedWork& work);
  void (*row)(const GemmPlan& plan, const GemmTask& task, const std::byte* a);
  bool has_row;  // g++ 11 warns of a constant pointer that is compared with null
  // Rows and columns of a panel that is `width` columns wide, for Epilogue::wide.
  void (*wide)(const GemmPlan& plan, const MicroOperands& operands, int rows, int columns,
               int width, std::byte* out);
};

template <class Out, class Weight>
inline void multiply_wide_bytes(const GemmPlan& plan, const MicroOperands& operands, int rows,
                                int columns, int width, std::byte* out) {
  multiply_wide<MatrixDot::Packed, Weight>(plan, operands, rows, columns, width,
                                           reinterpret_cast<Out*>(out));
}

template <class Out, class Weight>
OCTET_INLINE constexpr MicroKernels micro_kernels() {
  MicroKernels result{
      sizeof(Out),
      sizeof(Weight),
      micro_kernel_for<Weight>,
      micro_kernel<Weight, MicroShape::kFewRows, MicroShape::kVectors, kFewRowsPanels>,
      write_rows<Out>,
      nullptr,
      nullptr,
      false,
      multiply_wide_bytes<Out, Weight>};
  if constexpr (sizeof(Out) == 1 && vec::kMicroEpilogue != MicroEpilogue::in_memory) {
    if constexpr (kOverlapped) {
      result.multiply = multiply_overlapped<Out>;
    } else if constexpr (kWidensWeights == (sizeof(Weight) > 1)) {
      // Where there are wide weights, bytes are for products of few rows, which wait for weights.
      result.multiply = multiply_in_registers<Out, Weight>;
    }
    if constexpr (sizeof(Weight) == 1) {
      result.row = multiply_row_in_registers<Weight, Out>;
      result.has_row = true;
    }
  }
  return result;
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
