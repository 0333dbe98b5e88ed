// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/add.hpp"
#include "octet/mul.hpp"
#include "octet/requantize.hpp"
#include "octet/sub.hpp"

OCTET_COMPILED_TABLES(BinaryKernels, octet::AddOperation)
OCTET_COMPILED_TABLES(BinaryKernels, octet::MulOperation)
OCTET_COMPILED_TABLES(BinaryKernels, octet::SubOperation)

OCTET_COMPILED_TABLES(UnaryKernels, octet::RequantizeOperation, std::int8_t)
OCTET_COMPILED_TABLES(UnaryKernels, octet::RequantizeOperation, std::uint8_t)
OCTET_COMPILED_TABLES(UnaryKernels, octet::RequantizeOperation, std::int16_t)
