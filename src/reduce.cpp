// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/mean.hpp"

OCTET_COMPILED_TABLES(ReduceKernels, octet::MeanOperation)
