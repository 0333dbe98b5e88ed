// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/add_n.hpp"

OCTET_COMPILED_TABLE(AddNKernels<std::int8_t>)
OCTET_COMPILED_TABLE(AddNKernels<std::uint8_t>)
OCTET_COMPILED_TABLE(AddNKernels<std::int16_t>)
