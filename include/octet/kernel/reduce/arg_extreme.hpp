// SPDX-License-Identifier: Apache-2.0
// The kernels that find where extremes along one dimension lie, of every target.
#pragma once

#include <cstdint>
#include <limits>

#include "octet/reference/along.hpp"

namespace octet::inline OCTET_BASELINE {

// Lines of at most so many elements: a place and an element share a lane.
inline constexpr std::int64_t kMostPlaces = 1 << 16;

}  // namespace octet::inline OCTET_BASELINE

#define OCTET_KERNEL "octet/kernel/reduce/arg_extreme-inl.hpp"
#include "octet/detail/foreach_target.hpp"
