// SPDX-License-Identifier: Apache-2.0
// The kernels of operations that look bytes up.
#pragma once

#include "octet/detail/kernel_table.hpp"
#include "octet/kernel/table/look_up.hpp"

namespace octet::inline OCTET_BASELINE::family {

// look_up(entries, count, x, y)
struct LookUpKernels {
  using Key = compiled::Key<compiled::LookUp>;
  OCTET_LOOK_UP_KERNEL_TABLE((const std::uint8_t*, std::int64_t, const void*, void*), look_up<>)
};

// find_highest(count, x, &highest)
template <class T>
struct HighestKernels {
  using Key = compiled::Key<compiled::Highest, T>;
  OCTET_LANE_KERNEL_TABLE((std::int64_t, const void*, std::int32_t*), find_highest<T>)
};

}  // namespace octet::inline OCTET_BASELINE::family
