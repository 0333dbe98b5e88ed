// SPDX-License-Identifier: Apache-2.0
// Looking bytes up and finding the highest, of every target.
#pragma once

#include <cstdint>
#include <type_traits>

#define OCTET_KERNEL_LOOKS_UP
#define OCTET_KERNEL "octet/kernel/table/look_up-inl.hpp"
#include "octet/detail/foreach_target.hpp"
