// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/detail/config.hpp"

namespace octet::inline OCTET_BASELINE::reference {

// The same `count` elements, to be read with another shape.
template <class T>
constexpr void reshape(const T* x, T* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = x[i];
}

}  // namespace octet::inline OCTET_BASELINE::reference
