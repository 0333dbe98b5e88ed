// SPDX-License-Identifier: Apache-2.0
// Sums of many tensors: the kernels of every target, and what they are handed.
#pragma once

#include "octet/kernel/elementwise/elementwise.hpp"

namespace octet::inline OCTET_BASELINE {

struct AddNTask {
  RescaleConstants input, output;
  std::int32_t start;  // what every sum starts with
  OutputRange range;
  std::int64_t size;
  std::int32_t count;
};

}  // namespace octet::inline OCTET_BASELINE

#define OCTET_KERNEL "octet/kernel/elementwise/add_n-inl.hpp"
#include "octet/detail/foreach_target.hpp"
