// SPDX-License-Identifier: Apache-2.0
// What products of 16-bit activations and 8-bit weights hand to their kernels.
#pragma once

#include "octet/detail/int16x8.hpp"
#include "octet/kernel/tasks.hpp"

namespace octet::inline OCTET_BASELINE {

// A matrix multiplication or a convolution. Strides and steps of the input are in bytes.
struct Plan16x8 : Conv2dPlan {
  Rounding rounding;  // of int32 accumulators
};

struct DepthwiseTask16x8 {
  const std::int16_t* input;
  ShapeNhwc input_shape;
  std::int32_t out_h, out_w;
  std::int32_t channels;  // of the output
  PartRange rows;         // of the output, those of all images counted on
  std::int64_t first_channel, last_channel;
  std::int32_t depth_multiplier;
  Extent2d filter, stride, dilation;
  std::int32_t top, left;
  const std::byte* packed;  // one panel for each block of channels,
  std::int64_t panel_bytes;
  OutputRange range;
  Rounding rounding;
  std::int16_t zero_point;  // of the input
  std::int16_t* output;
};

}  // namespace octet::inline OCTET_BASELINE
