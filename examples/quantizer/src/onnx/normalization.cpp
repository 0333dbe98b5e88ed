// SPDX-License-Identifier: Apache-2.0
// Normalization: by numbers of a training, or by mean and variance of what is there, which takes
// operators that compute both.
#include <cmath>
#include <numeric>

#include "elementwise.hpp"

namespace octet_quantizer::onnx_reader {

namespace {

// One number for each channel, beside a value of that rank.
Value channels_of(const std::vector<float>& numbers, std::size_t rank) {
  Array array{.dims = Dims(rank, 1), .reals = numbers};
  array.dims[1] = static_cast<std::int64_t>(numbers.size());
  return {array.dims, array};
}

// (x - mean) / sqrt(variance + epsilon) * factor + offset, where mean and variance are those along
// some dimensions. The numbers have the rank of x.
void normalize(const Node& node, const std::vector<std::size_t>& axes, const Value& factor,
               const Value* offset) {
  Importer& importer = node.importer;
  const Value& x = node.input(0);
  const Order order = order_of(x);
  std::vector<std::int32_t> places;
  Dims reduced = x.dims;
  for (const std::size_t axis : axes) {
    places.push_back(place_of(axis, order));
    reduced[axis] = 1;
  }
  const std::int32_t input = importer.tensor(x), list = importer.integers(places);
  const auto mean = [&](std::int32_t tensor) {
    schema::ReducerOptionsT options;
    options.keep_dims = true;
    return importer.add(schema::BuiltinOperator_MEAN, {tensor, list}, shape_in(order, reduced),
                        std::move(options));
  };
  const std::int32_t middle = mean(input);
  const std::int32_t centred = apply(node, schema::BuiltinOperator_SUB, {input, middle});
  const std::int32_t variance = mean(apply(node, schema::BuiltinOperator_MUL, {centred, centred}));
  const std::int32_t positive =
      apply(node, schema::BuiltinOperator_ADD,
            {variance, scalar(node, node.real("epsilon", 1e-5f), variance)});
  const std::int32_t reciprocal = apply(node, schema::BuiltinOperator_RSQRT, {positive});
  const std::int32_t normal = apply(node, schema::BuiltinOperator_MUL, {centred, reciprocal});
  const std::int32_t factors = importer.tensor(factor, order);
  const std::int32_t result = offset == nullptr
                                  ? apply(node, schema::BuiltinOperator_MUL, {normal, factors})
                                  : scale(node, normal, factors, importer.tensor(*offset, order));
  node.give(x.dims, result, order);
  node.give({reduced, {}, middle, order}, 1);
  node.give({reduced, {}, reciprocal, order}, 2);
}

}  // namespace

// Where it follows a convolution, quantization makes it a part of the filter.
void read_batch_normalization(const Node& node) {
  Value& x = node.input(0);
  node.require(x.dims.size() > 1, "there are no channels");
  node.require(node.integer("training_mode", 0) == 0, "it is in training");
  const std::vector<float>&gamma = node.real_constant(1, "scale").reals,
        &beta = node.real_constant(2, "B").reals, &mean = node.real_constant(3, "mean").reals,
        &variance = node.real_constant(4, "var").reals;
  const auto channels = static_cast<std::size_t>(x.dims[1]);
  for (const auto* const numbers : {&gamma, &beta, &mean, &variance}) {
    node.require(numbers->size() == channels, "there is not one number for each channel");
  }
  const float epsilon = node.real("epsilon", 1e-5f);
  std::vector<float> factors, offsets;
  for (std::size_t c = 0; c < channels; ++c) {
    factors.push_back(gamma[c] / std::sqrt(variance[c] + epsilon));
    offsets.push_back(beta[c] - mean[c] * factors[c]);
  }
  const Order order = order_of(x);
  node.give(x.dims,
            scale(node, node.importer.tensor(x),
                  node.importer.tensor(channels_of(factors, x.dims.size()), order),
                  node.importer.tensor(channels_of(offsets, x.dims.size()), order)),
            order);
}

// Along the axis and all dimensions behind it.
void read_layer_normalization(const Node& node) {
  const Value& x = node.input(0);
  const std::size_t rank = x.dims.size(), axis = node.axis(node.integer("axis", -1), rank);
  node.real_constant(1, "scale");
  const Value factor = with_rank(node.input(1), rank);
  Value offset;
  if (node.has_input(2)) {
    node.real_constant(2, "B");
    offset = with_rank(node.input(2), rank);
  }
  for (const Dims& dims : {factor.dims, node.has_input(2) ? offset.dims : factor.dims}) {
    node.require(broadcast(node, x.dims, dims) == x.dims, "scale or B is larger than the input");
  }
  std::vector<std::size_t> axes(rank - axis);
  std::iota(axes.begin(), axes.end(), axis);
  normalize(node, axes, factor, node.has_input(2) ? &offset : nullptr);
}

// Along all dimensions behind the channels.
void read_instance_normalization(const Node& node) {
  const Value& x = node.input(0);
  const std::size_t rank = x.dims.size();
  node.require(rank > 2, "there is no image");
  const std::vector<float>&gamma = node.real_constant(1, "scale").reals,
        &beta = node.real_constant(2, "B").reals;
  const auto channels = static_cast<std::size_t>(x.dims[1]);
  node.require(gamma.size() == channels && beta.size() == channels,
               "there is not one number for each channel");
  std::vector<std::size_t> axes(rank - 2);
  std::iota(axes.begin(), axes.end(), std::size_t{2});
  const Value factor = channels_of(gamma, rank), offset = channels_of(beta, rank);
  normalize(node, axes, factor, &offset);
}

// x / sqrt(sum of squares) along the dimension.
void read_lp_normalization(const Node& node) {
  const Value& x = node.input(0);
  const std::size_t axis = node.axis(node.integer("axis", -1), x.dims.size());
  node.require(node.integer("p", 2) == 2, "p is not 2");
  const Order order = order_with_last(x, axis);
  const std::int32_t input = node.importer.tensor(x, order);
  node.give(x.dims,
            node.importer.add(schema::BuiltinOperator_L2_NORMALIZATION, {input},
                              shape_in(order, x.dims), schema::L2NormOptionsT()),
            order);
}

}  // namespace octet_quantizer::onnx_reader
