// SPDX-License-Identifier: Apache-2.0
// The epilogue of every target; each operation with a kernel of its own builds on it.
#pragma once

#include "octet/backends.hpp"
#include "octet/detail/packing.hpp"
#include "octet/kernel/tasks.hpp"

#define OCTET_KERNEL "octet/kernel/epilogue-inl.hpp"
#include "octet/detail/foreach_target.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace detail {

template <class Out>
constexpr OutputRange output_range(const OutputStage& stage) {
  return {stage.zero_point, stage.template min_of<Out>(), stage.template max_of<Out>()};
}

}  // namespace detail
}  // namespace OCTET_BASELINE
}  // namespace octet
