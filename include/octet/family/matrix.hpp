// SPDX-License-Identifier: Apache-2.0
// Products of matrices: what gemm and conv2d have in common as operations of family/product.hpp.
#pragma once

#include "octet/detail/gemm_blocking.hpp"
#include "octet/detail/kernel_table.hpp"
#include "octet/family/int16x8.hpp"
#include "octet/family/product.hpp"

namespace octet::inline OCTET_BASELINE::family {

// The base of an Operation that has rows(p), group_outputs(p) and depth(p), and tables of kernels:
// small ones for products that are small.
template <class Operation, class ParamsType, template <class> class Kernels,
          template <class> class SmallKernels>
struct MatrixOperation {
  using Bias = std::int32_t;
  using Params = ParamsType;
  using Task = GemmTask;
  template <class Out>
  using Kernel = typename Kernels<Out>::Run;

  static constexpr const Params& product(const Params& p) { return p; }

  static constexpr bool is_small(const Params& p, const Backend& backend) {
    return detail::is_small_product(*detail::kProductLayouts[backend.index], Operation::rows(p),
                                    Operation::group_outputs(p), Operation::depth(p));
  }
  static constexpr const Layout& layout(const Params& p, const Backend& backend) {
    const ProductLayouts& layouts = *detail::kProductLayouts[backend.index];
    return is_small(p, backend) ? layouts.small : layouts.large;
  }
  template <class Out>
  static Kernel<Out> kernel(const Params& p, const Backend& backend) {
    return is_small(p, backend) ? SmallKernels<Out>::of(backend) : Kernels<Out>::of(backend);
  }
  template <class Out, class Shape>
  static constexpr Epilogue least_epilogue(const Shape&) {
    return Epilogue::vector;
  }
  static constexpr const char* loop(const GemmPlan& plan) { return to_string(plan.loop); }

  // All rows and columns of the first matrix and group.
  OCTET_INLINE static Task task(const GemmPlan& plan) {
    return {.m = plan.m,
            .n = plan.n,
            .packed = plan.packed,
            .input = nullptr,
            .first_row = 0,
            .output = nullptr,
            .block = nullptr};
  }
  OCTET_INLINE static void bind(Task& task, const GemmPlan&, const std::uint8_t* input,
                                void* output, std::byte* scratch) {
    task.input = input;
    task.output = output;
    task.block = scratch;
  }

  template <class Out, class Plan, class AnyKernel>
  OCTET_INLINE static void run(const Plan& plan, AnyKernel kernel, const Task& task) {
    kernel(plan, task);
  }
  // Piece by piece: some rows of one matrix of a batch, and some panels of one group.
  template <class Out, class Plan, class AnyKernel>
  static void run_part(const Plan& plan, AnyKernel kernel, const Task& task,
                       const Partition& partition, const Part& part) {
    const auto run_piece = [&](std::int64_t batch, const PartRange& rows, std::int64_t group,
                               const PartRange& columns) {
      Task piece = task;
      piece.m = rows.last - rows.first;
      piece.n = static_cast<std::int32_t>(columns.last - columns.first);
      piece.first_row = rows.first;
      piece.packed +=
          group * plan.conv_group_packed + columns.first / plan.panel_columns * plan.panel_bytes;
      piece.input += batch * plan.batch_input + group * plan.conv_group_input;
      piece.output = static_cast<Out*>(task.output) + batch * plan.batch_output +
                     rows.first * plan.output_stride + group * plan.n + columns.first;
      piece.block += part.scratch;
      kernel(plan, piece);
    };
    detail::for_each_piece(
        partition.rows, part.rows, [&](std::int64_t batch, const PartRange& rows) {
          detail::for_each_piece(partition.columns, part.columns,
                                 [&](std::int64_t group, const PartRange& columns) {
                                   run_piece(batch, rows, group, columns);
                                 });
        });
  }
};

}  // namespace octet::inline OCTET_BASELINE::family
