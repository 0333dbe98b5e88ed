// SPDX-License-Identifier: Apache-2.0
// Reductions, and softmax along a dimension.
#include <algorithm>
#include <numeric>

#include "importer.hpp"

namespace octet_quantizer::onnx_reader {

namespace {

Code code_of_reduction(std::string_view kind) {
  if (kind == "ReduceMax") return schema::BuiltinOperator_REDUCE_MAX;
  if (kind == "ReduceMin") return schema::BuiltinOperator_REDUCE_MIN;
  if (kind == "ReduceSum") return schema::BuiltinOperator_SUM;
  return schema::BuiltinOperator_MEAN;
}

// Of these dimensions of ONNX, all if there are none.
void reduce(const Node& node, Code code, const Dims& axes, bool keeps_dims) {
  Value& x = node.input(0);
  const std::size_t rank = x.dims.size();
  std::vector<bool> is_reduced(rank, axes.empty());
  for (const std::int64_t axis : axes) is_reduced[node.axis(axis, rank)] = true;
  const std::int32_t input = node.importer.tensor(x);
  Dims dims;
  for (std::size_t d = 0; d < rank; ++d) {
    if (keeps_dims || !is_reduced[d]) dims.push_back(is_reduced[d] ? 1 : x.dims[d]);
  }
  std::vector<std::int32_t> network_axes, shape;
  const std::vector<std::size_t> layout = Importer::layout(rank);
  std::vector<std::size_t> left;  // dimensions of ONNX in the network's order
  for (std::size_t i = 0; i < rank; ++i) {
    const std::size_t d = layout[i];
    if (is_reduced[d]) network_axes.push_back(static_cast<std::int32_t>(i));
    if (keeps_dims || !is_reduced[d]) {
      left.push_back(d);
      shape.push_back(is_reduced[d] ? 1 : extent(x.dims[d]));
    }
  }
  schema::ReducerOptionsT options;
  options.keep_dims = keeps_dims;
  std::int32_t result = node.importer.add(code, {input, node.importer.integers(network_axes)},
                                          shape, std::move(options));
  // Without their dimension, channels are no longer the last.
  if (left.size() != rank && !std::ranges::is_sorted(left)) {
    std::vector<std::int32_t> order(left.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, {}, [&](std::int32_t i) { return left[static_cast<std::size_t>(i)]; });
    result = node.importer.transpose(result, order);
  }
  node.give(keeps_dims ? Value{dims, {}, result} : node.importer.from_onnx_order(result, dims));
}

}  // namespace

void read_reduction(const Node& node) {
  const Dims axes = node.integers(1, "axes", {});
  if (axes.empty() && node.integer("noop_with_empty_axes", 0) != 0) {
    return node.give(node.input(0));
  }
  reduce(node, code_of_reduction(node.kind()), axes, node.integer("keepdims", 1) != 0);
}

void read_global_average_pool(const Node& node) {
  Dims axes(node.input(0).dims.size());
  std::iota(axes.begin(), axes.end(), std::int64_t{0});
  node.require(axes.size() > 2, "there is no image");
  reduce(node, schema::BuiltinOperator_MEAN, Dims(axes.begin() + 2, axes.end()), true);
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
  std::int32_t tensor = node.importer.tensor(x);
  const std::int32_t last = static_cast<std::int32_t>(rank) - 1;
  const std::int32_t at = Importer::network_axis(static_cast<std::int64_t>(axis), rank);
  std::vector<std::int32_t> order(rank);  // exchanges the axis and the last dimension
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<std::size_t>(at)], order[static_cast<std::size_t>(last)]);
  if (at != last) tensor = node.importer.transpose(tensor, order);
  const std::vector<std::int32_t> shape = node.importer.shape_of_tensor(tensor);
  if (node.kind() == "Softmax") {
    schema::SoftmaxOptionsT options;
    options.beta = 1;
    tensor =
        node.importer.add(schema::BuiltinOperator_SOFTMAX, {tensor}, shape, std::move(options));
  } else {
    tensor = node.importer.add(schema::BuiltinOperator_LOG_SOFTMAX, {tensor}, shape);
  }
  if (at != last) tensor = node.importer.transpose(tensor, order);
  node.give(x.dims, tensor);
}

}  // namespace octet_quantizer::onnx_reader
