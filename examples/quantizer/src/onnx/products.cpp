// SPDX-License-Identifier: Apache-2.0
// Products of matrices: FULLY_CONNECTED where one of them is constant, BATCH_MATMUL otherwise.
#include <string>
#include <utility>

#include "elementwise.hpp"

namespace octet_quantizer::onnx_reader {

namespace {

// input x weights + bias, weights as FULLY_CONNECTED has them: outputs x inputs.
Value multiply(const Node& node, const Value& input, const Array& weights,
               const std::vector<float>& bias) {
  Importer& importer = node.importer;
  node.require(!input.dims.empty() && input.dims.back() == weights.dims[1],
               "the inner dimensions of both matrices differ");
  Dims dims = input.dims;
  dims.back() = weights.dims[0];
  // Rows may stand in any order.
  Order order = order_of(input);
  if (order.back() + 1 != dims.size()) order = onnx_order(dims.size());
  schema::FullyConnectedOptionsT options;
  options.keep_num_dims = order.size() != 2;
  const std::int32_t outputs = extent(weights.dims[0]);
  const std::int32_t result =
      importer.add(schema::BuiltinOperator_FULLY_CONNECTED,
                   {importer.tensor(input, order),
                    importer.reals(weights.reals, {outputs, extent(weights.dims[1])}),
                    importer.reals(bias, {outputs})},
                   shape_in(order, dims), std::move(options));
  return {dims, {}, result, order};
}

// The products of the matrices of both.
Value multiply(const Node& node, const Value& a, const Value& b) {
  Dims batch_a(a.dims.begin(), a.dims.end() - 2), batch_b(b.dims.begin(), b.dims.end() - 2);
  Dims dims = broadcast(node, batch_a, batch_b);
  node.require(a.dims.back() == b.dims[b.dims.size() - 2],
               "the inner dimensions of both matrices differ");
  dims.push_back(a.dims[a.dims.size() - 2]);
  dims.push_back(b.dims.back());
  const Order order = onnx_order(dims.size());
  const std::int32_t left = node.importer.tensor(a, onnx_order(a.dims.size()));
  // A matrix that was transposed before is read as it was.
  Order right_order = onnx_order(b.dims.size());
  schema::BatchMatMulOptionsT options;
  std::swap(right_order.back(), right_order[right_order.size() - 2]);
  options.adj_y = order_of(b) == right_order;
  if (!options.adj_y) right_order = onnx_order(b.dims.size());
  const std::int32_t right = node.importer.tensor(b, right_order);
  const std::int32_t result = node.importer.add(schema::BuiltinOperator_BATCH_MATMUL, {left, right},
                                                shape_in(order, dims), std::move(options));
  return {dims, {}, result, order};
}

// A matrix, turned if that attribute says so.
Value matrix(const Node& node, std::size_t i, const char* attribute) {
  Value value = node.input(i);
  if (value.dims.size() != 2) node.refuse("input " + std::to_string(i) + " is no matrix");
  if (node.integer(attribute, 0) == 0) return value;
  if (value.constant) value.constant = permute(*value.constant, {1, 0});
  std::swap(value.dims[0], value.dims[1]);
  for (std::size_t& d : value.order) d = d == kOne ? kOne : 1 - d;
  return value;
}

}  // namespace

void read_gemm(const Node& node) {
  const Value a = matrix(node, 0, "transA"), b = matrix(node, 1, "transB");
  const float alpha = node.real("alpha", 1), beta = node.real("beta", 1);
  const auto columns = static_cast<std::size_t>(b.dims[1]);
  Value c;
  if (node.has_input(2)) c = node.input(2);
  if (c.constant) {
    node.real_constant(2, "C");
    for (float& number : c.constant->reals) number *= beta;
  } else {
    node.require(!node.has_input(2) || beta == 1, "beta is not 1, and C no constant");
  }
  // One number for each column is a bias.
  std::vector<float> bias(columns);
  const std::size_t numbers = c.constant ? c.constant->reals.size() : 0;
  const bool is_bias =
      c.constant && (numbers == 1 || (numbers == columns && c.dims.back() == b.dims[1]));
  for (std::size_t i = 0; is_bias && i < columns; ++i) {
    bias[i] = c.constant->reals[numbers == 1 ? 0 : i];
  }
  Value result;
  if (b.constant) {
    node.real_constant(1, "B");
    Array weights = permute(*b.constant, {1, 0});
    for (float& weight : weights.reals) weight *= alpha;
    result = multiply(node, a, weights, bias);
  } else {
    result = multiply(node, a, b);
    if (alpha != 1) {
      result = combine(node, schema::BuiltinOperator_MUL, result, {{}, Array{.reals = {alpha}}});
    }
  }
  if (node.has_input(2) && !(is_bias && b.constant)) {
    result = combine(node, schema::BuiltinOperator_ADD, result, c);
  }
  node.give(std::move(result));
}

void read_matmul(const Node& node) {
  const Value &a = node.input(0), &b = node.input(1);
  node.require(a.dims.size() > 1 && b.dims.size() > 1, "an input is no matrix");
  if (b.constant && b.dims.size() == 2) {
    const Array weights = permute(node.real_constant(1, "B"), {1, 0});
    const std::vector<float> bias(static_cast<std::size_t>(weights.dims[0]));
    return node.give(multiply(node, a, weights, bias));
  }
  node.give(multiply(node, a, b));
}

}  // namespace octet_quantizer::onnx_reader
