// SPDX-License-Identifier: Apache-2.0
// Operations that combine the elements along some dimensions of a tensor: preparing, binding and
// running all of them. An operation is a struct with
//
//   Params, Name, kName        reference/; its name for tables, and for messages
//   kLowestMultiplier          of output.rescale
//   validate<T>(params)        what it refuses beyond shapes, zero points and the output stage
//
// and Reduction<Name> and ReduceLanes<Name> (kernel/reduce/reduce.hpp).
#pragma once

#include <span>
#include <type_traits>

#include "octet/detail/check.hpp"
#include "octet/detail/kernel_table.hpp"
#include "octet/family/bound.hpp"
#include "octet/kernel/reduce/reduce.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace family {

template <class Operation, class T>
struct ReduceKernels {
  using Key = compiled::Key<typename Operation::Name, T>;
  using Run = void (*)(const ReduceTask&, const void*, void*);
#define OCTET_RUN(target) &target::run_reduce<typename Operation::Name, T>
#include "octet/detail/kernel_table-inl.hpp"
};

template <class Operation, class T>
class Reduce {
  static_assert(std::is_integral_v<T> && sizeof(T) <= 2, "int8, uint8 and int16 are implemented");

 public:
  using Params = typename Operation::Params;

  using Bound = family::Bound<Reduce, T, T>;

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) {
    if (const Status s = check::first_refusal(
            {check::shape(check::kInput, p.input.shape),
             check::zero_point<T>(check::kInput.zero_point, p.input.zero_point),
             check::output<T>(p.output, Operation::kLowestMultiplier)});
        !s.ok()) {
      return s;
    }
    return Operation::template validate<T>(p);
  }

  static Result<Reduce> prepare(const Params& params, const Backend& backend = best_backend()) {
    if (const Status s = validate(params); !s.ok()) return {s};
    Reduce operation;
    operation.backend_ = &backend;
    operation.runnable_ = check::backend(backend);
    operation.inputs_ = params.input.shape.size();
    operation.outputs_ = output_shape(params).size();
    operation.run_ = ReduceKernels<Operation, T>::of(backend);
    operation.task_ = detail::reduce_task(params.input.shape, params.reduce);
    operation.task_.output = params.output;
    operation.task_.subtracted = operation.inputs_ / operation.outputs_ * params.input.zero_point;
    return {{}, operation};
  }

  const Backend& backend() const { return *backend_; }

  Result<Bound> bind(std::span<const T> input, std::span<T> output) const {
    return Bound::of(*this, input, output);
  }

 private:
  friend Bound;

  Status ready() const {
    return backend_ == nullptr ? Status{StatusCode::not_prepared, Operation::kName} : runnable_;
  }

  Status check_memory(std::span<const T> input, std::span<T> output) const {
    return check::operands("input", input, inputs_, "output", output, outputs_);
  }

  void run(const T* input, T* output) const { run_(task_, input, output); }

  const Backend* backend_ = nullptr;
  Status runnable_ = {};
  std::int64_t inputs_ = 0, outputs_ = 0;
  typename ReduceKernels<Operation, T>::Run run_ = nullptr;
  ReduceTask task_ = {};
};

}  // namespace family
}  // namespace OCTET_BASELINE
}  // namespace octet
