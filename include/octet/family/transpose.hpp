// SPDX-License-Identifier: Apache-2.0
// A copy whose innermost loops may make columns of rows, which has kernels: preparing, binding and
// running it. Its operation is a struct as for family/move.hpp, with a plan.
#pragma once

#include <span>

#include "octet/family/for_backend.hpp"
#include "octet/family/move.hpp"
#include "octet/kernel/move/transpose.hpp"

namespace octet::inline OCTET_BASELINE::family {

// Of elements of so many bytes.
template <std::size_t bytes>
struct TransposeKernels {
  using Word = detail::WordOf<bytes>;
  using Key = compiled::Key<compiled::Transpose, Word>;
  OCTET_LANE_KERNEL_TABLE((const TransposeTask&, const void*, void*), transpose<Word>)
};

template <class Operation, class T>
class Transpose : public ForBackend<Transpose<Operation, T>, Operation, T, T> {
  static_assert(Movable<T>, "elements of 1, 2, 4 or 8 bytes can be moved");
  using Kernels = TransposeKernels<sizeof(T)>;

 public:
  using typename Transpose::ForBackend::Params;

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) { return validate_move<Operation, T>(p); }

 private:
  friend typename Transpose::ForBackend;
  friend typename Transpose::Bound;

  void set_up(const Params& params, const Backend& backend) {
    size_ = params.input.shape.size();
    copy_ = Operation::plan(params).in_best_order();
    if (copy_.make_transpose()) {
      copy_.rank -= 2;
      const StridedCopy::Loop &columns = copy_.loops[copy_.rank],
                              &rows = copy_.loops[copy_.rank + 1];
      run_ = Kernels::of(backend);
      task_ = {rows.count, columns.count, rows.input_stride, columns.output_stride};
    }
  }

  Status check_memory(std::span<const T> input, std::span<T> output) const {
    return check::operands("input", input, size_, "output", output, size_);
  }

  void run(const T* input, T* output) const {
    if (run_ == nullptr) return detail::run_copy(copy_, input, output);
    detail::for_each_row(copy_, copy_.rank, input, output,
                         [&](const T* in, T* out) { run_(task_, in, out); });
  }

  std::int64_t size_ = 0;
  StridedCopy copy_;  // around the task, if there is one
  TransposeTask task_ = {};
  typename Kernels::Run run_ = nullptr;
};

}  // namespace octet::inline OCTET_BASELINE::family
