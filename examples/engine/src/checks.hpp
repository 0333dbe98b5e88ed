// SPDX-License-Identifier: Apache-2.0
// What several operators ask of their tensors.
#pragma once

#include <optional>

#include "node.hpp"

namespace octet_engine {

bool same_shape(const octet::Shape& a, const octet::Shape& b);

// The first output has that shape, or that number of elements.
std::optional<Error> check_output_shape(const Node& node, const octet::Shape& expected);
std::optional<Error> check_output_shape(const Node& node, const octet::ShapeNhwc& expected);
std::optional<Error> check_output_size(const Node& node, std::int64_t expected);

// Whether two tensors mean the same by the same elements. Scales may differ in their last bits,
// because converters compute them on different ways. Tensors without scales hold plain numbers.
bool same_quantization(const Tensor& a, const Tensor& b);

// The operator does not rescale, so that both sides have to be quantized alike. `what` are they:
// "input and output".
std::optional<Error> check_same_quantization(const Node& node, const char* what, const Tensor& a,
                                             const Tensor& b);

// The output has scale 1 / steps and that zero point, the only ones that some functions have.
std::optional<Error> check_output_quantization(const Node& node, std::int32_t steps,
                                               std::int32_t zero_point);

// The dimension that an axis, which may count from behind, names in a shape.
Expected<std::int32_t> dimension_of(const Node& node, const octet::Shape& shape, std::int32_t axis);

}  // namespace octet_engine
