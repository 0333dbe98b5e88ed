// SPDX-License-Identifier: Apache-2.0
// Rows that become columns: the kernels of every target, and what they are handed. Only the size of
// elements matters.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "octet/detail/config.hpp"
#include "octet/kernel/move/strided_copy.hpp"

namespace octet::inline OCTET_BASELINE {

// output[c * output_stride + r] = input[r * input_stride + c]
struct TransposeTask {
  std::int64_t rows, columns, input_stride, output_stride;
};

}  // namespace octet::inline OCTET_BASELINE

#define OCTET_KERNEL "octet/kernel/move/transpose-inl.hpp"
#include "octet/detail/foreach_target.hpp"
