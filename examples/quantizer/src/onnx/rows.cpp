// SPDX-License-Identifier: Apache-2.0
// Reductions, and softmax along a dimension.
#include <algorithm>
#include <numeric>

#include "elementwise.hpp"

namespace octet_quantizer::onnx_reader {

namespace {

Code code_of_reduction(std::string_view kind) {
  if (kind == "ReduceMax") return schema::BuiltinOperator_REDUCE_MAX;
  if (kind == "ReduceMin") return schema::BuiltinOperator_REDUCE_MIN;
  if (kind == "ReduceMean") return schema::BuiltinOperator_MEAN;
  return schema::BuiltinOperator_SUM;
}

// Of these dimensions of ONNX, all if there are none.
void reduce(const Node& node, Code code, const Dims& axes, bool keeps_dims) {
  Value& x = node.input(0);
  const std::size_t rank = x.dims.size();
  std::vector<bool> is_reduced(rank, axes.empty());
  for (const std::int64_t axis : axes) is_reduced[node.axis(axis, rank)] = true;
  Dims dims;
  std::vector<std::size_t> place(rank);  // of a dimension among those that are left
  for (std::size_t d = 0; d < rank; ++d) {
    place[d] = dims.size();
    if (keeps_dims || !is_reduced[d]) dims.push_back(is_reduced[d] ? 1 : x.dims[d]);
  }
  std::vector<std::int32_t> network_axes;
  const Order from = order_of(x);
  Order order;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::size_t d = from[i];
    if (d != kOne && is_reduced[d]) network_axes.push_back(static_cast<std::int32_t>(i));
    if (d == kOne || keeps_dims || !is_reduced[d]) order.push_back(d == kOne ? kOne : place[d]);
  }
  schema::ReducerOptionsT options;
  options.keep_dims = keeps_dims;
  std::int32_t input = node.importer.tensor(x);
  if (node.kind() == "ReduceL1") input = apply(node, schema::BuiltinOperator_ABS, {input});
  const bool is_length = node.kind() == "ReduceL2";
  if (is_length || node.kind() == "ReduceSumSquare") {
    input = apply(node, schema::BuiltinOperator_MUL, {input, input});
  }
  std::int32_t result = node.importer.add(code, {input, node.importer.integers(network_axes)},
                                          shape_in(order, dims), std::move(options));
  if (is_length) result = square_root(node, result);
  node.give(dims, result, order);
}

}  // namespace

void read_reduction(const Node& node) {
  const Dims axes = node.integers(1, "axes", {});
  if (axes.empty() && node.integer("noop_with_empty_axes", 0) != 0) {
    // ONNX changed its mind about what is done to each element then.
    node.require(
        node.kind() != "ReduceL1" && node.kind() != "ReduceL2" && node.kind() != "ReduceSumSquare",
        "noop_with_empty_axes of what is no plain sum, mean, maximum or minimum");
    return node.give(node.input(0));
  }
  reduce(node, code_of_reduction(node.kind()), axes, node.integer("keepdims", 1) != 0);
}

void read_global_pool(const Node& node) {
  Dims axes(node.input(0).dims.size());
  std::iota(axes.begin(), axes.end(), std::int64_t{0});
  node.require(axes.size() > 2, "there is no image");
  const bool is_max = node.kind() == "GlobalMaxPool";
  reduce(node, is_max ? schema::BuiltinOperator_REDUCE_MAX : schema::BuiltinOperator_MEAN,
         Dims(axes.begin() + 2, axes.end()), true);
}

void read_softmax(const Node& node) {
  Value& x = node.input(0);
  const std::size_t rank = x.dims.size();
  node.require(rank > 0, "there are no rows");
  // Before operator set 13 all dimensions from the axis on are one row.
  const bool joins = node.importer.operator_set < 13;
  const std::size_t axis = node.axis(node.integer("axis", joins ? 1 : -1), rank);
  for (std::size_t d = axis + 1; d < rank && joins; ++d) {
    node.require(x.dims[d] == 1, "rows of more than one dimension");
  }
  const Order order = order_with_last(x, axis);
  const std::int32_t input = node.importer.tensor(x, order);
  const std::vector<std::int32_t> shape = shape_in(order, x.dims);
  if (node.kind() == "Softmax") {
    schema::SoftmaxOptionsT options;
    options.beta = 1;
    return node.give(
        x.dims,
        node.importer.add(schema::BuiltinOperator_SOFTMAX, {input}, shape, std::move(options)),
        order);
  }
  node.give(x.dims, node.importer.add(schema::BuiltinOperator_LOG_SOFTMAX, {input}, shape), order);
}

}  // namespace octet_quantizer::onnx_reader
