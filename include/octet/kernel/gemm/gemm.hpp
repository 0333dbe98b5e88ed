// SPDX-License-Identifier: Apache-2.0
// The kernels of every target for products of matrices.
#pragma once

#include "octet/kernel/gemm/vector_gemm.hpp"

#define OCTET_TILE_KERNEL "octet/kernel/gemm/amx_block-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_TILE_KERNEL "octet/kernel/gemm/amx_gemm-inl.hpp"
#include "octet/detail/foreach_target.hpp"
