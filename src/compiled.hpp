// SPDX-License-Identifier: Apache-2.0
// What every file of octet::compiled starts with: OCTET_COMPILED_TABLE(family::SomeKernels<...>)
// defines the table that units with OCTET_COMPILED look up (octet/detail/kernel_table.hpp).
#pragma once

#define OCTET_COMPILED 1
#define OCTET_COMPILING 1

#include "octet/detail/kernel_table.hpp"

#define OCTET_COMPILED_TABLE(...)                                                 \
  template <>                                                                     \
  const void* octet::compiled::Table<typename octet::__VA_ARGS__::Key,            \
                                     octet::detail::backend_count>::functions() { \
    return octet::__VA_ARGS__::kRuns;                                             \
  }
