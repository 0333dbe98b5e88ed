// SPDX-License-Identifier: Apache-2.0
// The base of an operation of a family: its parameters, and its name for tables of kernels, void
// where it has none. An operation adds what its family asks for, which is at least
//
//   kName    its name for messages
#pragma once

#include "octet/detail/check.hpp"

namespace octet::inline OCTET_BASELINE::family {

template <class ParamsType, class NameType = void>
struct OperationOf {
  using Params = ParamsType;
  using Name = NameType;
};

// Its defaults, which clamp nothing, where an operation does not rescale what comes out.
template <class Params>
constexpr Output output_or_default(const Params& p) {
  if constexpr (requires { p.output; }) {
    return p.output;
  } else {
    return {};
  }
}

// What an Operation of one input, of elements T, refuses: its shape, its zero point, what more
// checks found, and then what the operation itself refuses.
template <class Operation, class T, class... More>
constexpr Status validate_one_input(const typename Operation::Params& p, const More&... more) {
  if (const Status s = check::first_refusal(
          {check::shape(check::kInput, p.input.shape),
           check::zero_point<T>(check::kInput.zero_point, p.input.zero_point), more...});
      !s.ok()) {
    return s;
  }
  return Operation::template validate<T>(p);
}

}  // namespace octet::inline OCTET_BASELINE::family
