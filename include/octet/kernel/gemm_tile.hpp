// SPDX-License-Identifier: Apache-2.0
// The tiles of every target, and how they become outputs.
#pragma once

#include "octet/kernel/epilogue.hpp"

#define OCTET_KERNEL "octet/kernel/gemm_tile-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm_rows_ahead-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm_shallow_tile-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm_single_row-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm_tile_epilogue-inl.hpp"
#include "octet/detail/foreach_target.hpp"
