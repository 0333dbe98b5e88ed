// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/conv2d.hpp"

OCTET_COMPILED_PRODUCT(Conv2dKernels)
OCTET_COMPILED_PRODUCT(Conv2dSmallKernels)

OCTET_COMPILED_TABLE(detail::Conv2d16x8Kernels<std::int32_t>)
OCTET_COMPILED_TABLE(detail::Conv2d16x8Kernels<std::int64_t>)
