// SPDX-License-Identifier: Apache-2.0
// Operations of two inputs, element by element, with broadcasting: preparing, binding and running
// all of them. An operation is a struct with
//
//   Params, Name, kName               reference/; its name for tables, void without kernels, and
//                                     for messages
//   validate<T>(params)               what it refuses beyond shapes, zero points and factors
//   element<T>(params, x1, x2)        the reference
//   suits_vectors<T>(params)          whether the lanes are exact for these parameters
//   task(params)                      the constants of its lanes, for parameters that suit them
//
// and BinaryLanes<Name> (elementwise-inl.hpp) in a kernel file. Only an operation that rescales its
// output has params.output; only one with kernels has the last two functions.
#pragma once

#include "octet/family/for_backend.hpp"
#include "octet/kernel/elementwise/elementwise.hpp"
#include "octet/reference/broadcast.hpp"

namespace octet::inline OCTET_BASELINE::family {

template <class Operation, class T, class Out = T>
struct BinaryKernels {
  using Key = compiled::Key<typename Operation::Name, T>;
  OCTET_LANE_KERNEL_TABLE((const BinaryTask&, const void*, const void*, void*),
                          run_binary<typename Operation::Name, T, Out>)
};

template <class Operation, class T, class Out = T>
class Binary : public ForBackend<Binary<Operation, T, Out>, Operation, Out, T, T> {
  static_assert(std::is_integral_v<T>, "integers only");

 public:
  using typename Binary::ForBackend::Params;

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) {
    if (const Status s = check::first_refusal({check::shape(check::kInput1, p.input1.shape),
                                               check::shape(check::kInput2, p.input2.shape)});
        !s.ok()) {
      return s;
    }
    if (const Status s = check::broadcast(p.input1.shape, p.input2.shape); !s.ok()) return s;
    if (const Status s = check::first_refusal(
            {check::zero_point<T>(check::kInput1.zero_point, p.input1.zero_point),
             check::zero_point<T>(check::kInput2.zero_point, p.input2.zero_point),
             check::output<Out>(output_or_default(p))});
        !s.ok()) {
      return s;
    }
    return Operation::template validate<T>(p);
  }

  Shape output_shape() const { return broadcast_shape(params_.input1.shape, params_.input2.shape); }

 private:
  friend typename Binary::ForBackend;
  friend typename Binary::Bound;

  static constexpr bool kHasKernels = !std::is_void_v<typename Operation::Name> && sizeof(T) <= 2;
  static constexpr bool kInPlace = sizeof(T) == sizeof(Out);

  void set_up(const Params& params, [[maybe_unused]] const Backend& backend) {
    params_ = params;
    outputs_ = output_shape().size();
    const Output output = output_or_default(params);
    if constexpr (kHasKernels) {
      if (has_closed_form(output.rounding) && Operation::template suits_vectors<T>(params)) {
        run_ = BinaryKernels<Operation, T, Out>::of(backend);
        task_ = Operation::task(params);
      }
    }
    task_.range = detail::output_range<Out>(output);
    task_.walk = detail::broadcast_walk(params.input1.shape, params.input2.shape);
  }

  Status check_memory(std::span<const T> input1, std::span<const T> input2,
                      std::span<Out> output) const {
    const std::int64_t size1 = params_.input1.shape.size(), size2 = params_.input2.shape.size();
    // The output may be an input, but not one that is repeated.
    return check::first_refusal({check::operands("input1", input1, size1, "output", output,
                                                 outputs_, kInPlace && size1 == outputs_),
                                 check::operands("input2", input2, size2, "output", output,
                                                 outputs_, kInPlace && size2 == outputs_)});
  }

  void run(const T* input1, const T* input2, Out* output) const {
    if (run_ != nullptr) return run_(task_, input1, input2, output);
    const BroadcastWalk& walk = task_.walk;
    detail::BroadcastRuns runs(walk);
    do {
      for (std::int64_t i = 0; i < walk.length; ++i) {
        output[runs.place + i] =
            Operation::template element<T>(params_, input1[runs.place1 + (walk.repeats1 ? 0 : i)],
                                           input2[runs.place2 + (walk.repeats2 ? 0 : i)]);
      }
    } while (runs.next());
  }

  Params params_ = {};
  std::int64_t outputs_ = 0;
  typename BinaryKernels<Operation, T, Out>::Run run_ = nullptr;  // null: one by one
  BinaryTask task_ = {};
};

}  // namespace octet::inline OCTET_BASELINE::family
