// SPDX-License-Identifier: Apache-2.0
// Windows that slide over rows and columns: what convolutions and pooling share.
#pragma once

#include <optional>
#include <string>

#include "node.hpp"

namespace octet_engine {

// Larger strides, dilations and windows are refused: products of two stay in 32 bits.
inline constexpr std::int32_t kMaxStep = 32767;

// Stride, dilation and window extents are in [1, kMaxStep].
inline std::optional<Error> check_step(const Node& node, const char* name, octet::Extent2d step) {
  for (const std::int32_t value : {step.h, step.w}) {
    if (value < 1 || value > kMaxStep) {
      return node.invalid(std::string(name) + " " + std::to_string(value) + " is not in [1, " +
                          std::to_string(kMaxStep) + "]");
    }
  }
  return std::nullopt;
}

// The padding of a window, all of whose numbers were checked by check_step.
inline Expected<octet::Padding> window_padding(const Node& node, schema::Padding padding,
                                               octet::Extent2d filter, octet::Extent2d stride,
                                               octet::Extent2d dilation = {1, 1}) {
  switch (padding) {
    case schema::Padding_VALID: return octet::Padding{};
    case schema::Padding_SAME:
      return octet::same_padding(nhwc(node.input(0).shape), filter, stride, dilation);
  }
  return node.invalid("padding " + std::to_string(padding) + " is neither SAME nor VALID");
}

// The shape in the file is the one that the parameters lead to.
template <class Params>
std::optional<Error> check_output_shape(const Node& node, const Params& params) {
  const octet::ShapeNhwc expected = octet::output_shape(params);
  if (nhwc(node.output().shape) == expected) return std::nullopt;
  const octet::Shape shape{4, {expected.n, expected.h, expected.w, expected.c}};
  return node.invalid("the output has shape " + to_string(node.output().shape) + " instead of " +
                      to_string(shape));
}

}  // namespace octet_engine
