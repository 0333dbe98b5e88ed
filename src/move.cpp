// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include "octet/transpose.hpp"

OCTET_COMPILED_TABLE(family::TransposeKernels<1>)
OCTET_COMPILED_TABLE(family::TransposeKernels<2>)
OCTET_COMPILED_TABLE(family::TransposeKernels<4>)
OCTET_COMPILED_TABLE(family::TransposeKernels<8>)
