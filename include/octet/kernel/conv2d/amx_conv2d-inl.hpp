// SPDX-License-Identifier: Apache-2.0
// Convolutions with tile registers: the rows of conv2d-inl.hpp for the blocks of
// amx_gemm-inl.hpp. Included inside the region of a target that has them.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/gemm/gemm.hpp"
#define OCTET_KERNEL "octet/kernel/conv2d/conv2d-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_TARGET amx_int8
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// Bytes are copied as they are, which is what the target of vectors does to unsigned ones.
inline void gather_bytes(const GemmPlan& plan, const std::uint8_t* input, std::int64_t first,
                         int count, std::byte* block, std::int64_t stride) {
  const auto& windows = static_cast<const Conv2dPlan&>(plan).windows;
  gather_windows(windows, /*is_signed=*/false, input, first, count, block, stride);
}

// The entries of this target in the tables of the operation.
template <class Out>
inline void conv2d(const Conv2dPlan& plan, const GemmTask& task) {
  if (!plan.staging.staged) {
    return multiply_blocks<Out>(plan, task, plan.is_pointwise ? nullptr : gather_bytes);
  }
  AmxLoops<Out> blocks(plan, task, plan.windows.out_w);
  stage_blocks(plan, task, /*is_signed=*/false, sizeof(Out),
               [&](const LhsBlock& rows, std::byte* output) { blocks.multiply(rows, output); });
  blocks.finish();
}
template <class Out>
inline void conv2d_small(const Conv2dPlan& plan, const GemmTask& task) {
  vectors::conv2d<Out>(plan, task);
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
