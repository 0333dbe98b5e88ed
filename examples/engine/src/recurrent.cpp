// SPDX-License-Identifier: Apache-2.0
// SVDF and UNIDIRECTIONAL_SEQUENCE_LSTM: their states are variables of the model.
#include "checks.hpp"
#include "octet/quantize/recurrent.hpp"
#include "octet/svdf.hpp"
#include "octet/unidirectional_sequence_lstm.hpp"
#include "operators.hpp"
#include "scales.hpp"

namespace octet_engine {

namespace {

std::optional<Error> check_shape(const Node& node, std::size_t i, std::int64_t rows,
                                 std::int64_t columns) {
  const octet::Shape& shape = node.input(i).shape;
  if (shape.extent[0] == rows && shape.extent[1] == columns) return std::nullopt;
  return node.invalid("input " + std::to_string(i) + " has shape " + to_string(shape) +
                      " instead of " + std::to_string(rows) + "x" + std::to_string(columns));
}

std::optional<Error> check_size(const Node& node, std::size_t i, std::int64_t size) {
  if (node.input(i).shape.size() == size) return std::nullopt;
  return node.invalid("input " + std::to_string(i) + " of shape " + to_string(node.input(i).shape) +
                      " does not have " + std::to_string(size) + " elements");
}

template <class Layer, class Params, class Weights, class Bind>
PreparedOrError finish_layer(const Node& node, const Params& params, const Weights& weights,
                             const Bind& bind, std::int64_t multiply_adds) {
  const std::size_t bytes = Layer::packed_bytes(params, node.backend());
  if (bytes > kMaxBytes) return node.unsupported("the weights take more than 2 GB");
  auto packed = allocate(bytes, "packed weights");
  if (!packed) return node.refused(packed.error());
  const auto prepared = Layer::prepare(params, weights, packed->span(), node.backend());
  auto operation = finish(node, prepared, bind, std::move(*packed));
  if (operation) {
    (*operation)->multiply_adds = multiply_adds;
    (*operation)->packed_bytes = bytes;
  }
  return operation;
}

template <class State>
PreparedOrError prepare_svdf_of(const Node& node, const octet::SvdfParams& params) {
  const auto feature = values_of<std::int8_t>(node.input(1));
  const auto time = values_of<State>(node.input(2));
  std::vector<std::int32_t> bias;
  if (node.has_input(3)) bias = values_of<std::int32_t>(node.input(3));
  const auto bind = [](const auto& prepared, const Bindings& bindings) {
    return prepared.bind(bindings.input<std::int8_t>(0), bindings.variable<State>(4),
                         bindings.output<std::int8_t>(0), bindings.scratch);
  };
  return finish_layer<octet::Svdf<State>>(
      node, params, octet::SvdfWeights<State>{feature, time, bias}, bind,
      std::int64_t{params.batches} * params.filters * (params.inputs + params.memory));
}

template <class T>
PreparedOrError prepare_lstm_of(const Node& node) {
  using Bias = octet::detail::BiasOf<T>;
  constexpr std::size_t kHiddenInput = 18, kCellInput = 19, kBiases = 12, kGates = 4;
  const auto& options = *node.options<schema::UnidirectionalSequenceLSTMOptions>();
  if (options.fused_activation_function() != schema::ActivationFunctionType_TANH) {
    return node.unsupported("the cell's function is not TANH");
  }
  const octet::Shape& shape = node.input(0).shape;
  const bool time_major = options.time_major();
  const Tensor &state = node.input(kHiddenInput), &cell = node.input(kCellInput);
  if (state.type != node.input(0).type) {
    return node.unsupported("the hidden state is " + to_string(state.type) + " instead of " +
                            to_string(node.input(0).type));
  }
  octet::LstmParams params{
      .batches = shape.extent[time_major ? 1 : 0],
      .steps = shape.extent[time_major ? 0 : 1],
      .inputs = shape.extent[2],
      .hidden = node.input(1).shape.extent[0],
      .time_major = time_major,
      .input = {zero_point_of(node.input(0))},
      .cell = octet::lstm_cell(scale_of(cell), options.cell_clip(), node.rounding()),
      .output = {.zero_point = zero_point_of(state),
                 .rescale = octet::lstm_output_multiplier(scale_of(state), node.rounding()),
                 .rounding = node.rounding()}};
  const std::int32_t hidden = params.hidden;
  octet::Shape output = shape;
  output.extent[2] = hidden;
  if (auto error = check_output_shape(node, output)) return *error;
  for (const std::size_t i : {kHiddenInput, kCellInput}) {
    if (auto error = check_size(node, i, std::int64_t{params.batches} * hidden)) return *error;
  }
  // All gates, one behind the other: from the input and from the hidden state.
  std::vector<std::int8_t> weights[2];
  std::vector<std::int32_t> multiplier[2], shift[2];
  for (std::size_t i = 0; i < 2 * kGates; ++i) {
    const std::size_t from = i / kGates;
    const Tensor& gate = node.input(1 + i);
    if (auto error = check_shape(node, 1 + i, hidden, from == 0 ? params.inputs : hidden)) {
      return *error;
    }
    const auto values = values_of<std::int8_t>(gate);
    weights[from].insert(weights[from].end(), values.begin(), values.end());
    const std::span<const float> scales = gate.quantization.scales;
    if (scales.size() != 1) return node.unsupported("gates with a scale for each row");
    const float scale = scale_of(from == 0 ? node.input(0) : state);
    const octet::Rescale factor = octet::lstm_gate_multiplier(scale, scales[0], node.rounding());
    const auto rows = static_cast<std::size_t>(hidden);
    multiplier[from].insert(multiplier[from].end(), rows, factor.multiplier);
    shift[from].insert(shift[from].end(), rows, factor.shift);
  }
  std::vector<Bias> bias;
  for (std::size_t i = kBiases; i < kBiases + kGates; ++i) {
    std::vector<Bias> values(static_cast<std::size_t>(hidden));
    if (node.has_input(i)) {
      if (node.input(i).type != kTypeOf<Bias>) {
        return node.unsupported("a bias is " + to_string(node.input(i).type) + " instead of " +
                                to_string(kTypeOf<Bias>));
      }
      if (auto error = check_size(node, i, hidden)) return *error;
      values = values_of<Bias>(node.input(i));
    }
    bias.insert(bias.end(), values.begin(), values.end());
  }
  params.input_gates = {multiplier[0], shift[0]};
  params.recurrent_gates = {multiplier[1], shift[1]};
  const auto bind = [](const auto& prepared, const Bindings& bindings) {
    return prepared.bind(bindings.input<T>(0), bindings.variable<T>(kHiddenInput),
                         bindings.variable<std::int16_t>(kCellInput), bindings.output<T>(0),
                         bindings.scratch);
  };
  return finish_layer<octet::UnidirectionalSequenceLstm<T>>(
      node, params, octet::LstmWeights<Bias>{weights[0], weights[1], bias}, bind,
      node.output().shape.size() * 4 * (std::int64_t{params.inputs} + hidden));
}

}  // namespace

PreparedOrError prepare_svdf(const Node& node) {
  const std::int32_t rank = node.options<schema::SVDFOptions>()->rank();
  const Tensor &input = node.input(0), &feature = node.input(1), &time = node.input(2);
  const Tensor &state = node.input(4), &output = node.output();
  const octet::Rounding rounding = node.rounding();
  const std::int32_t batches = input.shape.extent[0], filters = feature.shape.extent[0];
  if (rank < 1 || filters % rank != 0) {
    return node.invalid("rank " + std::to_string(rank) + " does not divide " +
                        std::to_string(filters) + " filters");
  }
  for (const std::size_t i : {std::size_t{1}, std::size_t{2}}) {
    if (node.input(i).quantization.scales.size() != 1) {
      return node.unsupported("weights with a scale for each filter");
    }
  }
  if (time.type != state.type) {
    return node.unsupported("the state is " + to_string(state.type) + " instead of " +
                            to_string(time.type));
  }
  if (node.has_input(3) && node.input(3).type != TensorType::int32) {
    return node.unsupported("the bias is INT64 instead of INT32");
  }
  const octet::SvdfParams params{
      .batches = batches,
      .inputs = input.shape.extent[1],
      .filters = filters,
      .rank = rank,
      .memory = time.shape.extent[1],
      .input = {zero_point_of(input)},
      .state = {zero_point_of(state), octet::svdf_multiplier(scale_of(input), scale_of(feature),
                                                             scale_of(state), rounding)},
      .output = {.zero_point = zero_point_of(output),
                 .rescale = octet::svdf_multiplier(scale_of(state), scale_of(time),
                                                   scale_of(output), rounding),
                 .rounding = rounding}};
  if (auto error = check_shape(node, 1, filters, params.inputs)) return *error;
  if (auto error = check_shape(node, 2, filters, params.memory)) return *error;
  if (auto error = check_size(node, 4, std::int64_t{batches} * filters * params.memory)) {
    return *error;
  }
  if (auto error = check_output_shape(node, octet::Shape{2, {batches, filters / rank}})) {
    return *error;
  }
  if (state.type == TensorType::int8) return prepare_svdf_of<std::int8_t>(node, params);
  return prepare_svdf_of<std::int16_t>(node, params);
}

PreparedOrError prepare_unidirectional_sequence_lstm(const Node& node) {
  return for_type<std::int8_t, std::int16_t>(node.input(0),
                                             [&]<class T>(T) { return prepare_lstm_of<T>(node); });
}

}  // namespace octet_engine
