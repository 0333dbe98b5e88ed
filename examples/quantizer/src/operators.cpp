// SPDX-License-Identifier: Apache-2.0
#include "operators.hpp"

#include <algorithm>
#include <string>

#include "octet_quantizer/float_network.hpp"

namespace octet_quantizer {

namespace {

constexpr OperatorType moves(Code code, OutputScale scale = OutputScale::of_input) {
  return {code, nullptr, scale};
}

constexpr octet::TensorQuantization kUnit{1.0f / 256, -128}, kSigned{1.0f / 128, 0},
    kLogarithm{16.0f / 256, 127};

// Scales are those of TensorFlow Lite's 8-bit quantization specification. Where it says nothing,
// they are what octet's engine asks for.
constexpr OperatorType kOperators[] = {
    {schema::BuiltinOperator_ABS, evaluate_abs},
    {schema::BuiltinOperator_ADD, evaluate_add},
    {schema::BuiltinOperator_AVERAGE_POOL_2D, evaluate_average_pool2d, OutputScale::of_input},
    {schema::BuiltinOperator_BATCH_MATMUL, evaluate_batch_matmul},
    moves(schema::BuiltinOperator_BATCH_TO_SPACE_ND),
    moves(schema::BuiltinOperator_BROADCAST_TO),
    moves(schema::BuiltinOperator_CONCATENATION, OutputScale::joint),
    {.code = schema::BuiltinOperator_CONV_2D, .evaluate = evaluate_conv2d, .weights = 1, .bias = 2},
    moves(schema::BuiltinOperator_DEPTH_TO_SPACE),
    {.code = schema::BuiltinOperator_DEPTHWISE_CONV_2D,
     .evaluate = evaluate_depthwise_conv2d,
     .weights = 1,
     .bias = 2,
     .channels = 3},
    {schema::BuiltinOperator_DIV, evaluate_div, OutputScale::own, false},
    {schema::BuiltinOperator_ELU, evaluate_elu, OutputScale::own, false},
    {schema::BuiltinOperator_EXP, evaluate_exp, OutputScale::own, false},
    moves(schema::BuiltinOperator_EXPAND_DIMS),
    {.code = schema::BuiltinOperator_FULLY_CONNECTED,
     .evaluate = evaluate_fully_connected,
     .weights = 1,
     .bias = 2},
    moves(schema::BuiltinOperator_GATHER),
    moves(schema::BuiltinOperator_GATHER_ND),
    {schema::BuiltinOperator_GELU, evaluate_gelu, OutputScale::own, false},
    {schema::BuiltinOperator_HARD_SWISH, evaluate_hard_swish, OutputScale::own, false},
    {schema::BuiltinOperator_L2_NORMALIZATION, evaluate_l2_normalization, OutputScale::fixed, false,
     kSigned},
    {schema::BuiltinOperator_LEAKY_RELU, evaluate_leaky_relu},
    {schema::BuiltinOperator_LOG_SOFTMAX, evaluate_log_softmax, OutputScale::fixed, false,
     kLogarithm},
    {schema::BuiltinOperator_LOGISTIC, evaluate_logistic, OutputScale::fixed, true, kUnit},
    {schema::BuiltinOperator_MAX_POOL_2D, evaluate_max_pool2d, OutputScale::of_input},
    {schema::BuiltinOperator_MAXIMUM, evaluate_maximum, OutputScale::joint},
    {schema::BuiltinOperator_MEAN, evaluate_mean},
    {schema::BuiltinOperator_MINIMUM, evaluate_minimum, OutputScale::joint},
    moves(schema::BuiltinOperator_MIRROR_PAD),
    {schema::BuiltinOperator_MUL, evaluate_mul},
    moves(schema::BuiltinOperator_PACK, OutputScale::joint),
    {schema::BuiltinOperator_PAD, evaluate_pad, OutputScale::of_input},
    {schema::BuiltinOperator_PADV2, evaluate_pad, OutputScale::joint},
    {schema::BuiltinOperator_PRELU, evaluate_prelu, OutputScale::own, false},
    {schema::BuiltinOperator_REDUCE_MAX, evaluate_reduce_max, OutputScale::of_input, false},
    {schema::BuiltinOperator_REDUCE_MIN, evaluate_reduce_min, OutputScale::of_input, false},
    {schema::BuiltinOperator_RELU, evaluate_relu},
    {schema::BuiltinOperator_RELU6, evaluate_relu6, OutputScale::of_input},
    {schema::BuiltinOperator_RELU_N1_TO_1, evaluate_relu_n1_to_1, OutputScale::of_input},
    moves(schema::BuiltinOperator_RESHAPE),
    {schema::BuiltinOperator_RESIZE_BILINEAR, evaluate_resize_bilinear, OutputScale::of_input,
     false},
    {schema::BuiltinOperator_RESIZE_NEAREST_NEIGHBOR, evaluate_resize_nearest_neighbor,
     OutputScale::of_input},
    moves(schema::BuiltinOperator_REVERSE_V2),
    {schema::BuiltinOperator_RSQRT, evaluate_rsqrt, OutputScale::own, false},
    moves(schema::BuiltinOperator_SLICE),
    {schema::BuiltinOperator_SOFTMAX, evaluate_softmax, OutputScale::fixed, true, kUnit},
    {schema::BuiltinOperator_SPACE_TO_BATCH_ND, evaluate_space_to_batch_nd, OutputScale::of_input},
    moves(schema::BuiltinOperator_SPACE_TO_DEPTH),
    moves(schema::BuiltinOperator_SPLIT),
    moves(schema::BuiltinOperator_SPLIT_V),
    {schema::BuiltinOperator_SQUARED_DIFFERENCE, evaluate_squared_difference},
    moves(schema::BuiltinOperator_SQUEEZE),
    moves(schema::BuiltinOperator_STRIDED_SLICE),
    {schema::BuiltinOperator_SUB, evaluate_sub},
    {schema::BuiltinOperator_SUM, evaluate_sum},
    {schema::BuiltinOperator_TANH, evaluate_tanh, OutputScale::fixed, true, kSigned},
    moves(schema::BuiltinOperator_TILE),
    moves(schema::BuiltinOperator_TRANSPOSE),
    {.code = schema::BuiltinOperator_TRANSPOSE_CONV,
     .evaluate = evaluate_transpose_conv,
     .weights = 1,
     .bias = 3},
    moves(schema::BuiltinOperator_UNPACK),
};

}  // namespace

const OperatorType* find_operator(Code code) {
  const auto* const found = std::ranges::find(kOperators, code, &OperatorType::code);
  return found == std::end(kOperators) ? nullptr : found;
}

namespace {

// What is wrong with the tensors of an operator, as the end of a sentence; empty if nothing is.
std::string operand_fault(const Network& network, const Operation& operation,
                          const OperatorType& type) {
  const auto has = [&](std::int8_t input) {
    return static_cast<std::size_t>(input) < operation.inputs.size() &&
           operation.inputs[static_cast<std::size_t>(input)] != kAbsent;
  };
  const auto tensor = [&](std::int8_t input) -> const Tensor& {
    return tensor_of(network, operation.inputs[static_cast<std::size_t>(input)]);
  };
  if (operation.outputs.empty()) return "has no output";
  if (type.evaluate != nullptr &&
      tensor_of(network, operation.outputs[0]).type != schema::TensorType_FLOAT32) {
    return "gives no FLOAT32";
  }
  if (type.weights < 0) return has(0) ? "" : "has no input";
  if (!has(type.weights)) return "has no weights";
  const Tensor& weights = tensor(type.weights);
  if (!is_constant(network, operation.inputs[static_cast<std::size_t>(type.weights)])) {
    return "has weights that are no constant";
  }
  const std::size_t rank = type.code == schema::BuiltinOperator_FULLY_CONNECTED ? 2 : 4;
  if (weights.shape.size() != rank || weights.type != schema::TensorType_FLOAT32) {
    return "has weights that are not FLOAT32 of rank " + std::to_string(rank);
  }
  if (!has(type.bias)) return "";
  const Tensor& bias = tensor(type.bias);
  if (!is_constant(network, operation.inputs[static_cast<std::size_t>(type.bias)])) {
    return "has a bias that is no constant";
  }
  const auto channels = weights.shape[static_cast<std::size_t>(type.channels)];
  return bias.type == schema::TensorType_FLOAT32 && shape_of(bias).size() == channels
             ? ""
             : "has a bias that is not one FLOAT32 for each output channel";
}

}  // namespace

std::optional<Error> check_operators(const Network& network) {
  std::string all;
  const auto& operators = graph_of(network).operators;
  for (std::size_t i = 0; i < operators.size(); ++i) {
    const OperatorType* const type = find_operator(code_of(network, *operators[i]));
    const std::string fault =
        type == nullptr ? "has no integer form" : operand_fault(network, *operators[i], *type);
    if (!fault.empty()) all += (all.empty() ? "" : "; ") + label(network, i) + " " + fault;
  }
  if (all.empty()) return std::nullopt;
  return Error{octet_engine::ErrorCode::unsupported, all};
}

octet::ChannelLayout channel_layout(const Tensor& weights, std::int32_t dimension) {
  const auto channels =
      static_cast<std::size_t>(weights.shape[static_cast<std::size_t>(dimension)]);
  const auto each = static_cast<std::size_t>(shape_of(weights).size()) / channels;
  return dimension == 0 ? octet::first_dimension(channels, each)
                        : octet::last_dimension(channels, each);
}

void activate(schema::ActivationFunctionType activation, std::span<float> values) {
  const auto clamp = [&](float low, float high) {
    for (float& value : values) value = std::clamp(value, low, high);
  };
  switch (activation) {
    case schema::ActivationFunctionType_RELU:
      for (float& value : values) value = std::max(value, 0.0f);
      break;
    case schema::ActivationFunctionType_RELU6: clamp(0, 6); break;
    case schema::ActivationFunctionType_RELU_N1_TO_1: clamp(-1, 1); break;
    default: break;
  }
}

}  // namespace octet_quantizer
