// SPDX-License-Identifier: Apache-2.0
// Operations without weights that have kernels: they are prepared for a backend.
#pragma once

#include "octet/detail/check_memory.hpp"
#include "octet/detail/kernel_table.hpp"
#include "octet/family/bound.hpp"

namespace octet::inline OCTET_BASELINE::family {

// The base of Self, a class of a family for an Operation. Besides what BindableTo asks for it has
//
//   validate(params)            all that prepare may refuse
//   set_up(params, backend)     works out what a run needs, of parameters that are valid
template <class Self, class Operation, class... Elements>
class ForBackendTo : public BindableTo<Self, Elements...> {
 public:
  using ForBackend = ForBackendTo;
  using Params = typename Operation::Params;

  static constexpr const char* kName = Operation::kName;

  static Result<Self> prepare(const Params& params, const Backend& backend = best_backend()) {
    Result<Self> result{Self::validate(params)};
    if (result) {
      ForBackendTo& common = result.content;
      common.backend_ = &backend;
      common.runnable_ = check::backend(backend);
      result->set_up(params, backend);
    }
    return result;
  }

  const Backend& backend() const { return *backend_; }

 protected:
  Status ready() const {
    return backend_ == nullptr ? Status{StatusCode::not_prepared, kName} : runnable_;
  }

 private:
  const Backend* backend_ = nullptr;
  Status runnable_ = {};
};

// The same of an operation that reads inputs and writes one output.
template <class Self, class Operation, class Out, class... In>
using ForBackend = ForBackendTo<Self, Operation, const In..., Out>;

}  // namespace octet::inline OCTET_BASELINE::family
