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

// The tables of a family, which are a template: of an element type that is 8 or 16 bits wide, and
// of the outputs of a product.
#define OCTET_COMPILED_TABLES(Kernels, ...)                        \
  OCTET_COMPILED_TABLE(family::Kernels<__VA_ARGS__, std::int8_t>)  \
  OCTET_COMPILED_TABLE(family::Kernels<__VA_ARGS__, std::uint8_t>) \
  OCTET_COMPILED_TABLE(family::Kernels<__VA_ARGS__, std::int16_t>)
#define OCTET_COMPILED_PRODUCT(Kernels)               \
  OCTET_COMPILED_TABLE(detail::Kernels<std::int8_t>)  \
  OCTET_COMPILED_TABLE(detail::Kernels<std::uint8_t>) \
  OCTET_COMPILED_TABLE(detail::Kernels<std::int16_t>) \
  OCTET_COMPILED_TABLE(detail::Kernels<std::int32_t>)
