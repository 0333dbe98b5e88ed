// SPDX-License-Identifier: Apache-2.0
// Operations that slide a window over an input and make one output of what it covers: preparing,
// binding and running all of them. An operation is a struct with
//
//   Params, Name, kName            reference/; its name for tables, and for messages
//   reference<T>(params, ...)      its formula
//   suits_vectors<T>(params)       whether its kernel is exact for these windows
//
// and Pooling<Name, T> in a kernel file.
#pragma once

#include <span>
#include <type_traits>

#include "octet/detail/check.hpp"
#include "octet/detail/kernel_table.hpp"
#include "octet/family/bound.hpp"
#include "octet/kernel/window/pool2d.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace family {

template <class Operation, class T>
struct WindowKernels {
  using Key = compiled::Key<typename Operation::Name, T>;
  using Run = void (*)(const Pool2dTask&, const void*, void*);
#define OCTET_RUN(target) &target::run_pool2d<typename Operation::Name, T>
#include "octet/detail/kernel_table-inl.hpp"
};

template <class Operation, class T>
class Window {
  static_assert(std::is_same_v<T, std::int8_t> || std::is_same_v<T, std::uint8_t> ||
                    std::is_same_v<T, std::int16_t>,
                "int8, uint8 and int16 are implemented");

 public:
  using Params = Pool2dParams;

  using Bound = family::Bound<Window, T, T>;

  // All that prepare may refuse.
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

  static Result<Window> prepare(const Pool2dParams& params,
                                const Backend& backend = best_backend()) {
    if (const Status s = validate(params); !s.ok()) return {s};
    Window operation;
    operation.params_ = params;
    operation.backend_ = &backend;
    operation.runnable_ = check::backend(backend);
    operation.inputs_ = params.input.shape.size();
    operation.outputs_ = output_shape(params).size();
    if (Operation::template suits_vectors<T>(params)) {
      operation.run_ = WindowKernels<Operation, T>::of(backend);
      operation.task_ = detail::pool2d_task<T>(params);
    }
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

  void run(const T* input, T* output) const {
    if (run_ != nullptr) {
      run_(task_, input, output);
    } else {
      Operation::reference(params_, input, output);
    }
  }

  Pool2dParams params_ = {};
  const Backend* backend_ = nullptr;
  Status runnable_ = {};
  std::int64_t inputs_ = 0, outputs_ = 0;
  typename WindowKernels<Operation, T>::Run run_ = nullptr;  // null: the reference
  Pool2dTask task_ = {};
};

}  // namespace family
}  // namespace OCTET_BASELINE
}  // namespace octet
