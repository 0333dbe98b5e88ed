// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/average_pool2d.hpp"
#include "octet/max_pool2d.hpp"
#include "octet/resize_bilinear.hpp"

OCTET_COMPILED_TABLES(WindowKernels, octet::AveragePool2dOperation)
OCTET_COMPILED_TABLES(WindowKernels, octet::MaxPool2dOperation)

OCTET_COMPILED_TABLE(family::WindowKernels<octet::ResizeBilinearOperation, std::int8_t>)
OCTET_COMPILED_TABLE(family::WindowKernels<octet::ResizeBilinearOperation, std::uint8_t>)
