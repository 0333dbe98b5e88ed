// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/mean.hpp"
#include "octet/reduce_max_min.hpp"

OCTET_COMPILED_TABLES(ReduceKernels, octet::MeanOperation)
OCTET_COMPILED_TABLES(ReduceKernels, octet::ReduceMaxOperation)
OCTET_COMPILED_TABLES(ReduceKernels, octet::ReduceMinOperation)
