// SPDX-License-Identifier: Apache-2.0
#include "operations.hpp"

#include <limits>
#include <string>

namespace octet_engine {

namespace {

constexpr Operand kActivation{Role::activation};
constexpr Operand kImage{Role::activation, 4};
constexpr Operand kBytes{Role::byte_activation};
constexpr Operand kFilter{Role::weights, 4};
constexpr Operand kMatrix{Role::weights, 2};
constexpr Operand kBias{.role = Role::bias, .is_optional = true};
constexpr Operand kIntegers{Role::integers};
constexpr Operand kShape{.role = Role::integers, .is_optional = true};

constexpr auto kAnyOptions = schema::BuiltinOptions_NONE;

// clang-format off
constexpr OperationType kOperationTypes[] = {
    {schema::BuiltinOperator_ADD, {kActivation, kActivation}, kActivation,
     schema::BuiltinOptions_AddOptions, prepare_add},
    {schema::BuiltinOperator_AVERAGE_POOL_2D, {kImage}, kImage,
     schema::BuiltinOptions_Pool2DOptions, prepare_average_pool2d},
    {schema::BuiltinOperator_CONV_2D, {kImage, kFilter, kBias}, kImage,
     schema::BuiltinOptions_Conv2DOptions, prepare_conv2d},
    {schema::BuiltinOperator_DEPTHWISE_CONV_2D, {kImage, kFilter, kBias}, kImage,
     schema::BuiltinOptions_DepthwiseConv2DOptions, prepare_depthwise_conv2d},
    {schema::BuiltinOperator_FULLY_CONNECTED, {kActivation, kMatrix, kBias}, kActivation,
     schema::BuiltinOptions_FullyConnectedOptions, prepare_fully_connected},
    {schema::BuiltinOperator_MAX_POOL_2D, {kImage}, kImage,
     schema::BuiltinOptions_Pool2DOptions, prepare_max_pool2d},
    {schema::BuiltinOperator_MEAN, {kActivation, kIntegers}, kActivation,
     kAnyOptions, prepare_mean},
    {schema::BuiltinOperator_PAD, {kActivation, kIntegers}, kActivation,
     kAnyOptions, prepare_pad},
    {schema::BuiltinOperator_PADV2, {kActivation, kIntegers, kActivation}, kActivation,
     kAnyOptions, prepare_pad},
    {schema::BuiltinOperator_QUANTIZE, {kBytes}, kBytes,
     kAnyOptions, prepare_quantize},
    {schema::BuiltinOperator_RESHAPE, {kActivation, kShape}, kActivation,
     kAnyOptions, prepare_reshape, true},
    {schema::BuiltinOperator_SOFTMAX, {kActivation}, kActivation,
     schema::BuiltinOptions_SoftmaxOptions, prepare_softmax},
};
// clang-format on

bool fits_type(std::int64_t zero_point, TensorType type) {
  return type == TensorType::uint8 ? zero_point >= 0 && zero_point <= 255
                                   : zero_point >= -128 && zero_point <= 127;
}

// What is wrong with a tensor in its role, as the end of a sentence; empty if nothing is.
std::string activation_fault(const Tensor& tensor, const Operand& operand) {
  const Quantization& quantization = tensor.quantization;
  const bool is_known = tensor.type == TensorType::int8 ||
                        (operand.role == Role::byte_activation && tensor.type == TensorType::uint8);
  if (!is_known) {
    return "is " + to_string(tensor.type) + " instead of INT8" +
           (operand.role == Role::byte_activation ? " or UINT8" : "");
  }
  if (quantization.scales.size() != 1) {
    return "has " + std::to_string(quantization.scales.size()) + " scales instead of 1";
  }
  if (quantization.scales[0] == 0) return "has the scale 0";
  if (!fits_type(quantization.zero_point(0), tensor.type)) {
    return "has the zero point " + std::to_string(quantization.zero_point(0));
  }
  return "";
}

std::string constant_fault(const Tensor& tensor, TensorType type) {
  if (!tensor.is_constant()) return "is not a constant";
  if (tensor.type != type) return "is " + to_string(tensor.type) + " instead of " + to_string(type);
  return "";
}

std::string weights_fault(const Tensor& tensor, bool may_have_zero_point) {
  if (std::string fault = constant_fault(tensor, TensorType::int8); !fault.empty()) return fault;
  const Quantization& quantization = tensor.quantization;
  if (quantization.scales.empty()) return "has no scale";
  for (std::size_t i = 0; i < quantization.scales.size(); ++i) {
    const std::int64_t zero_point = quantization.zero_point(i);
    if (zero_point == 0) continue;
    if (may_have_zero_point && quantization.scales.size() == 1 &&
        fits_type(zero_point, tensor.type)) {
      continue;
    }
    return "has the zero point " + std::to_string(zero_point) + " instead of 0";
  }
  return "";
}

std::string operand_fault(const Tensor& tensor, const Operand& operand, bool may_have_zero_point) {
  if (tensor.is_variable) return "is a variable, which is not supported";
  if (operand.rank >= 0 && tensor.shape.rank != operand.rank) {
    return "has shape " + to_string(tensor.shape) + " instead of rank " +
           std::to_string(operand.rank);
  }
  if (tensor.shape.size() == 0 && operand.role != Role::integers) return "has no elements";
  switch (operand.role) {
    case Role::activation:
    case Role::byte_activation: return activation_fault(tensor, operand);
    case Role::weights: return weights_fault(tensor, may_have_zero_point);
    case Role::bias:
    case Role::integers: return constant_fault(tensor, TensorType::int32);
    case Role::none: break;
  }
  return "";
}

std::size_t count_operands(const OperationType& type) {
  std::size_t count = 0;
  while (count < type.inputs.size() && type.inputs[count].role != Role::none) ++count;
  return count;
}

}  // namespace

const OperationType* find_operation(std::int32_t code) {
  for (const OperationType& type : kOperationTypes) {
    if (type.code == code) return &type;
  }
  return nullptr;
}

std::optional<Error> check_operands(const Node& node, const OperationType& type) {
  const Operator& operation = node.operation();
  const std::size_t most = count_operands(type);
  if (operation.inputs.size() > most || operation.outputs.size() != 1) {
    return node.invalid(std::to_string(operation.inputs.size()) + " inputs and " +
                        std::to_string(operation.outputs.size()) +
                        " outputs, where it takes up to " + std::to_string(most) + " and 1");
  }
  const auto describe = [&](const std::string& what, std::int32_t tensor,
                            const std::string& fault) {
    return node.unsupported(what + " (tensor " + std::to_string(tensor) + ") " + fault);
  };
  const bool may_have_zero_point = type.code == schema::BuiltinOperator_FULLY_CONNECTED;
  for (std::size_t i = 0; i < most; ++i) {
    const Operand& operand = type.inputs[i];
    if (!node.has_input(i)) {
      if (operand.is_optional) continue;
      return node.invalid("input " + std::to_string(i) + " is missing");
    }
    const std::string fault = operand_fault(node.input(i), operand, may_have_zero_point);
    if (!fault.empty()) return describe("input " + std::to_string(i), operation.inputs[i], fault);
  }
  const std::string fault = operand_fault(node.output(), type.output, false);
  if (!fault.empty()) return describe("output", operation.outputs[0], fault);

  const schema::BuiltinOptions options = operation.record->builtin_options_type();
  if (type.options != kAnyOptions && options != schema::BuiltinOptions_NONE &&
      options != type.options) {
    return node.invalid("its options are those of another operator (" + std::to_string(options) +
                        " instead of " + std::to_string(type.options) + ")");
  }
  return std::nullopt;
}

std::string describe_shapes(const Node& node, const OperationType& type) {
  std::string text = to_string(node.input(0).shape);
  if (type.inputs[1].role == Role::weights) text += " * " + to_string(node.input(1).shape);
  if (type.inputs[1].role == Role::activation) text += " + " + to_string(node.input(1).shape);
  return text + " -> " + to_string(node.output().shape);
}

}  // namespace octet_engine
