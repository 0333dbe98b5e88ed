// SPDX-License-Identifier: Apache-2.0
// The kernels of the targets of vectors for products of matrices.
#pragma once

#include "octet/kernel/epilogue.hpp"

#define OCTET_KERNEL "octet/kernel/gemm/micro_kernel-inl.hpp"
#define OCTET_MATRIX_KERNEL OCTET_KERNEL
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm/pack_rows-inl.hpp"
#define OCTET_MATRIX_KERNEL OCTET_KERNEL
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm/next_rows-inl.hpp"
#define OCTET_MATRIX_KERNEL OCTET_KERNEL
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm/shallow-inl.hpp"
#define OCTET_MATRIX_KERNEL OCTET_KERNEL
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm/single_row-inl.hpp"
#define OCTET_MATRIX_KERNEL OCTET_KERNEL
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm/overlapped-inl.hpp"
#define OCTET_MATRIX_KERNEL OCTET_KERNEL
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm/micro_kernels-inl.hpp"
#define OCTET_MATRIX_KERNEL OCTET_KERNEL
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/gemm/gemm-inl.hpp"
#define OCTET_MATRIX_KERNEL OCTET_KERNEL
#include "octet/detail/foreach_target.hpp"
