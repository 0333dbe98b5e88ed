// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/conv2d.hpp"

#define OCTET_PRODUCT(Kernels)                        \
  OCTET_COMPILED_TABLE(detail::Kernels<std::int8_t>)  \
  OCTET_COMPILED_TABLE(detail::Kernels<std::uint8_t>) \
  OCTET_COMPILED_TABLE(detail::Kernels<std::int16_t>) \
  OCTET_COMPILED_TABLE(detail::Kernels<std::int32_t>)

OCTET_PRODUCT(Conv2dKernels)
OCTET_PRODUCT(Conv2dSmallKernels)

OCTET_COMPILED_TABLE(detail::Conv2d16x8Kernels<std::int32_t>)
OCTET_COMPILED_TABLE(detail::Conv2d16x8Kernels<std::int64_t>)
