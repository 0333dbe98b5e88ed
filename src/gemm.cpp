// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/gemm.hpp"

OCTET_COMPILED_PRODUCT(GemmKernels)
OCTET_COMPILED_PRODUCT(GemmSmallKernels)

OCTET_COMPILED_TABLE(detail::Gemm16x8Kernels<std::int32_t>)
OCTET_COMPILED_TABLE(detail::Gemm16x8Kernels<std::int64_t>)
