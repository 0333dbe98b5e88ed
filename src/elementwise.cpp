// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/add.hpp"
#include "octet/mul.hpp"
#include "octet/requantize.hpp"
#include "octet/sub.hpp"

OCTET_COMPILED_TABLES(BinaryKernels, octet::family::AddOperation)
OCTET_COMPILED_TABLES(BinaryKernels, octet::family::MulOperation)
OCTET_COMPILED_TABLES(BinaryKernels, octet::family::SubOperation)

OCTET_COMPILED_TABLES(UnaryKernels, octet::family::RequantizeOperation, std::int8_t)
OCTET_COMPILED_TABLES(UnaryKernels, octet::family::RequantizeOperation, std::uint8_t)
OCTET_COMPILED_TABLES(UnaryKernels, octet::family::RequantizeOperation, std::int16_t)
