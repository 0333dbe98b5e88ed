// SPDX-License-Identifier: Apache-2.0
// Operations that slide a window over an input and make one output of what it covers: preparing,
// binding and running all of them. An operation is a struct with
//
//   Params, Name, kName            reference/; its name for tables, and for messages
//   validate<T>(params)            all that it refuses
//   Task, task<T>(params)          what its kernel is handed
//   suits_vectors<T>(params)       optional: whether its kernel is exact for these parameters,
//   reference<T>(params, ...)      and its formula, for others
//
// and Pooling<Name, T> in a kernel file, for every T that may suit vectors.
#pragma once

#include <span>
#include <type_traits>

#include "octet/family/for_backend.hpp"
#include "octet/kernel/window/pool2d.hpp"

namespace octet::inline OCTET_BASELINE::family {

// What pooling operations have in common.
template <class Name>
struct PoolOf : OperationOf<Pool2dParams, Name> {
  using Task = Pool2dTask;

  template <class T>
  static constexpr Status validate(const Pool2dParams& p) {
    using enum StatusCode;
    const ShapeNhwc& input = p.input.shape;
    if (const Status s = check::input_shape(input); !s.ok()) return s;
    if (const Status s = check::first_refusal(
            {check::pooling_window(input, p.filter, p.stride, p.padding),
             check::output_shape(output_shape(p)),
             check::zero_point<T>(check::kInput.zero_point, p.input.zero_point),
             check::output<T>(p.output)});
        !s.ok()) {
      return s;
    }
    // Nothing is rescaled.
    return check::first_refusal({check::range(unsupported, "output.zero_point", p.output.zero_point,
                                              p.input.zero_point, p.input.zero_point),
                                 check::range(unsupported, "output.rescale.multiplier",
                                              p.output.rescale.multiplier, 0, 0)});
  }

  template <class T>
  static constexpr Pool2dTask task(const Pool2dParams& p) {
    return detail::pool2d_task<T>(p);
  }
};

template <class Operation, class T>
struct WindowKernels {
  using Key = compiled::Key<typename Operation::Name, T>;
  OCTET_LANE_KERNEL_TABLE((const typename Operation::Task&, const void*, void*),
                          run_window<typename Operation::Name, T, typename Operation::Task>)
};

template <class Operation, class T>
class Window : public ForBackend<Window<Operation, T>, Operation, T, T> {
  static_assert(std::is_same_v<T, std::int8_t> || std::is_same_v<T, std::uint8_t> ||
                    std::is_same_v<T, std::int16_t>,
                "int8, uint8 and int16 are implemented");

 public:
  using typename Window::ForBackend::Params;

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) { return Operation::template validate<T>(p); }

 private:
  friend typename Window::ForBackend;
  friend typename Window::Bound;

  void set_up(const Params& params, [[maybe_unused]] const Backend& backend) {
    params_ = params;
    inputs_ = params.input.shape.size();
    outputs_ = output_shape(params).size();
    if constexpr (kHasKernel) {
      if (suits_vectors(params)) {
        run_ = WindowKernels<Operation, T>::of(backend);
        task_ = Operation::template task<T>(params);
      }
    }
  }

  Status check_memory(std::span<const T> input, std::span<T> output) const {
    return check::operands("input", input, inputs_, "output", output, outputs_);
  }

  static constexpr bool kHasKernel = requires(const Params& p) { Operation::template task<T>(p); };
  static constexpr bool kSuitsAll = kHasKernel && !requires(const Params& p) {
    Operation::template suits_vectors<T>(p);
  };
  static constexpr bool suits_vectors([[maybe_unused]] const Params& p) {
    if constexpr (kSuitsAll) {
      return true;
    } else {
      return Operation::template suits_vectors<T>(p);
    }
  }

  void run(const T* input, T* output) const {
    if constexpr (!kSuitsAll) {
      if (run_ == nullptr) return Operation::reference(params_, input, output);
    }
    if constexpr (kHasKernel) run_(task_, input, output);
  }

  Params params_ = {};
  std::int64_t inputs_ = 0, outputs_ = 0;
  typename WindowKernels<Operation, T>::Run run_ = nullptr;  // null: the reference
  typename Operation::Task task_ = {};
};

}  // namespace octet::inline OCTET_BASELINE::family
