// SPDX-License-Identifier: Apache-2.0
// The layouts of every target, as constants: sizes of memory need no kernels.
#pragma once

#include "octet/detail/gemm_blocking.hpp"

#define OCTET_KERNEL_IS_CONSTANTS
#define OCTET_KERNEL "octet/kernel/layout-inl.hpp"
#define OCTET_MATRIX_KERNEL OCTET_KERNEL
#define OCTET_TILE_KERNEL "octet/kernel/amx_layout-inl.hpp"
#include "octet/detail/foreach_target.hpp"
