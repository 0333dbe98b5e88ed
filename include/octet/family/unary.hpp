// SPDX-License-Identifier: Apache-2.0
// Operations of one input, element by element: preparing, binding and running all of them. An
// operation is a struct as for family/binary.hpp, with
//
//   validate<In>(params), suits_vectors<In>(params), task(params)    as there
//   element<Out>(params, x)                                          the reference, x of type In
//
// and UnaryLanes<Name> in a kernel file.
#pragma once

#include "octet/family/for_backend.hpp"
#include "octet/kernel/elementwise/elementwise.hpp"

namespace octet::inline OCTET_BASELINE::family {

template <class Operation, class In, class Out>
struct UnaryKernels {
  using Key = compiled::Key<typename Operation::Name, In, Out>;
  OCTET_LANE_KERNEL_TABLE((const UnaryTask&, const void*, void*),
                          run_unary<typename Operation::Name, In, Out>)
};

template <class Operation, class In, class Out>
class Unary : public ForBackend<Unary<Operation, In, Out>, Operation, Out, In> {
 public:
  using typename Unary::ForBackend::Params;

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) {
    return validate_one_input<Operation, In>(p, check::output<Out>(output_or_default(p)));
  }

 private:
  friend typename Unary::ForBackend;
  friend typename Unary::Bound;

  static constexpr bool kHasKernels =
      !std::is_void_v<typename Operation::Name> && sizeof(In) < 4 && sizeof(Out) < 4;

  void set_up(const Params& params, [[maybe_unused]] const Backend& backend) {
    params_ = params;
    const Output output = output_or_default(params);
    if constexpr (kHasKernels) {
      if (has_closed_form(output.rounding) && Operation::template suits_vectors<In>(params)) {
        run_ = UnaryKernels<Operation, In, Out>::of(backend);
        task_ = Operation::task(params);
      }
    }
    task_.range = detail::output_range<Out>(output);
    task_.count = params.input.shape.size();
  }

  // The output may be the input where both are equally wide.
  Status check_memory(std::span<const In> input, std::span<Out> output) const {
    return check::operands("input", input, task_.count, "output", output, task_.count,
                           /*may_be_same=*/true);
  }

  void run(const In* input, Out* output) const {
    if (run_ != nullptr) return run_(task_, input, output);
    for (std::int64_t i = 0; i < task_.count; ++i) {
      output[i] = Operation::template element<Out>(params_, input[i]);
    }
  }

  Params params_ = {};
  typename UnaryKernels<Operation, In, Out>::Run run_ = nullptr;  // null: one by one
  UnaryTask task_ = {};
};

}  // namespace octet::inline OCTET_BASELINE::family
