// SPDX-License-Identifier: Apache-2.0
#include "checks.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace octet_engine {

bool same_shape(const octet::Shape& a, const octet::Shape& b) {
  return a.rank == b.rank && std::equal(a.extent, a.extent + a.rank, b.extent);
}

std::optional<Error> check_output_shape(const Node& node, const octet::Shape& expected) {
  if (same_shape(node.output().shape, expected)) return std::nullopt;
  return node.invalid("the output has shape " + to_string(node.output().shape) + " instead of " +
                      to_string(expected));
}

std::optional<Error> check_output_shape(const Node& node, const octet::ShapeNhwc& expected) {
  return check_output_shape(node,
                            octet::Shape{4, {expected.n, expected.h, expected.w, expected.c}});
}

std::optional<Error> check_output_size(const Node& node, std::int64_t expected) {
  if (node.output().shape.size() == expected) return std::nullopt;
  return node.invalid("the output has shape " + to_string(node.output().shape) + " instead of " +
                      std::to_string(expected) + " elements");
}

bool same_quantization(const Tensor& a, const Tensor& b) {
  const bool is_plain = a.quantization.scales.empty();
  if (is_plain || b.quantization.scales.empty()) return is_plain == b.quantization.scales.empty();
  constexpr float kTolerance = 1e-6f;  // about eight units in the last place
  const float difference = std::abs(scale_of(a) - scale_of(b));
  return difference <= kTolerance * std::max(scale_of(a), scale_of(b)) &&
         a.quantization.zero_point(0) == b.quantization.zero_point(0);
}

std::optional<Error> check_same_quantization(const Node& node, const char* what, const Tensor& a,
                                             const Tensor& b) {
  if (same_quantization(a, b)) return std::nullopt;
  return node.unsupported(std::string(what) + " are quantized differently");
}

std::optional<Error> check_output_quantization(const Node& node, std::int32_t steps,
                                               std::int32_t zero_point) {
  const Tensor& output = node.output();
  const float scale = 1.0f / static_cast<float>(steps);
  // Some converters divide by a step less; tflite-micro takes that of 16 bits for the same.
  const float tolerance = output.type == TensorType::int16 ? 0.001f * scale : 0.0f;
  if (std::abs(scale_of(output) - scale) <= tolerance && zero_point_of(output) == zero_point) {
    return std::nullopt;
  }
  return node.unsupported("the output's scale is not 1/" + std::to_string(steps) +
                          " or its zero point not " + std::to_string(zero_point));
}

Expected<std::int32_t> dimension_of(const Node& node, const octet::Shape& shape,
                                    std::int32_t axis) {
  if (axis >= -shape.rank && axis < shape.rank) return axis < 0 ? axis + shape.rank : axis;
  return node.invalid("axis " + std::to_string(axis) + " is not a dimension of " +
                      to_string(shape));
}

}  // namespace octet_engine
