// SPDX-License-Identifier: Apache-2.0
// The elementwise kernels of every target and what they are handed. The lanes of an operation come
// with its header.
#pragma once

#include "octet/detail/broadcast_walk.hpp"
#include "octet/kernel/rescale.hpp"

namespace octet::inline OCTET_BASELINE {

// A comparison of d = (s1 - s2) * direction: |min(max(d, d * fold), 1) - flip|, which is 1 or 0.
struct ComparisonConstants {
  std::int32_t direction, fold, flip;
};

// Two inputs with broadcasting. Which rescalings mean what is for the lanes of the operation.
struct BinaryTask {
  RescaleConstants input1, input2, output;
  ComparisonConstants comparison;
  OutputRange range;
  BroadcastWalk walk;
};

// One input. Operations that do more than rescale have a zero point of their own, and maybe another
// factor for values below it.
struct UnaryTask {
  RescaleConstants rescale, below;
  std::int32_t zero_point, sign_below;
  OutputRange range;
  std::int64_t count;
};

}  // namespace octet::inline OCTET_BASELINE

#define OCTET_KERNEL "octet/kernel/elementwise/elementwise-inl.hpp"
#include "octet/detail/foreach_target.hpp"
