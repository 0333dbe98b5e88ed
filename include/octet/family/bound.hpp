// SPDX-License-Identifier: Apache-2.0
// A prepared operation bound to memory, which is what engines keep for every layer, and the base of
// operations that can be bound.
#pragma once

#include <cassert>
#include <span>
#include <utility>

#include "octet/family/operation.hpp"
#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE::family {

template <class Operation, class Out, class... In>
class Bindable;

// Pointers to inputs and output, and to the operation, which must stay in place as long as this is
// used. Re-entrant as long as the output is not shared. Operation has
//
//   ready()                          whether it was prepared and can run on this machine
//   check_memory(inputs..., output)  what it refuses of spans
//   run(inputs..., output)           on pointers
template <class Operation, class Out, class... In>
class Bound {
 public:
  void run() const {
    assert(operation_ != nullptr && "run of what was never bound: look at the status of bind");
    run(std::index_sequence_for<In...>());
  }

  // Other memory, with the checks of bind; where they refuse, the memory stays as it was.
  Status rebind(std::span<const In>... inputs, std::span<Out> output) {
    if (operation_ == nullptr) return {StatusCode::not_prepared, "operation"};
    return set(*operation_, inputs..., output);
  }

 private:
  friend Bindable<Operation, Out, In...>;

  static Result<Bound> of(const Operation& operation, std::span<const In>... inputs,
                          std::span<Out> output) {
    Result<Bound> bound;
    bound.state = operation.ready();
    if (bound) bound.state = bound.content.set(operation, inputs..., output);
    return bound;
  }

  Status set(const Operation& operation, std::span<const In>... inputs, std::span<Out> output) {
    if (const Status s = operation.check_memory(inputs..., output); !s.ok()) return s;
    operation_ = &operation;
    std::size_t i = 0;
    ((inputs_[i++] = inputs.data()), ...);
    output_ = output.data();
    return {};
  }

  template <std::size_t... i>
  void run(std::index_sequence<i...>) const {
    operation_->run(static_cast<const In*>(inputs_[i])..., output_);
  }

  const Operation* operation_ = nullptr;
  const void* inputs_[sizeof...(In)] = {};
  Out* output_ = nullptr;
};

// The base of an Operation as above, of which Bound is a friend.
template <class Operation, class Out, class... In>
class Bindable {
 public:
  using Bound = family::Bound<Operation, Out, In...>;

  // Checks the memory of a run. The result points to this object, which must stay where it is.
  Result<Bound> bind(std::span<const In>... inputs, std::span<Out> output) const {
    return Bound::of(static_cast<const Operation&>(*this), inputs..., output);
  }
};

}  // namespace octet::inline OCTET_BASELINE::family
