// SPDX-License-Identifier: Apache-2.0
// Operations that combine the elements along some dimensions of a tensor: preparing, binding and
// running all of them. An operation is a struct with
//
//   Params, Name, kName        reference/; its name for tables, and for messages
//   kLowestMultiplier          of output.rescale, where it has one
//   validate<T>(params)        what it refuses beyond shapes, zero points and the output stage
//
// and Reduction<Name> and ReduceLanes<Name> (kernel/reduce/reduce.hpp).
#pragma once

#include <span>
#include <type_traits>

#include "octet/family/for_backend.hpp"
#include "octet/kernel/reduce/reduce.hpp"

namespace octet::inline OCTET_BASELINE::family {

template <class Operation, class T>
struct ReduceKernels {
  using Key = compiled::Key<typename Operation::Name, T>;
  OCTET_LANE_KERNEL_TABLE((const ReduceTask&, const void*, void*),
                          run_reduce<typename Operation::Name, T>)
};

template <class Operation, class T>
class Reduce : public ForBackend<Reduce<Operation, T>, Operation, T, T> {
  static_assert(std::is_integral_v<T> && sizeof(T) <= 2, "int8, uint8 and int16 are implemented");

 public:
  using typename Reduce::ForBackend::Params;

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) {
    if constexpr (kRescales) {
      return validate_one_input<Operation, T>(
          p, check::output<T>(p.output, Operation::kLowestMultiplier));
    } else {
      return validate_one_input<Operation, T>(p);
    }
  }

 private:
  friend typename Reduce::ForBackend;
  friend typename Reduce::Bound;

  static constexpr bool kRescales = requires(const Params& p) { p.output; };

  void set_up(const Params& params, const Backend& backend) {
    inputs_ = params.input.shape.size();
    outputs_ = output_shape(params).size();
    run_ = ReduceKernels<Operation, T>::of(backend);
    task_ = detail::reduce_task(params.input.shape, params.reduce);
    if constexpr (kRescales) {
      task_.output = params.output;
      task_.subtracted = inputs_ / outputs_ * params.input.zero_point;
    }
  }

  Status check_memory(std::span<const T> input, std::span<T> output) const {
    return check::operands("input", input, inputs_, "output", output, outputs_);
  }

  void run(const T* input, T* output) const { run_(task_, input, output); }

  std::int64_t inputs_ = 0, outputs_ = 0;
  typename ReduceKernels<Operation, T>::Run run_ = nullptr;
  ReduceTask task_ = {};
};

}  // namespace octet::inline OCTET_BASELINE::family
