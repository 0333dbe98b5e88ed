// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/add.hpp"
#include "octet/mul.hpp"
#include "octet/requantize.hpp"
#include "octet/sub.hpp"

#define OCTET_BINARY(Operation)                                                       \
  OCTET_COMPILED_TABLE(family::BinaryKernels<octet::family::Operation, std::int8_t>)  \
  OCTET_COMPILED_TABLE(family::BinaryKernels<octet::family::Operation, std::uint8_t>) \
  OCTET_COMPILED_TABLE(family::BinaryKernels<octet::family::Operation, std::int16_t>)

OCTET_BINARY(AddOperation)
OCTET_BINARY(MulOperation)
OCTET_BINARY(SubOperation)

#define OCTET_UNARY(Operation, In)                                                       \
  OCTET_COMPILED_TABLE(family::UnaryKernels<octet::family::Operation, In, std::int8_t>)  \
  OCTET_COMPILED_TABLE(family::UnaryKernels<octet::family::Operation, In, std::uint8_t>) \
  OCTET_COMPILED_TABLE(family::UnaryKernels<octet::family::Operation, In, std::int16_t>)

OCTET_UNARY(RequantizeOperation, std::int8_t)
OCTET_UNARY(RequantizeOperation, std::uint8_t)
OCTET_UNARY(RequantizeOperation, std::int16_t)
