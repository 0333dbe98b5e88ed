// SPDX-License-Identifier: Apache-2.0
#include "importer.hpp"

#include <algorithm>
#include <memory>
#include <numeric>

namespace octet_quantizer::onnx_reader {

namespace {

constexpr Reader kReaders[] = {
    {"Abs", read_unary},
    {"Add", read_binary},
    {"AveragePool", read_pool},
    {"BatchNormalization", read_batch_normalization},
    {"Cast", read_cast},
    {"Clip", read_clip},
    {"Concat", read_concat},
    {"Constant", read_constant},
    {"ConstantOfShape", read_constant_of_shape},
    {"Conv", read_convolution},
    {"ConvTranspose", read_transposed_convolution},
    {"DepthToSpace", read_depth_to_space},
    {"Div", read_binary},
    {"Dropout", read_identity},
    {"Elu", read_elu},
    {"Equal", read_equal},
    {"Exp", read_unary},
    {"Expand", read_expand},
    {"Flatten", read_flatten},
    {"Gather", read_gather},
    {"Gelu", read_gelu},
    {"Gemm", read_gemm},
    {"GlobalAveragePool", read_global_pool},
    {"GlobalMaxPool", read_global_pool},
    {"HardSigmoid", read_hard_sigmoid},
    {"HardSwish", read_unary},
    {"Identity", read_identity},
    {"InstanceNormalization", read_instance_normalization},
    {"LayerNormalization", read_layer_normalization},
    {"LeakyRelu", read_leaky_relu},
    {"LogSoftmax", read_softmax},
    {"LpNormalization", read_lp_normalization},
    {"MatMul", read_matmul},
    {"Max", read_binary},
    {"MaxPool", read_pool},
    {"Mean", read_binary},
    {"Min", read_binary},
    {"Mish", read_mish},
    {"Mul", read_binary},
    {"Neg", read_negative},
    {"PRelu", read_prelu},
    {"Pad", read_pad},
    {"Pow", read_pow},
    {"Reciprocal", read_reciprocal},
    {"ReduceL1", read_reduction},
    {"ReduceL2", read_reduction},
    {"ReduceMax", read_reduction},
    {"ReduceMean", read_reduction},
    {"ReduceMin", read_reduction},
    {"ReduceSum", read_reduction},
    {"ReduceSumSquare", read_reduction},
    {"Relu", read_unary},
    {"Reshape", read_reshape},
    {"Resize", read_resize},
    {"Selu", read_elu},
    {"Shape", read_shape},
    {"Sigmoid", read_unary},
    {"Slice", read_slice},
    {"Softmax", read_softmax},
    {"Softsign", read_reciprocal},
    {"SpaceToDepth", read_space_to_depth},
    {"Split", read_split},
    {"Sqrt", read_sqrt},
    {"Squeeze", read_squeeze},
    {"Sub", read_binary},
    {"Sum", read_binary},
    {"Tanh", read_unary},
    {"Tile", read_tile},
    {"Transpose", read_transpose},
    {"Unsqueeze", read_unsqueeze},
    {"Upsample", read_resize},
    {"Where", read_where},
};

// An order without dimensions of one element: kOne instead of each.
Order with_ones(Order order, const Dims& dims) {
  for (std::size_t& d : order) {
    if (d != kOne && dims[d] == 1) d = kOne;
  }
  return order;
}

// The order of the elements alone.
Order without_ones(Order order) {
  std::erase(order, kOne);
  return order;
}

constexpr std::size_t kTaken = kOne - 1;  // a dimension of an order that is spoken for

// With as many dimensions as `rank`, of which those of one element come and go.
Order resized(Order order, std::size_t rank) {
  while (order.size() < rank) order.insert(order.begin(), kOne);
  while (order.size() > rank) order.erase(std::ranges::find(order, kOne));
  return order;
}

}  // namespace

std::int32_t extent(std::int64_t value) {
  if (value < 0 || value > INT32_MAX) {
    throw Refusal("a dimension of " + std::to_string(value) + " is out of range");
  }
  return static_cast<std::int32_t>(value);
}

const Reader* find_reader(std::string_view kind) {
  const auto* const found = std::ranges::find(kReaders, kind, &Reader::kind);
  return found == std::end(kReaders) ? nullptr : found;
}

Importer::Importer() {
  network_.version = 3;
  network_.buffers.push_back(std::make_unique<schema::BufferT>());  // of all without constants
  network_.subgraphs.push_back(std::make_unique<Graph>());
}

Order onnx_order(std::size_t rank) {
  Order order(rank);
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

Order channels_last(std::size_t rank) {
  return rank == 3 ? Order{0, kOne, 2, 1} : Order{0, 2, 3, 1};
}

Order edge_order(std::size_t rank) { return rank == 4 ? channels_last(4) : onnx_order(rank); }

Order order_of(const Value& value) {
  return value.tensor == kAbsent ? onnx_order(value.dims.size()) : value.order;
}

Order order_with_last(const Value& value, std::size_t axis) {
  Order order = order_of(value);
  std::erase(order, axis);
  order.push_back(axis);
  return order;
}

std::vector<std::int32_t> shape_in(const Order& order, const Dims& dims) {
  if (count_of(dims) == 0)
    throw Refusal("an activation of " + to_string(dims) + " has no elements");
  std::vector<std::int32_t> shape;
  for (const std::size_t d : order) shape.push_back(d == kOne ? 1 : extent(dims[d]));
  return shape;
}

std::int32_t place_of(std::size_t axis, const Order& order) {
  return static_cast<std::int32_t>(std::ranges::find(order, axis) - order.begin());
}

Value with_rank(const Value& value, std::size_t rank) {
  if (value.dims.size() > rank) {
    throw Refusal(to_string(value.dims) + " has more than " + std::to_string(rank) + " dimensions");
  }
  const std::size_t added = rank - value.dims.size();
  Value result = value;
  result.dims.insert(result.dims.begin(), added, 1);
  if (result.constant) result.constant->dims = result.dims;
  for (std::size_t& d : result.order) d += d == kOne ? 0 : added;
  result.order.insert(result.order.begin(), added, kOne);
  std::iota(result.order.begin(), result.order.begin() + static_cast<std::ptrdiff_t>(added), 0u);
  return result;
}

std::int32_t Importer::integers(const std::vector<std::int32_t>& numbers,
                                std::vector<std::int32_t> shape) {
  if (shape.empty()) shape = {static_cast<std::int32_t>(numbers.size())};
  const std::int32_t added =
      add_tensor(network_, name + "/constant", std::move(shape), schema::TensorType_INT32);
  set_values(network_, added, numbers);
  return added;
}

std::int32_t Importer::reals(const std::vector<float>& numbers, std::vector<std::int32_t> shape) {
  const std::int32_t added =
      add_tensor(network_, name + "/constant", std::move(shape), schema::TensorType_FLOAT32);
  set_values(network_, added, numbers);
  return added;
}

Value Importer::input(const std::string& input_name, const Dims& dims) {
  const Order order = edge_order(dims.size());
  const std::int32_t added =
      add_tensor(network_, input_name, shape_in(order, dims), schema::TensorType_FLOAT32);
  graph_of(network_).inputs.push_back(added);
  return {dims, {}, added, order};
}

std::int32_t Importer::add(Code code, std::vector<std::int32_t> inputs,
                           std::vector<std::int32_t> shape) {
  const std::int32_t output =
      add_tensor(network_, name, std::move(shape), schema::TensorType_FLOAT32);
  auto operation = std::make_unique<Operation>();
  operation->opcode_index = opcode_index(network_, code);
  operation->inputs = std::move(inputs);
  operation->outputs = {output};
  graph_of(network_).operators.push_back(std::move(operation));
  return output;
}

std::int32_t Importer::transpose(std::int32_t from, const std::vector<std::int32_t>& perm) {
  const auto [known, is_new] = transposed_.try_emplace({from, perm}, kAbsent);
  if (is_new) {
    std::vector<std::int32_t> shape;
    for (const std::int32_t d : perm) {
      shape.push_back(shape_of_tensor(from)[static_cast<std::size_t>(d)]);
    }
    known->second =
        add(schema::BuiltinOperator_TRANSPOSE, {from, integers(perm)}, std::move(shape));
  }
  return known->second;
}

std::int32_t Importer::gather(std::int32_t from, std::int32_t axis,
                              const std::vector<std::int32_t>& indices) {
  std::vector<std::int32_t> shape = shape_of_tensor(from);
  shape[static_cast<std::size_t>(axis)] = static_cast<std::int32_t>(indices.size());
  schema::GatherOptionsT options;
  options.axis = axis;
  return add(schema::BuiltinOperator_GATHER, {from, integers(indices)}, std::move(shape),
             std::move(options));
}

std::int32_t Importer::reshape(std::int32_t from, const std::vector<std::int32_t>& shape) {
  if (shape_of_tensor(from) == shape) return from;
  const auto [known, is_new] = reshaped_.try_emplace({from, shape}, kAbsent);
  if (is_new) {
    known->second = add(schema::BuiltinOperator_RESHAPE, {from, integers(shape)}, shape,
                        schema::ReshapeOptionsT{{}, shape});
  }
  return known->second;
}

std::int32_t Importer::tensor(const Value& value, const Order& order) {
  const std::vector<std::int32_t> shape = shape_in(order, value.dims);
  if (value.tensor == kAbsent) {
    Array array = permute(*value.constant, without_ones(order));
    if (!array.is_real()) array.reals.assign(array.integers.begin(), array.integers.end());
    return reals(array.reals, shape);
  }
  const Order wanted = with_ones(order, value.dims);
  Order has = with_ones(value.order, value.dims);
  if (without_ones(has) == without_ones(wanted)) return reshape(value.tensor, shape);
  has = resized(std::move(has), wanted.size());
  const Dims& dims = value.dims;
  const std::int32_t from = reshape(value.tensor, shape_in(has, dims));
  std::vector<std::int32_t> perm;
  for (const std::size_t d : wanted) {
    const auto found = std::ranges::find(has, d);
    perm.push_back(static_cast<std::int32_t>(found - has.begin()));
    *found = kTaken;
  }
  return transpose(from, perm);
}

const onnx::AttributeProto* Node::attribute(std::string_view attribute_name) const {
  const auto found = std::ranges::find_if(proto_.attribute(), [&](const auto& candidate) {
    return candidate.name() == attribute_name;
  });
  return found == proto_.attribute().end() ? nullptr : &*found;
}

std::int64_t Node::integer(std::string_view attribute_name, std::int64_t otherwise) const {
  const auto* const given = attribute(attribute_name);
  return given == nullptr ? otherwise : within_32_bits(given->i());
}

float Node::real(std::string_view attribute_name, float otherwise) const {
  const auto* const given = attribute(attribute_name);
  return given == nullptr ? otherwise : given->f();
}

Dims Node::integers(std::string_view attribute_name, const Dims& otherwise) const {
  const auto* const given = attribute(attribute_name);
  if (given == nullptr) return otherwise;
  Dims numbers(given->ints().begin(), given->ints().end());
  std::ranges::transform(numbers, numbers.begin(), within_32_bits);
  return numbers;
}

std::string Node::text(std::string_view attribute_name, const std::string& otherwise) const {
  const auto* const given = attribute(attribute_name);
  return given == nullptr ? otherwise : given->s();
}

Value& Node::input(std::size_t i) const {
  if (!has_input(i)) refuse("input " + std::to_string(i) + " is missing");
  const auto found = importer.values.find(input_name(i));
  if (found == importer.values.end()) refuse("nothing before it makes " + input_name(i));
  return found->second;
}

const Array& Node::constant(std::size_t i, const char* what) const {
  const Value& value = input(i);
  if (!value.constant) refuse(std::string(what) + " is no constant");
  return *value.constant;
}

const Array& Node::real_constant(std::size_t i, const char* what) const {
  const Array& array = constant(i, what);
  if (!array.is_real()) refuse(std::string(what) + " is not of float32");
  return array;
}

const Dims& Node::integer_constant(std::size_t i, const char* what) const {
  const Array& array = constant(i, what);
  if (array.is_real()) refuse(std::string(what) + " is not of integers");
  return array.integers;
}

Dims Node::integers(std::size_t i, std::string_view attribute_name, const Dims& otherwise) const {
  if (!has_input(i)) return integers(attribute_name, otherwise);
  return integer_constant(i, std::string(attribute_name).c_str());
}

void Node::give(Value value, std::size_t i) const {
  if (i < outputs()) importer.values[proto_.output(static_cast<int>(i))] = std::move(value);
}

std::size_t Node::axis(std::int64_t given, std::size_t rank) const {
  const auto extent_of_rank = static_cast<std::int64_t>(rank);
  const std::int64_t from_start = given < 0 ? given + extent_of_rank : given;
  if (from_start < 0 || from_start >= extent_of_rank) {
    refuse("axis " + std::to_string(given) + " is outside of " + std::to_string(rank) +
           " dimensions");
  }
  return static_cast<std::size_t>(from_start);
}

Dims broadcast(const Node& node, const Dims& a, const Dims& b) {
  Dims result(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1) {
      node.refuse("inputs of " + to_string(a) + " and " + to_string(b) + " do not broadcast");
    }
    result[result.size() - 1 - i] = x == 1 ? y : x;
  }
  return result;
}

}  // namespace octet_quantizer::onnx_reader
