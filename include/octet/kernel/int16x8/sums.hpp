// SPDX-License-Identifier: Apache-2.0
// What all kernels of 16-bit activations share.
#pragma once

#include "octet/kernel/int16x8/tasks.hpp"
#include "octet/kernel/layouts.hpp"

#define OCTET_KERNEL "octet/kernel/int16x8/sums-inl.hpp"
#include "octet/detail/foreach_target.hpp"
