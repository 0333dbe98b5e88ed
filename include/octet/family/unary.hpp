// SPDX-License-Identifier: Apache-2.0
// Operations of one input, element by element: preparing, binding and running all of them. An
// operation is a struct as for family/binary.hpp, with types In and Out where that has T, and
// UnaryLanes<Name> in a kernel file.
#pragma once

#include "octet/detail/check.hpp"
#include "octet/detail/kernel_table.hpp"
#include "octet/family/bound.hpp"
#include "octet/kernel/elementwise/elementwise.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace family {

template <class Operation, class In, class Out>
struct UnaryKernels {
  using Key = compiled::Key<typename Operation::Name, In, Out>;
  using Run = void (*)(const UnaryTask&, const void*, void*);
#define OCTET_RUN(target) &target::run_unary<typename Operation::Name, In, Out>
#include "octet/detail/kernel_table-inl.hpp"
};

template <class Operation, class In, class Out>
class Unary {
 public:
  using Params = typename Operation::Params;

  static constexpr const char* kName = Operation::kName;

  using Bound = family::Bound<Unary, Out, In>;

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) {
    if (const Status s = check::first_refusal(
            {check::shape(check::kInput, p.input.shape),
             check::zero_point<In>(check::kInput.zero_point, p.input.zero_point),
             check::output<Out>(p.output)});
        !s.ok()) {
      return s;
    }
    return Operation::template validate<In>(p);
  }

  static Result<Unary> prepare(const Params& params, const Backend& backend = best_backend()) {
    if (const Status s = validate(params); !s.ok()) return {s};
    Unary operation;
    operation.params_ = params;
    operation.backend_ = &backend;
    operation.runnable_ = check::backend(backend);
    if constexpr (sizeof(In) < 4 && sizeof(Out) < 4) {
      if (Operation::template suits_vectors<In>(params)) {
        operation.run_ = UnaryKernels<Operation, In, Out>::of(backend);
        operation.task_ = Operation::task(params);
      }
    }
    operation.task_.range = {params.output.zero_point, saturate<Out>(params.output.min),
                             saturate<Out>(params.output.max)};
    operation.task_.count = params.input.shape.size();
    return {{}, operation};
  }

  const Backend& backend() const { return *backend_; }

  // The output may be the input where both are equally wide.
  Result<Bound> bind(std::span<const In> input, std::span<Out> output) const {
    return Bound::of(*this, input, output);
  }

 private:
  friend Bound;

  Status ready() const {
    return backend_ == nullptr ? Status{StatusCode::not_prepared, kName} : runnable_;
  }

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
  const Backend* backend_ = nullptr;
  Status runnable_ = {};
  typename UnaryKernels<Operation, In, Out>::Run run_ = nullptr;  // null: one by one
  UnaryTask task_ = {};
};

}  // namespace family
}  // namespace OCTET_BASELINE
}  // namespace octet
