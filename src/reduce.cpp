// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/mean.hpp"

#define OCTET_REDUCE(Operation)                                                       \
  OCTET_COMPILED_TABLE(family::ReduceKernels<octet::family::Operation, std::int8_t>)  \
  OCTET_COMPILED_TABLE(family::ReduceKernels<octet::family::Operation, std::uint8_t>) \
  OCTET_COMPILED_TABLE(family::ReduceKernels<octet::family::Operation, std::int16_t>)

OCTET_REDUCE(MeanOperation)
