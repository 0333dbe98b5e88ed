// SPDX-License-Identifier: Apache-2.0
// The kernels of the targets of vectors for products of matrices.
#pragma once

#include "octet/kernel/epilogue.hpp"

#define OCTET_KERNEL "octet/kernel/gemm/micro_kernel-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm/pack_rows-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm/next_rows-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm/shallow-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm/single_row-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm/overlapped-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm/micro_kernels-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm/gemm-inl.hpp"
#include "octet/detail/foreach_target.hpp"
