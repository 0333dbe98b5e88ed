// SPDX-License-Identifier: Apache-2.0
// reference/requantize.hpp in lanes. Included inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/detail/kernel_table.hpp"
#include "octet/kernel/elementwise/elementwise.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <>
struct UnaryLanes<compiled::Requantize> : Rescaling {
  OCTET_INLINE explicit UnaryLanes(const UnaryTask& task) : Rescaling(task.rescale) {}
};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
