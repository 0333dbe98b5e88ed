// SPDX-License-Identifier: Apache-2.0
// Operators element by element, for nodes that become several of them.
#pragma once

#include <cstdint>
#include <vector>

#include "importer.hpp"

namespace octet_quantizer::onnx_reader {

// An operator whose output has the shape of its first input, to which the others broadcast.
std::int32_t apply(const Node& node, Code code, std::vector<std::int32_t> inputs);

// Of two that broadcast, in the order of the first that is no constant and has all dimensions.
Value combine(const Node& node, Code code, const Value& a, const Value& b);

// One number that broadcasts to a tensor.
std::int32_t scalar(const Node& node, float value, std::int32_t tensor);

// x * factor + offset
std::int32_t scale(const Node& node, std::int32_t x, std::int32_t factor, std::int32_t offset);

// x * (1 / sqrt(x))
std::int32_t square_root(const Node& node, std::int32_t x);

}  // namespace octet_quantizer::onnx_reader
