// SPDX-License-Identifier: Apache-2.0
// Operations that treat every row, the elements along the last dimension, by itself: preparing,
// binding and running all of them. An operation is a struct with
//
//   Params, kName               reference/; its name for messages
//   validate(params)            what it refuses beyond the shape, the zero point and the output
//   Table                       optional: plain data that depends on the parameters alone, with
//                               fill(params), in memory of the caller
//   row(kernels, table, x, depth, y)
//                               one row; without a table, row(kernels, params, x, depth, y). y may
//                               be x where elements of both are equally wide
#pragma once

#include "octet/family/for_backend.hpp"
#include "octet/family/tabulated.hpp"
#include "octet/kernel/rows/softmax.hpp"

namespace octet::inline OCTET_BASELINE::family {

template <class Self, class Operation, class Out, class In>
struct RowsBase {
  using Type = ForBackend<Self, Operation, Out, In>;
};
template <class Self, class Operation, class Out, class In>
requires requires { typename Operation::Table; }
struct RowsBase<Self, Operation, Out, In> {
  using Type = Tabulated<Self, Operation, typename Operation::Table, Out, In>;
};

template <class Operation, class In, class Out>
class Rows : public RowsBase<Rows<Operation, In, Out>, Operation, Out, In>::Type {
  static_assert(std::is_integral_v<In> && sizeof(In) <= 2, "inputs of 8 and 16 bits");
  static_assert(std::is_integral_v<Out> && sizeof(Out) <= 2, "outputs of 8 and 16 bits");

  using Base = typename RowsBase<Rows, Operation, Out, In>::Type;

 public:
  using typename Base::Params;

  // All that prepare may refuse but memory.
  static constexpr Status validate(const Params& p) {
    if (const Status s = check::first_refusal(
            {check::shape(check::kInput, p.input.shape, 1),
             check::zero_point<In>(check::kInput.zero_point, p.input.zero_point)});
        !s.ok()) {
      return s;
    }
    if constexpr (requires { p.output; }) {
      if (const Status s = check::output<Out>(p.output); !s.ok()) return s;
    }
    return Operation::validate(p);
  }

 private:
  friend Base;
  friend typename Base::Bound;

  static constexpr bool kHasTable = requires { typename Operation::Table; };

  void set_up(const Params& params, const Backend& backend) {
    kernels_.look_up = LookUpKernels::of(backend);
    if constexpr (sizeof(In) == 1) kernels_.find_highest = HighestKernels<In>::of(backend);
    count_ = params.input.shape.size();
    depth_ = params.input.shape.extent[params.input.shape.rank - 1];
    if constexpr (!kHasTable) params_ = params;
  }
  template <class Table>
  void set_up(const Params& params, Table& table, const Backend& backend) {
    table.fill(params);
    set_up(params, backend);
  }

  // Without a table; one is apart from the output.
  Status check_memory(std::span<const In> input, std::span<Out> output) const {
    if constexpr (kHasTable) {
      return Base::check_memory(input, output);
    } else {
      return check::operands("input", input, count_, "output", output, count_,
                             /*may_be_same=*/true);
    }
  }

  void run(const In* input, Out* output) const {
    for (const In* const end = input + count_; input < end; input += depth_, output += depth_) {
      if constexpr (kHasTable) {
        Operation::row(kernels_, *this->table_, input, depth_, output);
      } else {
        Operation::row(kernels_, params_, input, depth_, output);
      }
    }
  }

  struct NoParams {};
  [[no_unique_address]] std::conditional_t<kHasTable, NoParams, Params> params_ = {};
  detail::RowKernels kernels_ = {};
  std::int64_t count_ = 0, depth_ = 0;
};

}  // namespace octet::inline OCTET_BASELINE::family
