// SPDX-License-Identifier: Apache-2.0
// The layouts of every backend, by its index.
#pragma once

#include "octet/backends.hpp"
#include "octet/kernel/layouts.hpp"

namespace octet::inline OCTET_BASELINE::detail {

// For kernels of vectors, by the index of the backend.
inline constexpr const Layout* kLayouts[kBackendCount] = {
#define OCTET_LAYOUT(target) &target::kLayout,
    OCTET_FOR_EACH_BACKEND(OCTET_LAYOUT)
#undef OCTET_LAYOUT
};

// For products of 16-bit activations and 8-bit weights.
inline constexpr const Layout* kLayouts16x8[kBackendCount] = {
#define OCTET_LAYOUT(target) &target::kLayout16x8,
    OCTET_FOR_EACH_BACKEND(OCTET_LAYOUT)
#undef OCTET_LAYOUT
};

// For products of matrices.
inline constexpr const ProductLayouts* kProductLayouts[kBackendCount] = {
#define OCTET_PRODUCT_LAYOUTS(target) &target::kProductLayouts,
    OCTET_FOR_EACH_BACKEND(OCTET_PRODUCT_LAYOUTS)
#undef OCTET_PRODUCT_LAYOUTS
};

}  // namespace octet::inline OCTET_BASELINE::detail
