// SPDX-License-Identifier: Apache-2.0
// The kernels of every target for matrices of 16-bit activations and 8-bit weights.
#pragma once

#include "octet/kernel/gemm/gemm.hpp"
#include "octet/kernel/int16x8/sums.hpp"

#define OCTET_KERNEL "octet/kernel/int16x8/gemm-inl.hpp"
#include "octet/detail/foreach_target.hpp"
