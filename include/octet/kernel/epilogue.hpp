// SPDX-License-Identifier: Apache-2.0
// The epilogue of every target; each operation with a kernel of its own builds on it.
#pragma once

#include "octet/detail/packing.hpp"
#include "octet/kernel/layouts.hpp"
#include "octet/kernel/tasks.hpp"

#define OCTET_KERNEL "octet/kernel/epilogue-inl.hpp"
#define OCTET_MATRIX_KERNEL OCTET_KERNEL
#include "octet/detail/foreach_target.hpp"
