// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/arg_max_min.hpp"

#define OCTET_COMPILED_PLACES(T)                                                  \
  OCTET_COMPILED_TABLE(family::AlongKernels<octet::ArgExtremeOperation<true>, T>) \
  OCTET_COMPILED_TABLE(family::AlongKernels<octet::ArgExtremeOperation<false>, T>)

OCTET_COMPILED_PLACES(std::int8_t)
OCTET_COMPILED_PLACES(std::uint8_t)
OCTET_COMPILED_PLACES(std::int16_t)
