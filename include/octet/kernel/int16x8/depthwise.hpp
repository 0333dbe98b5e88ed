// SPDX-License-Identifier: Apache-2.0
// The kernels of every target for depthwise convolutions of 16-bit activations.
#pragma once

#include "octet/kernel/int16x8/sums.hpp"

#define OCTET_KERNEL "octet/kernel/int16x8/depthwise-inl.hpp"
#include "octet/detail/foreach_target.hpp"
