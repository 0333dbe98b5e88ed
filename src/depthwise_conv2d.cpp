// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/depthwise_conv2d.hpp"

OCTET_COMPILED_PRODUCT(DepthwiseConv2dKernels)

OCTET_COMPILED_TABLE(detail::DepthwiseConv2d16x8Kernels<std::int32_t>)
OCTET_COMPILED_TABLE(detail::DepthwiseConv2d16x8Kernels<std::int64_t>)
