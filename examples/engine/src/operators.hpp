// SPDX-License-Identifier: Apache-2.0
// The operators that the engine implements: the operands each of them takes, and what prepares it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "operation.hpp"

namespace octet_engine {

// A set of element types.
enum class Types : std::uint32_t { none = 0, any = ~std::uint32_t{0} };
constexpr Types operator|(Types a, Types b) {
  return Types{static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b)};
}
constexpr Types only(TensorType type) { return Types{1u << static_cast<int>(type)}; }
constexpr bool contains(Types types, TensorType type) {
  const int number = static_cast<int>(type);
  return number >= 0 && number < 32 && (static_cast<std::uint32_t>(types) >> number & 1) != 0;
}

enum class Role : std::uint8_t {
  none,
  activation,  // with one scale and zero point, or real; may be a constant or a variable
  quantity,    // an activation, or int32 and BOOL, which have no scale
  elements,    // that only move: quantized or not
  weights,     // constant, symmetric; one scale or one for each output channel
  bias,        // constant
  integers,    // constant: axes, paddings
  unread,      // numbers that shapes in the file say too
  selector,    // indices or conditions that choose among the elements of other inputs
  handle,      // the name of a variable
  state,       // an activation that is a variable
  absent,      // what only other forms of the operator have
  any,
};

struct Operand {
  Role role = Role::none;
  Types types = Types::none;  // none: that of the first input that neither lists nor chooses
  std::int32_t rank = -1;     // -1: any
  bool is_optional = false;
  bool repeats = false;          // the last one: any number of them, at least one
  bool may_vanish = false;       // the scale may be 0, so that all elements stand for 0
  bool may_be_computed = false;  // weights that are no constants
};

struct OperatorType {
  schema::BuiltinOperator code;
  std::array<Operand, 24> inputs;  // none behind the last one
  Operand output;
  PreparedOrError (*prepare)(const Node& node);
  schema::BuiltinOptions options = schema::BuiltinOptions_NONE;  // NONE: they are not looked at
  bool needs_options = false;                                    // their defaults make no sense
  bool in_place = false;  // the output is the input under another shape
};

// The type of an operator, or a null pointer.
const OperatorType* find_operator(const Operator& operation,
                                  std::span<const CustomOperator> custom_operators);
const CustomOperator* find_custom(const Operator& operation,
                                  std::span<const CustomOperator> custom_operators);

// Why an operator is not supported, whatever its options: "ADD of FLOAT32", "FLOOR". Empty if it
// may be.
std::string unsupported_name(const Graph& graph, const Operator& operation,
                             std::span<const CustomOperator> custom_operators);

// Whether the operands and options are what the type asks for.
std::optional<Error> check_operands(const Node& node, const OperatorType& type);

// "1x8x8x1 * 16x3x3x1 -> 1x8x8x16"
std::string describe_shapes(const Node& node, const OperatorType& type);

