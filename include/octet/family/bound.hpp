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

template <class Operation, class... Elements>
class BindableTo;

// Pointers to memory, of constant Elements where it is read, and to the operation, which must stay
// in place as long as this is used. Re-entrant as long as what is written is not shared. Operation
// has
//
//   ready()               whether it was prepared and can run on this machine
//   check_memory(spans...)  what it refuses of spans
//   run(pointers...)
template <class Operation, class... Elements>
class Bound {
 public:
  void run() const {
    assert(operation_ != nullptr && "run of what was never bound: look at the status of bind");
    run(std::index_sequence_for<Elements...>());
  }

  // Other memory, with the checks of bind; where they refuse, the memory stays as it was.
  Status rebind(std::span<Elements>... memory) {
    if (operation_ == nullptr) return {StatusCode::not_prepared, "operation"};
    return set(*operation_, memory...);
  }

 private:
  friend BindableTo<Operation, Elements...>;

  static Result<Bound> of(const Operation& operation, std::span<Elements>... memory) {
    Result<Bound> bound;
    bound.state = operation.ready();
    if (bound) bound.state = bound.content.set(operation, memory...);
    return bound;
  }

  Status set(const Operation& operation, std::span<Elements>... memory) {
    if (const Status s = operation.check_memory(memory...); !s.ok()) return s;
    operation_ = &operation;
    std::size_t i = 0;
    ((memory_[i++] = memory.data()), ...);
    return {};
  }

  template <std::size_t... i>
  void run(std::index_sequence<i...>) const {
    operation_->run(static_cast<Elements*>(const_cast<void*>(memory_[i]))...);
  }

  const Operation* operation_ = nullptr;
  const void* memory_[sizeof...(Elements)] = {};
};

// The base of an Operation as above, of which Bound is a friend.
template <class Operation, class... Elements>
class BindableTo {
 public:
  using Bound = family::Bound<Operation, Elements...>;

  // Checks the memory of a run. The result points to this object, which must stay where it is.
  Result<Bound> bind(std::span<Elements>... memory) const {
    return Bound::of(static_cast<const Operation&>(*this), memory...);
  }
};

// The same of an operation that reads inputs and writes one output.
template <class Operation, class Out, class... In>
using Bindable = BindableTo<Operation, const In..., Out>;

}  // namespace octet::inline OCTET_BASELINE::family
