// SPDX-License-Identifier: Apache-2.0
// What products of 16-bit activations and 8-bit weights hand to their kernels.
#pragma once

#include "octet/detail/int16x8.hpp"
#include "octet/kernel/tasks.hpp"

namespace octet::inline OCTET_BASELINE {

// A matrix multiplication or a convolution. Strides and steps of the input are in bytes.
using Plan16x8 = Conv2dPlan;

struct DepthwiseTask16x8 : DepthwiseExtents {
  const std::int16_t* input;
  Extent2d filter;
  std::int64_t panel_bytes;
  std::int16_t zero_point;  // of the input
  std::int16_t* output;
};

}  // namespace octet::inline OCTET_BASELINE