// Each checks what the table cannot say, derives the parameters and prepares the operation.
PreparedOrError prepare_abs(const Node& node);
PreparedOrError prepare_add(const Node& node);
PreparedOrError prepare_add_n(const Node& node);
PreparedOrError prepare_arg_max(const Node& node);
PreparedOrError prepare_arg_min(const Node& node);
PreparedOrError prepare_assign_variable(const Node& node);
PreparedOrError prepare_average_pool2d(const Node& node);
PreparedOrError prepare_batch_matmul(const Node& node);
PreparedOrError prepare_batch_to_space_nd(const Node& node);
PreparedOrError prepare_broadcast_args(const Node& node);
PreparedOrError prepare_broadcast_to(const Node& node);
PreparedOrError prepare_cast(const Node& node);
PreparedOrError prepare_concatenation(const Node& node);
PreparedOrError prepare_conv2d(const Node& node);
PreparedOrError prepare_cumsum(const Node& node);
PreparedOrError prepare_custom(const Node& node);
PreparedOrError prepare_depth_to_space(const Node& node);
PreparedOrError prepare_depthwise_conv2d(const Node& node);
PreparedOrError prepare_dequantize(const Node& node);
PreparedOrError prepare_div(const Node& node);
PreparedOrError prepare_dynamic_update_slice(const Node& node);
PreparedOrError prepare_elu(const Node& node);
PreparedOrError prepare_embedding_lookup(const Node& node);
PreparedOrError prepare_equal(const Node& node);
PreparedOrError prepare_exp(const Node& node);
PreparedOrError prepare_fill(const Node& node);
PreparedOrError prepare_fully_connected(const Node& node);
PreparedOrError prepare_gather(const Node& node);
PreparedOrError prepare_gather_nd(const Node& node);
PreparedOrError prepare_gelu(const Node& node);
PreparedOrError prepare_greater(const Node& node);
PreparedOrError prepare_greater_equal(const Node& node);
PreparedOrError prepare_hard_swish(const Node& node);
PreparedOrError prepare_l2_normalization(const Node& node);
PreparedOrError prepare_leaky_relu(const Node& node);
PreparedOrError prepare_less(const Node& node);
PreparedOrError prepare_less_equal(const Node& node);
PreparedOrError prepare_log_softmax(const Node& node);
PreparedOrError prepare_logical_and(const Node& node);
PreparedOrError prepare_logical_not(const Node& node);
PreparedOrError prepare_logical_or(const Node& node);
PreparedOrError prepare_logistic(const Node& node);
PreparedOrError prepare_max_pool2d(const Node& node);
PreparedOrError prepare_maximum(const Node& node);
PreparedOrError prepare_mean(const Node& node);
PreparedOrError prepare_minimum(const Node& node);
PreparedOrError prepare_mirror_pad(const Node& node);
PreparedOrError prepare_mul(const Node& node);
PreparedOrError prepare_not_equal(const Node& node);
PreparedOrError prepare_nothing(const Node& node);
PreparedOrError prepare_pack(const Node& node);
PreparedOrError prepare_pad(const Node& node);
PreparedOrError prepare_prelu(const Node& node);
PreparedOrError prepare_quantize(const Node& node);
PreparedOrError prepare_quantize_reals(const Node& node);
PreparedOrError prepare_read_variable(const Node& node);
PreparedOrError prepare_reduce_all(const Node& node);
PreparedOrError prepare_reduce_any(const Node& node);
PreparedOrError prepare_reduce_max(const Node& node);
PreparedOrError prepare_reduce_min(const Node& node);
PreparedOrError prepare_relu(const Node& node);
PreparedOrError prepare_relu6(const Node& node);
PreparedOrError prepare_relu_n1_to_1(const Node& node);
PreparedOrError prepare_reshape(const Node& node);
PreparedOrError prepare_resize_bilinear(const Node& node);
PreparedOrError prepare_resize_nearest_neighbor(const Node& node);
PreparedOrError prepare_reverse(const Node& node);
PreparedOrError prepare_rsqrt(const Node& node);
PreparedOrError prepare_select(const Node& node);
PreparedOrError prepare_select_v2(const Node& node);
PreparedOrError prepare_shape(const Node& node);
PreparedOrError prepare_slice(const Node& node);
PreparedOrError prepare_softmax(const Node& node);
PreparedOrError prepare_space_to_batch_nd(const Node& node);
PreparedOrError prepare_space_to_depth(const Node& node);
PreparedOrError prepare_split(const Node& node);
PreparedOrError prepare_split_v(const Node& node);
PreparedOrError prepare_squared_difference(const Node& node);
PreparedOrError prepare_strided_slice(const Node& node);
PreparedOrError prepare_sub(const Node& node);
PreparedOrError prepare_sum(const Node& node);
PreparedOrError prepare_svdf(const Node& node);
PreparedOrError prepare_tanh(const Node& node);
PreparedOrError prepare_tile(const Node& node);
PreparedOrError prepare_transpose(const Node& node);
PreparedOrError prepare_transpose_conv(const Node& node);
PreparedOrError prepare_unidirectional_sequence_lstm(const Node& node);
PreparedOrError prepare_unpack(const Node& node);
PreparedOrError prepare_zeros_like(const Node& node);

// The same of int32, without scales.
PreparedOrError prepare_integer_difference(const Node& node);
PreparedOrError prepare_integer_product(const Node& node);
PreparedOrError prepare_integer_quotient(const Node& node);
PreparedOrError prepare_integer_squared_difference(const Node& node);
PreparedOrError prepare_integer_sum(const Node& node);

}  // namespace octet_engine
