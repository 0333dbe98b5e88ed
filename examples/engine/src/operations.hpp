// SPDX-License-Identifier: Apache-2.0
// The operators that the engine implements, and the operands each of them takes.
#pragma once

#include <array>
#include <optional>

#include "operation.hpp"

namespace octet_engine {

enum class Role : std::uint8_t {
  none,
  activation,       // INT8 with one scale and zero point; may be a constant
  byte_activation,  // the same, or UINT8
  weights,          // constant INT8, symmetric; one scale or one per output channel
  bias,             // constant INT32
  integers,         // constant INT32: axes, paddings
};

struct Operand {
  Role role = Role::none;
  std::int32_t rank = -1;  // -1: any
  bool is_optional = false;
};

struct OperationType {
  schema::BuiltinOperator code;
  std::array<Operand, 3> inputs;
  Operand output;
  schema::BuiltinOptions options;  // what a file may hold for it; NONE: not looked at
  PreparedOrError (*prepare)(const Node& node, const octet::Backend& backend);
  bool in_place = false;  // the output is the input under another shape
};

// The type of an operator, or a null pointer.
const OperationType* find_operation(std::int32_t code);

// Whether the operands and options are what the type asks for.
std::optional<Error> check_operands(const Node& node, const OperationType& type);

// "1x8x8x1 * 16x3x3x1 -> 1x8x8x16"
std::string describe_shapes(const Node& node, const OperationType& type);

// Each checks what the table cannot say, derives the parameters and prepares the operation.
PreparedOrError prepare_add(const Node& node, const octet::Backend& backend);
PreparedOrError prepare_average_pool2d(const Node& node, const octet::Backend& backend);
PreparedOrError prepare_conv2d(const Node& node, const octet::Backend& backend);
PreparedOrError prepare_depthwise_conv2d(const Node& node, const octet::Backend& backend);
PreparedOrError prepare_fully_connected(const Node& node, const octet::Backend& backend);
PreparedOrError prepare_max_pool2d(const Node& node, const octet::Backend& backend);
PreparedOrError prepare_mean(const Node& node, const octet::Backend& backend);
PreparedOrError prepare_pad(const Node& node, const octet::Backend& backend);
PreparedOrError prepare_quantize(const Node& node, const octet::Backend& backend);
PreparedOrError prepare_reshape(const Node& node, const octet::Backend& backend);
PreparedOrError prepare_softmax(const Node& node, const octet::Backend& backend);

}  // namespace octet_engine
