// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/average_pool2d.hpp"
#include "octet/max_pool2d.hpp"

#define OCTET_WINDOW(Operation)                                                       \
  OCTET_COMPILED_TABLE(family::WindowKernels<octet::family::Operation, std::int8_t>)  \
  OCTET_COMPILED_TABLE(family::WindowKernels<octet::family::Operation, std::uint8_t>) \
  OCTET_COMPILED_TABLE(family::WindowKernels<octet::family::Operation, std::int16_t>)

OCTET_WINDOW(AveragePool2dOperation)
OCTET_WINDOW(MaxPool2dOperation)
