// SPDX-License-Identifier: Apache-2.0
// Products of matrices: FULLY_CONNECTED where one of them is constant, BATCH_MATMUL otherwise.
#include <algorithm>
#include <utility>

#include "importer.hpp"

namespace octet_quantizer::onnx_reader {

namespace {

// input x weights + bias, weights as FULLY_CONNECTED has them: outputs x inputs.
void multiply(const Node& node, Value& input, const Array& weights,
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
  node.give(dims, result, order);
}

}  // namespace

void read_gemm(const Node& node) {
  Value& a = node.input(0);
  node.require(node.integer("transA", 0) == 0, "transA is set");
  node.require(a.dims.size() == 2, "A is no matrix");
  const Array& b = node.real_constant(1, "B");
  node.require(b.dims.size() == 2, "B is no matrix");
  Array weights = node.integer("transB", 0) != 0 ? b : permute(b, {1, 0});
  const float alpha = node.real("alpha", 1), beta = node.real("beta", 1);
  for (float& weight : weights.reals) weight *= alpha;
  std::vector<float> bias(static_cast<std::size_t>(weights.dims[0]));
  if (node.has_input(2)) {
    const std::vector<float>& c = node.real_constant(2, "C").reals;
    node.require(c.size() == 1 || c.size() == bias.size(), "C has not one number for each column");
    for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = beta * c[c.size() == 1 ? 0 : i];
  }
  multiply(node, a, weights, bias);
}

void read_matmul(const Node& node) {
  Value &a = node.input(0), &b = node.input(1);
  node.require(a.dims.size() > 1 && b.dims.size() > 1, "an input is no matrix");
  if (b.constant && b.dims.size() == 2) {
    const Array weights = permute(node.real_constant(1, "B"), {1, 0});
    multiply(node, a, weights, std::vector<float>(static_cast<std::size_t>(weights.dims[0])));
    return;
  }
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
  node.give(dims,
            node.importer.add(schema::BuiltinOperator_BATCH_MATMUL, {left, right},
                              shape_in(order, dims), std::move(options)),
            order);
}

}  // namespace octet_quantizer::onnx_reader
