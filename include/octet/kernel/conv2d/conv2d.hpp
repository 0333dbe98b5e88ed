// SPDX-License-Identifier: Apache-2.0
// The kernels of every target for convolutions.
#pragma once

#include "octet/kernel/gemm/gemm.hpp"

#define OCTET_KERNEL "octet/kernel/conv2d/conv2d-inl.hpp"
#define OCTET_MATRIX_KERNEL OCTET_KERNEL
#define OCTET_TILE_KERNEL "octet/kernel/conv2d/amx_conv2d-inl.hpp"
#include "octet/detail/foreach_target.hpp"
