// SPDX-License-Identifier: Apache-2.0
// Operations without weights, tables and kernels: they run alike on every machine.
#pragma once

#include <span>

#include "octet/detail/check_memory.hpp"
#include "octet/family/bound.hpp"

namespace octet::inline OCTET_BASELINE {
struct Backend;
}

namespace octet::inline OCTET_BASELINE::family {

// The base of Self, a class of a family for an Operation. Besides what Bindable asks for it has
//
//   validate(params)    all that prepare may refuse
//   set_up(params)      works out what a run needs, of parameters that are valid
//
// With Operation::kInPlace the output may be the input.
template <class Self, class Operation, class Out, class... In>
class Plain : public Bindable<Self, Out, In...> {
 public:
  using Params = typename Operation::Params;

  static constexpr const char* kName = Operation::kName;

  static Result<Self> prepare(const Params& params) {
    Result<Self> result{Self::validate(params)};
    if (result) {
      Plain& common = result.content;
      common.params_ = params;
      if constexpr (requires { params.input; }) common.inputs_ = params.input.shape.size();
      common.outputs_ = output_shape(params).size();
      result->set_up(params);
    }
    return result;
  }
  // The same for those who prepare whatever operation: all backends run this one alike.
  static Result<Self> prepare(const Params& params, const Backend& /*backend*/) {
    return prepare(params);
  }

 protected:
  Status ready() const {
    return {outputs_ == 0 ? StatusCode::not_prepared : StatusCode::ok, kName};
  }

  // Of one input; Self has its own where there are more.
  Status check_memory(std::span<const In>... input, std::span<Out> output) const {
    return check::operands(
        "input", input..., inputs_, "output", output, outputs_,
        /*may_be_same=*/requires { Operation::kInPlace; });
  }

  Params params_ = {};
  std::int64_t inputs_ = 0, outputs_ = 0;
};

}  // namespace octet::inline OCTET_BASELINE::family
