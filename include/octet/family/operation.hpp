// SPDX-License-Identifier: Apache-2.0
// The base of an operation of a family: its parameters, and its name for tables of kernels, void
// where it has none. An operation adds what its family asks for, which is at least
//
//   kName    its name for messages
#pragma once

#include "octet/detail/config.hpp"

namespace octet::inline OCTET_BASELINE::family {

template <class ParamsType, class NameType = void>
struct OperationOf {
  using Params = ParamsType;
  using Name = NameType;
};

}  // namespace octet::inline OCTET_BASELINE::family
