// SPDX-License-Identifier: Apache-2.0
#include "operators.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace octet_engine {

namespace {

constexpr Types kInt8 = only(TensorType::int8);
constexpr Types kUint8 = only(TensorType::uint8);
constexpr Types kInt4 = only(TensorType::int4);
constexpr Types kInt16 = only(TensorType::int16);
constexpr Types kInt32 = only(TensorType::int32);
constexpr Types kInt64 = only(TensorType::int64);
constexpr Types kBool = only(TensorType::boolean);
constexpr Types kFloat32 = only(TensorType::float32);
constexpr Types kInt8Or16 = kInt8 | kInt16;
constexpr Types kBytesOr16 = kInt8Or16 | kUint8;
constexpr Types kIntegers = kInt8 | kUint8 | kInt16 | kInt32;

constexpr Operand kActivation{Role::activation, kInt8Or16};
constexpr Operand kAlike{Role::activation};
constexpr Operand kTerm{Role::quantity, kBytesOr16 | kInt32};
constexpr Operand kFactor{.role = Role::quantity, .types = kBytesOr16 | kInt32, .may_vanish = true};
constexpr Operand kFactorAlike{.role = Role::quantity, .may_vanish = true};
constexpr Operand kDividend{Role::quantity, kInt8 | kInt32};
constexpr Operand kQuantityAlike{Role::quantity};
constexpr Operand kImage{Role::activation, kInt8Or16, 4};
constexpr Operand kBytesOrWords{Role::activation, kBytesOr16};
constexpr Operand kAnyImage{Role::activation, kBytesOr16, 4};
constexpr Operand kImageAlike{.role = Role::activation, .rank = 4};
constexpr Operand kBytes{Role::activation, kInt8};
constexpr Operand kByteImage{Role::activation, kInt8, 4};
constexpr Operand kManyBytes{.role = Role::activation, .types = kInt8, .repeats = true};
constexpr Operand kCompared{Role::quantity, kInt8Or16 | kInt32 | kInt64};
constexpr Operand kComparedOrBool{Role::quantity, kInt8Or16 | kInt32 | kInt64 | kBool};
constexpr Operand kCastable{Role::elements, kIntegers | kInt64 | kBool};
constexpr Operand kBools{Role::elements, kBool};
constexpr Operand kOrdered{Role::elements, kInt8Or16 | kInt32 | kInt64};
constexpr Operand kQuantized{Role::activation, kIntegers};
constexpr Operand kElements{Role::elements, kIntegers | kInt64 | kBool};
constexpr Operand kElementsAlike{Role::elements};
constexpr Operand kManyElements{Role::elements, kIntegers | kInt64 | kBool, -1, false, true};
constexpr Operand kManyAlike{.role = Role::elements, .repeats = true};
constexpr Operand kIndices{Role::elements, kInt32};
constexpr Operand kChosen{Role::selector, kInt32};
constexpr Operand kConditions{Role::selector, kBool};
constexpr Operand kPadded{Role::quantity, kBytesOr16 | kInt32};
constexpr Operand kDifference{Role::quantity, kInt8Or16 | kInt32};
constexpr Operand kSlope{Role::activation, kInt8};
constexpr Operand kFilter{Role::weights, kInt8, 4};
constexpr Operand kFilter4{Role::weights, kInt8 | kUint8 | kInt4, 4};
constexpr Operand kMatrix4{
    .role = Role::weights, .types = kInt8 | kUint8 | kInt4, .rank = 2, .may_be_computed = true};
constexpr Operand kMatrix{Role::weights, kInt8, 2};
constexpr Operand kRows{Role::activation, kInt8, 2};
constexpr Operand kSequence{Role::activation, kInt8Or16, 3};
constexpr Operand kSequenceAlike{.role = Role::activation, .rank = 3};
constexpr Operand kTimeMatrix{Role::weights, kInt8Or16, 2};
constexpr Operand kState{Role::state, kInt8Or16};
constexpr Operand kCellState{Role::state, kInt16};
constexpr Operand kLeftOut{.role = Role::absent, .types = Types::any, .is_optional = true};
constexpr Operand kBias{.role = Role::bias, .types = kInt32 | kInt64, .is_optional = true};
constexpr Operand kSteps{Role::activation, kInt8 | kUint8 | kInt16};
constexpr Operand kReals{Role::activation, kFloat32};
constexpr Operand kQuantizedOrReal{Role::activation, kIntegers | kFloat32};
constexpr Operand kAnything{Role::any, kIntegers | kInt64 | kBool | kFloat32};
constexpr Operand kPassed{.role = Role::any,
                          .types = kIntegers | kInt64 | kBool | kFloat32,
                          .is_optional = true,
                          .repeats = true};
constexpr Operand kHandle{Role::handle, only(TensorType::resource)};
constexpr Operand kNumbers{Role::any, kInt32};
constexpr Operand kNone{};
constexpr Operand kImageElements{Role::elements, kIntegers | kInt64 | kBool, 4};
constexpr Operand kList{Role::integers, kInt32 | kInt64};
constexpr Operand kShape{.role = Role::unread, .types = kInt32 | kInt64, .is_optional = true};
constexpr Operand kGivenShape{Role::unread, kInt32 | kInt64};

// In the order of their names: inputs, outputs, function, options, and whether they have to be
// there.
// clang-format off
constexpr OperatorType kOperatorTypes[] = {
    {schema::BuiltinOperator_ABS, {kBytesOrWords}, kAlike, prepare_abs},
    {schema::BuiltinOperator_ADD, {kTerm, kQuantityAlike}, kQuantityAlike, prepare_add,
     schema::BuiltinOptions_AddOptions},
    {schema::BuiltinOperator_ADD_N, {kManyBytes}, kAlike, prepare_add_n},
    {schema::BuiltinOperator_ARG_MAX, {kBytes, kList}, kIndices, prepare_arg_max},
    {schema::BuiltinOperator_ARG_MIN, {kBytes, kList}, kIndices, prepare_arg_min},
    {schema::BuiltinOperator_ASSIGN_VARIABLE, {kHandle, kElements}, kNone, prepare_assign_variable},
    {schema::BuiltinOperator_AVERAGE_POOL_2D, {kAnyImage}, kImageAlike, prepare_average_pool2d,
     schema::BuiltinOptions_Pool2DOptions, true},
    {schema::BuiltinOperator_BATCH_MATMUL, {kActivation, kAlike}, kAlike, prepare_batch_matmul,
     schema::BuiltinOptions_BatchMatMulOptions},
    {schema::BuiltinOperator_BATCH_TO_SPACE_ND, {kElements, kList, kList}, kElementsAlike,
     prepare_batch_to_space_nd},
    {schema::BuiltinOperator_BROADCAST_ARGS, {kList, kList}, kElementsAlike,
     prepare_broadcast_args},
    {schema::BuiltinOperator_BROADCAST_TO, {kElements, kList}, kElementsAlike,
     prepare_broadcast_to},
    {schema::BuiltinOperator_CALL_ONCE, {}, kNone, prepare_nothing,
     schema::BuiltinOptions_CallOnceOptions, true},
    {schema::BuiltinOperator_CAST, {kCastable}, kCastable, prepare_cast},
    {schema::BuiltinOperator_CONCATENATION, {kManyElements}, kElementsAlike, prepare_concatenation,
     schema::BuiltinOptions_ConcatenationOptions, true},
    {schema::BuiltinOperator_CONV_2D, {kAnyImage, kFilter4, kBias}, kImageAlike, prepare_conv2d,
     schema::BuiltinOptions_Conv2DOptions, true},
    {schema::BuiltinOperator_CUMSUM, {kBytes, kList}, kAlike, prepare_cumsum,
     schema::BuiltinOptions_CumsumOptions},
    {schema::BuiltinOperator_DEPTHWISE_CONV_2D, {kAnyImage, kFilter4, kBias}, kImageAlike,
     prepare_depthwise_conv2d, schema::BuiltinOptions_DepthwiseConv2DOptions, true},
    {schema::BuiltinOperator_DEPTH_TO_SPACE, {kImageElements}, kElementsAlike,
     prepare_depth_to_space, schema::BuiltinOptions_DepthToSpaceOptions, true},
    {schema::BuiltinOperator_DEQUANTIZE, {kSteps}, kReals, prepare_dequantize},
    {schema::BuiltinOperator_DIV, {kDividend, kQuantityAlike}, kQuantityAlike, prepare_div,
     schema::BuiltinOptions_DivOptions},
    {schema::BuiltinOperator_DYNAMIC_UPDATE_SLICE, {kElements, kElementsAlike, kIndices},
     kElementsAlike, prepare_dynamic_update_slice},
    {schema::BuiltinOperator_ELU, {kBytes}, kAlike, prepare_elu},
    {schema::BuiltinOperator_EMBEDDING_LOOKUP, {kChosen, kElements}, kElementsAlike,
     prepare_embedding_lookup},
    {schema::BuiltinOperator_EQUAL, {kComparedOrBool, kQuantityAlike}, kBools, prepare_equal},
    {schema::BuiltinOperator_EXP, {kBytes}, kAlike, prepare_exp},
    {.code = schema::BuiltinOperator_EXPAND_DIMS, .inputs = {kElements, kShape},
     .output = kElementsAlike, .prepare = prepare_reshape, .in_place = true},
    {schema::BuiltinOperator_FILL, {kList, kElements}, kElementsAlike, prepare_fill},
    {schema::BuiltinOperator_FULLY_CONNECTED, {kBytesOrWords, kMatrix4, kBias}, kAlike,
     prepare_fully_connected, schema::BuiltinOptions_FullyConnectedOptions},
    {schema::BuiltinOperator_GATHER, {kElements, kIndices}, kElementsAlike, prepare_gather,
     schema::BuiltinOptions_GatherOptions},
    {schema::BuiltinOperator_GATHER_ND, {kElements, kIndices}, kElementsAlike, prepare_gather_nd},
    {schema::BuiltinOperator_GELU, {kBytes}, kAlike, prepare_gelu,
     schema::BuiltinOptions_GeluOptions},
    {schema::BuiltinOperator_GREATER, {kCompared, kQuantityAlike}, kBools, prepare_greater},
    {schema::BuiltinOperator_GREATER_EQUAL, {kCompared, kQuantityAlike}, kBools, prepare_greater_equal},
    {schema::BuiltinOperator_IF, {kBools, kPassed}, kPassed, prepare_nothing,
     schema::BuiltinOptions_IfOptions, true},
    {schema::BuiltinOperator_L2_NORMALIZATION, {kBytes}, kAlike, prepare_l2_normalization,
     schema::BuiltinOptions_L2NormOptions},
    {schema::BuiltinOperator_LOG_SOFTMAX, {kBytes}, kAlike, prepare_log_softmax},
    {schema::BuiltinOperator_HARD_SWISH, {kBytes}, kAlike, prepare_hard_swish},
    {schema::BuiltinOperator_LEAKY_RELU, {kBytesOrWords}, kAlike, prepare_leaky_relu,
     schema::BuiltinOptions_LeakyReluOptions, true},
    {schema::BuiltinOperator_LESS, {kCompared, kQuantityAlike}, kBools, prepare_less},
    {schema::BuiltinOperator_LESS_EQUAL, {kCompared, kQuantityAlike}, kBools, prepare_less_equal},
    {schema::BuiltinOperator_LOGISTIC, {kBytesOrWords}, kAlike, prepare_logistic},
    {schema::BuiltinOperator_LOGICAL_AND, {kBools, kBools}, kBools, prepare_logical_and},
    {schema::BuiltinOperator_LOGICAL_NOT, {kBools}, kBools, prepare_logical_not},
    {schema::BuiltinOperator_LOGICAL_OR, {kBools, kBools}, kBools, prepare_logical_or},
    {schema::BuiltinOperator_MAX_POOL_2D, {kAnyImage}, kImageAlike, prepare_max_pool2d,
     schema::BuiltinOptions_Pool2DOptions, true},
    {schema::BuiltinOperator_MAXIMUM, {kOrdered, kElementsAlike}, kElementsAlike, prepare_maximum},
    {schema::BuiltinOperator_MEAN, {kBytesOrWords, kList}, kAlike, prepare_mean},
    {schema::BuiltinOperator_MINIMUM, {kOrdered, kElementsAlike}, kElementsAlike, prepare_minimum},
    {schema::BuiltinOperator_MIRROR_PAD, {kElements, kList}, kElementsAlike, prepare_mirror_pad,
     schema::BuiltinOptions_MirrorPadOptions, true},
    {schema::BuiltinOperator_MUL, {kFactor, kFactorAlike}, kQuantityAlike, prepare_mul,
     schema::BuiltinOptions_MulOptions},
    {schema::BuiltinOperator_NOT_EQUAL, {kComparedOrBool, kQuantityAlike}, kBools, prepare_not_equal},
    {schema::BuiltinOperator_PACK, {kManyElements}, kElementsAlike, prepare_pack,
     schema::BuiltinOptions_PackOptions, true},
    {schema::BuiltinOperator_PAD, {kPadded, kList}, kQuantityAlike, prepare_pad},
    {schema::BuiltinOperator_PADV2, {kPadded, kList, kQuantityAlike}, kQuantityAlike, prepare_pad},
    {schema::BuiltinOperator_PRELU, {kActivation, kSlope}, kAlike, prepare_prelu},
    {schema::BuiltinOperator_QUANTIZE, {kQuantizedOrReal}, kQuantized, prepare_quantize},
    {schema::BuiltinOperator_READ_VARIABLE, {kHandle}, kElements, prepare_read_variable},
    {schema::BuiltinOperator_REDUCE_ALL, {kBools, kList}, kBools, prepare_reduce_all},
    {schema::BuiltinOperator_REDUCE_ANY, {kBools, kList}, kBools, prepare_reduce_any},
    {schema::BuiltinOperator_REDUCE_MAX, {kBytesOrWords, kList}, kAlike, prepare_reduce_max},
    {schema::BuiltinOperator_REDUCE_MIN, {kBytesOrWords, kList}, kAlike, prepare_reduce_min},
    {schema::BuiltinOperator_RELU, {kBytesOrWords}, kAlike, prepare_relu},
    {schema::BuiltinOperator_RELU6, {kBytesOrWords}, kAlike, prepare_relu6},
    {schema::BuiltinOperator_RELU_N1_TO_1, {kBytesOrWords}, kAlike, prepare_relu_n1_to_1},
    {.code = schema::BuiltinOperator_RESHAPE, .inputs = {kElements, kShape},
     .output = kElementsAlike, .prepare = prepare_reshape, .in_place = true},
    {schema::BuiltinOperator_RESIZE_BILINEAR, {kByteImage, kList}, kImageAlike,
     prepare_resize_bilinear, schema::BuiltinOptions_ResizeBilinearOptions},
    {schema::BuiltinOperator_RESIZE_NEAREST_NEIGHBOR, {kAnyImage, kList}, kImageAlike,
     prepare_resize_nearest_neighbor, schema::BuiltinOptions_ResizeNearestNeighborOptions},
    {schema::BuiltinOperator_REVERSE_V2, {kElements, kList}, kElementsAlike, prepare_reverse},
    {schema::BuiltinOperator_RSQRT, {kBytes}, kAlike, prepare_rsqrt},
    {schema::BuiltinOperator_SELECT, {kConditions, kElements, kElementsAlike}, kElementsAlike,
     prepare_select},
    {schema::BuiltinOperator_SELECT_V2, {kConditions, kElements, kElementsAlike}, kElementsAlike,
     prepare_select_v2},
    {schema::BuiltinOperator_SHAPE, {kAnything}, kNumbers, prepare_shape},
    {schema::BuiltinOperator_SLICE, {kElements, kList, kList}, kElementsAlike, prepare_slice},
    {schema::BuiltinOperator_SOFTMAX, {kBytesOrWords}, kBytesOrWords, prepare_softmax,
     schema::BuiltinOptions_SoftmaxOptions, true},
    {schema::BuiltinOperator_SPACE_TO_BATCH_ND, {kActivation, kList, kList}, kAlike,
     prepare_space_to_batch_nd},
    {schema::BuiltinOperator_SPACE_TO_DEPTH, {kImageElements}, kElementsAlike,
     prepare_space_to_depth, schema::BuiltinOptions_SpaceToDepthOptions, true},
    {schema::BuiltinOperator_SPLIT, {kList, kElements}, kManyAlike, prepare_split},
    {schema::BuiltinOperator_SPLIT_V, {kElements, kList, kList}, kManyAlike, prepare_split_v},
    {schema::BuiltinOperator_SQUARED_DIFFERENCE, {kDifference, kQuantityAlike}, kQuantityAlike,
     prepare_squared_difference},
    {.code = schema::BuiltinOperator_SQUEEZE, .inputs = {kElements},
     .output = kElementsAlike, .prepare = prepare_reshape, .in_place = true},
    {schema::BuiltinOperator_STRIDED_SLICE, {kElements, kList, kList, kList}, kElementsAlike,
     prepare_strided_slice, schema::BuiltinOptions_StridedSliceOptions, true},
    {schema::BuiltinOperator_SUB, {kTerm, kQuantityAlike}, kQuantityAlike, prepare_sub,
     schema::BuiltinOptions_SubOptions},
    {schema::BuiltinOperator_SUM, {kBytesOrWords, kList}, kAlike, prepare_sum},
    {schema::BuiltinOperator_SVDF, {kRows, kMatrix, kTimeMatrix, kBias, kState}, kRows,
     prepare_svdf, schema::BuiltinOptions_SVDFOptions, true},
    {schema::BuiltinOperator_TANH, {kActivation}, kAlike, prepare_tanh},
    {schema::BuiltinOperator_TILE, {kElements, kList}, kElementsAlike, prepare_tile},
    {schema::BuiltinOperator_TRANSPOSE, {kElements, kList}, kElementsAlike, prepare_transpose},
    {schema::BuiltinOperator_TRANSPOSE_CONV, {kGivenShape, kFilter, kImage, kBias}, kImage,
     prepare_transpose_conv, schema::BuiltinOptions_TransposeConvOptions, true},
    {schema::BuiltinOperator_UNIDIRECTIONAL_SEQUENCE_LSTM,
     {kSequence, kMatrix, kMatrix, kMatrix, kMatrix, kMatrix, kMatrix, kMatrix, kMatrix, kLeftOut,
      kLeftOut, kLeftOut, kBias, kBias, kBias, kBias, kLeftOut, kLeftOut, kState, kCellState,
      kLeftOut, kLeftOut, kLeftOut, kLeftOut},
     kSequenceAlike, prepare_unidirectional_sequence_lstm,
     schema::BuiltinOptions_UnidirectionalSequenceLSTMOptions, true},
    {schema::BuiltinOperator_UNPACK, {kElements}, kManyAlike, prepare_unpack,
     schema::BuiltinOptions_UnpackOptions, true},
    {schema::BuiltinOperator_VAR_HANDLE, {}, kHandle, prepare_nothing,
     schema::BuiltinOptions_VarHandleOptions, true},
    {schema::BuiltinOperator_WHILE, {kPassed}, kPassed, prepare_nothing,
     schema::BuiltinOptions_WhileOptions, true},
    {schema::BuiltinOperator_ZEROS_LIKE, {kElements}, kElementsAlike, prepare_zeros_like},
};
// clang-format on

// "INT8, INT16 or INT32"
std::string list_types(Types types) {
  std::vector<std::string> names;  // the commonest types have the highest numbers
  for (int number = 31; number >= 0; --number) {
    const auto type = static_cast<TensorType>(number);
    if (contains(types, type)) names.push_back(to_string(type));
  }
  std::string text = names[0];
  for (std::size_t i = 1; i < names.size(); ++i) {
    text += (i + 1 == names.size() ? " or " : ", ") + names[i];
  }
  return text;
}

bool fits_type(std::int64_t zero_point, TensorType type) {
  switch (type) {
    case TensorType::uint8: return zero_point >= 0 && zero_point <= 255;
    case TensorType::int8: return zero_point >= -128 && zero_point <= 127;
    case TensorType::int16: return zero_point >= -32768 && zero_point <= 32767;
    default: return zero_point == 0;
  }
}

// What is wrong with a tensor in its role, as the end of a sentence; empty if nothing is.
std::string activation_fault(const Tensor& tensor, bool may_vanish) {
  if (tensor.type == TensorType::float32) return "";
  const Quantization& quantization = tensor.quantization;
  if (quantization.scales.size() != 1) {
    return "has " + std::to_string(quantization.scales.size()) + " scales instead of 1";
  }
  if (quantization.scales[0] == 0 && !may_vanish) return "has the scale 0";
  if (!fits_type(quantization.zero_point(0), tensor.type)) {
    return "has the zero point " + std::to_string(quantization.zero_point(0));
  }
  return "";
}

std::string weights_fault(const Tensor& tensor, const Operand& operand, bool may_have_zero_point) {
  if (!tensor.is_constant() && !operand.may_be_computed) return "is not a constant";
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

bool is_list(Role role) { return role == Role::integers || role == Role::unread; }

std::string operand_fault(const Node& node, const Tensor& tensor, const Operand& operand,
                          Types alike) {
  const Types types = operand.types == Types::none ? alike : operand.types;
  if (!contains(types, tensor.type)) {
    return "is " + to_string(tensor.type) + " instead of " + list_types(types);
  }
  if (operand.rank >= 0 && tensor.shape.rank != operand.rank) {
    return "has shape " + to_string(tensor.shape) + " instead of rank " +
           std::to_string(operand.rank);
  }
  if (tensor.shape.size() == 0 && !is_list(operand.role)) return "has no elements";
  switch (operand.role) {
    case Role::activation: return activation_fault(tensor, operand.may_vanish);
    case Role::quantity:
      return contains(kBytesOr16, tensor.type) ? activation_fault(tensor, operand.may_vanish) : "";
    case Role::weights:
      return weights_fault(tensor, operand,
                           tensor.type == TensorType::uint8 ||
                               node.operation().code == schema::BuiltinOperator_FULLY_CONNECTED);
    case Role::bias:
    case Role::integers: return tensor.is_constant() ? "" : "is not a constant";
    case Role::elements:
    case Role::selector:
      return tensor.quantization.scales.size() <= 1 ? "" : "is quantized along a dimension";
    case Role::state:
      return tensor.is_variable ? activation_fault(tensor, operand.may_vanish) : "is no variable";
    case Role::absent: return "is not supported";
    case Role::unread:
    case Role::handle:
    case Role::any:
    case Role::none: break;
  }
  return "";
}

std::size_t count_operands(const OperatorType& type) {
  std::size_t count = 0;
  while (count < type.inputs.size() && type.inputs[count].role != Role::none) ++count;
  return count;
}

// The input that others are to be like.
std::size_t main_input(const OperatorType& type) {
  const Role first = type.inputs[0].role;
  return is_list(first) || first == Role::selector ? 1 : 0;
}

std::optional<Error> check_counts(const Node& node, const OperatorType& type) {
  const std::size_t most = count_operands(type);
  const std::size_t outputs = type.output.role == Role::none ? 0 : 1;
  const bool is_variadic = most > 0 && type.inputs[most - 1].repeats;
  if ((node.inputs() <= most || is_variadic) &&
      (node.outputs() == outputs || (type.output.repeats && node.outputs() > 1))) {
    return std::nullopt;
  }
  return node.invalid(std::to_string(node.inputs()) + " inputs and " +
                      std::to_string(node.outputs()) + " outputs, where it takes up to " +
                      (is_variadic ? "any number" : std::to_string(most)) + " and " +
                      (type.output.repeats ? "at least " : "") + std::to_string(outputs));
}

}  // namespace

const OperatorType* find_operator(const Operator& operation,
                                  std::span<const CustomOperator> custom_operators) {
  // What it takes, it knows itself.
  static constexpr OperatorType kCustom{.code = schema::BuiltinOperator_CUSTOM,
                                        .inputs = {},
                                        .output = {},
                                        .prepare = prepare_custom};
  if (find_custom(operation, custom_operators) != nullptr) return &kCustom;
  const auto* const found = std::ranges::find(kOperatorTypes, operation.code, &OperatorType::code);
  return found == std::end(kOperatorTypes) ? nullptr : found;
}

std::string unsupported_name(const Graph& graph, const Operator& operation,
                             std::span<const CustomOperator> custom_operators) {
  const OperatorType* const type = find_operator(operation, custom_operators);
  if (type == nullptr) return operation.name;
  const std::size_t input = main_input(*type);
  if (operation.inputs.size() <= input || operation.inputs[input] == kAbsent) return "";
  const TensorType held = graph.tensor(operation.inputs[input]).type;
  const Operand& operand = type->inputs[input];
  if (operand.role == Role::none || contains(operand.types, held)) return "";
  return operation.name + " of " + to_string(held);
}

std::vector<UnsupportedOperator> unsupported_operators(
    const Model& model, std::span<const CustomOperator> custom_operators) {
  std::vector<UnsupportedOperator> all;
  for (const Graph& graph : model.graphs()) {
    for (const Operator& operation : graph.operators) {
      const std::string name = unsupported_name(graph, operation, custom_operators);
      if (name.empty()) continue;
      const auto known = std::ranges::find(all, name, &UnsupportedOperator::name);
      if (known == all.end()) {
        all.push_back({name, 1});
      } else {
        ++known->count;
      }
    }
  }
  return all;
}

std::optional<Error> check_operands(const Node& node, const OperatorType& type) {
  if (type.code == schema::BuiltinOperator_CUSTOM) return std::nullopt;
  if (std::optional<Error> error = check_counts(node, type)) return error;
  const std::size_t first = main_input(type);
  const std::size_t listed = count_operands(type);
  if (listed > 0 && !node.has_input(first)) {
    return node.invalid("input " + std::to_string(first) + " is missing");
  }
  const Types alike = listed > 0 ? only(node.input(first).type) : Types::none;
  const auto check = [&](const std::string& what, std::int32_t index, const Tensor& tensor,
                         const Operand& operand) -> std::optional<Error> {
    const std::string fault = operand_fault(node, tensor, operand, alike);
    if (fault.empty()) return std::nullopt;
    return node.unsupported(what + " (tensor " + std::to_string(index) + ") " + fault);
  };
  for (std::size_t i = 0; i < std::max(listed, node.inputs()); ++i) {
    const Operand& operand = type.inputs[std::min(i, listed - 1)];
    const std::string what = "input " + std::to_string(i);
    if (!node.has_input(i)) {
      if (operand.is_optional) continue;
      return node.invalid(what + " is missing");
    }
    if (auto error = check(what, node.operation().inputs[i], node.input(i), operand)) return error;
  }
  for (std::size_t i = 0; i < node.outputs(); ++i) {
    const std::string what = node.outputs() == 1 ? "output" : "output " + std::to_string(i);
    if (auto error = check(what, node.operation().outputs[i], node.output(i), type.output)) {
      return error;
    }
  }

  const schema::Operator& record = *node.operation().record;
  const schema::BuiltinOptions options = record.builtin_options_type();
  if (type.options != schema::BuiltinOptions_NONE && options != schema::BuiltinOptions_NONE &&
      options != type.options) {
    return node.invalid("its options are those of another operator (" + std::to_string(options) +
                        " instead of " + std::to_string(type.options) + ")");
  }
  // A damaged file may say that it has options of that type and yet hold none.
  if (type.needs_options && (options == schema::BuiltinOptions_NONE || !record.builtin_options())) {
    return node.invalid("the options are missing");
  }
  return std::nullopt;
}

std::string describe_shapes(const Node& node, const OperatorType& type) {
  std::string text;
  for (std::size_t i = 0; i < node.inputs(); ++i) {
    const std::size_t listed = count_operands(type);
    const Role role = listed == 0 ? Role::any : type.inputs[std::min(i, listed - 1)].role;
    if (!node.has_input(i)) continue;
    if (role == Role::bias || is_list(role) || role == Role::handle || role == Role::state) {
      continue;
    }
    if (!text.empty()) text += role == Role::weights ? " * " : ", ";
    text += to_string(node.input(i).shape);
  }
  text += " -> ";
  for (std::size_t i = 0; i < node.outputs(); ++i) {
    if (i > 0) text += ", ";
    text += to_string(node.output(i).shape);
  }
  return text;
}

}  // namespace octet_engine
