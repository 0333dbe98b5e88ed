// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/gemm.hpp"

#define OCTET_PRODUCT(Kernels)                        \
  OCTET_COMPILED_TABLE(detail::Kernels<std::int8_t>)  \
  OCTET_COMPILED_TABLE(detail::Kernels<std::uint8_t>) \
  OCTET_COMPILED_TABLE(detail::Kernels<std::int16_t>) \
  OCTET_COMPILED_TABLE(detail::Kernels<std::int32_t>)

OCTET_PRODUCT(GemmKernels)
OCTET_PRODUCT(GemmSmallKernels)

OCTET_COMPILED_TABLE(detail::Gemm16x8Kernels<std::int32_t>)
OCTET_COMPILED_TABLE(detail::Gemm16x8Kernels<std::int64_t>)
