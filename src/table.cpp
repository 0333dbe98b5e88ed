// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/family/look_up.hpp"

OCTET_COMPILED_TABLE(family::HighestKernels<std::int8_t>)
OCTET_COMPILED_TABLE(family::HighestKernels<std::uint8_t>)
OCTET_COMPILED_TABLE(family::LookUpKernels)
