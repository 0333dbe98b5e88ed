// SPDX-License-Identifier: Apache-2.0
// Layers over time: their cases have a state at the start, and one or several steps.
#include <octet/svdf.hpp>
#include <octet/unidirectional_sequence_lstm.hpp>

#include "evaluate.hpp"

namespace conformance {
namespace {

// A layer on a backend, ready for its runs.
template <class Layer>
struct Prepared {
  octet::AlignedBuffer packed, scratch;
  octet::Result<Layer> layer;

  template <class Params, class Weights>
  Prepared(const Params& params, const Weights& weights, const octet::Backend& backend)
      : packed(Layer::packed_bytes(params, backend)),
        scratch(Layer::scratch_bytes(params, backend)),
        layer(Layer::prepare(params, weights, packed.span(), backend)) {}
};

octet::SvdfParams svdf_params(const CaseFile& file) {
  const TensorInfo input = file.tensor_info("input"), time = file.tensor_info("weights_time");
  const TensorInfo output = file.tensor_info("output"), state = file.tensor_info("state");
  require(input.shape.size() == 3 && time.shape.size() == 2 && output.shape.size() == 2,
          "input.shape is not [steps, batches, inputs] or others do not fit");
  octet::SvdfParams params{
      .batches = input.shape[1],
      .inputs = input.shape[2],
      .filters = time.shape[0],
      .rank = file.integer("rank", 1, time.shape[0]),
      .memory = time.shape[1],
      .input = {input.zero_point},
      .state = {state.zero_point, file.rescale("params/multiplier_1", "params/shift_1")},
      .output = {.zero_point = output.zero_point,
                 .rescale = file.rescale("params/multiplier_2", "params/shift_2")}};
  file.activation(params.output.min, params.output.max);
  require(state.size() == std::int64_t{params.batches} * params.filters * params.memory &&
              file.tensor_info("weights_feature").size() ==
                  std::int64_t{params.filters} * params.inputs &&
              output.size() == std::int64_t{params.batches} * (params.filters / params.rank),
          "the shapes do not fit");
  return params;
}

template <class State>
Evaluation evaluate_svdf(const CaseFile& file, const octet::Backend* backend) {
  const octet::SvdfParams params = svdf_params(file);
  const auto input = file.tensor("input").as<std::int8_t>();
  const auto feature = file.tensor("weights_feature").as<std::int8_t>();
  const auto time = file.tensor("weights_time").as<State>();
  const auto bias = file.tensor("bias").as<std::int32_t>();
  auto state = file.tensor("state").as<State>();
  auto output = unwritten<std::int8_t>(file.tensor_info("output").size());
  const std::size_t step =
      input.size() / static_cast<std::size_t>(file.tensor_info("input").shape[0]);
  const auto for_each_step = [&](const auto& body) {
    for (std::size_t i = 0; i < input.size(); i += step) body(std::span(input).subspan(i, step));
  };
  if (backend == nullptr) {
    for_each_step([&](std::span<const std::int8_t> x) {
      octet::reference::svdf(params, x.data(), feature.data(), time.data(), bias.data(),
                             state.data(), output.data());
    });
    return output_of(output);
  }
  Prepared<octet::Svdf<State>> svdf(params, octet::SvdfWeights<State>{feature, time, bias},
                                    *backend);
  if (!svdf.layer) return rejected(svdf.layer.status());
  Evaluation evaluation = output_of(output);
  for_each_step([&](std::span<const std::int8_t> x) {
    evaluation = run(
        svdf.layer,
        [&](const auto& layer) {
          return layer.bind(x, std::span(state), std::span(output), svdf.scratch.span());
        },
        [&] { return output_of(output); });
  });
  return evaluation;
}

Evaluation evaluate_any_svdf(const CaseFile& file, const octet::Backend* backend) {
  return visit(
      file.tensor_info("state"), Types<std::int8_t, std::int16_t>{},
      [&]<class State>(std::type_identity<State>) { return evaluate_svdf<State>(file, backend); });
}

// Values of all gates, one behind the other.
template <class T>
std::vector<T> of_gates(const CaseFile& file, const std::string& name) {
  std::vector<T> all;
  for (const char* gate : {"input", "forget", "cell", "output"}) {
    const std::vector<T> values = file.tensor("gates/" + std::string(gate) + "/" + name).as<T>();
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

// The factor of each gate, once for every row of its weights.
struct Gates {
  std::vector<std::int32_t> multiplier, shift;

  Gates(const CaseFile& file, const std::string& of, std::int32_t rows) {
    for (const char* gate : {"input", "forget", "cell", "output"}) {
      const std::string prefix = "gates/" + std::string(gate) + "/" + of;
      const octet::Rescale factor = file.rescale(prefix + "_multiplier", prefix + "_shift");
      multiplier.insert(multiplier.end(), static_cast<std::size_t>(rows), factor.multiplier);
      shift.insert(shift.end(), static_cast<std::size_t>(rows), factor.shift);
    }
  }
};

template <class T>
Evaluation evaluate_lstm(const CaseFile& file, const octet::Backend* backend) {
  using Layer = octet::UnidirectionalSequenceLstm<T>;
  using Bias = octet::detail::BiasOf<T>;
  const Tensor input = file.tensor("input");
  const TensorInfo output = file.tensor_info("output");
  require(input.shape.size() == 3, "input.shape is not of rank 3");
  const bool time_major = file.json().at("time_major").get<bool>();
  const std::int32_t hidden = file.integer("hidden_size", 1, 1 << 20);
  const Gates of_input(file, "input", hidden), of_hidden(file, "recurrent", hidden);
  const octet::LstmParams params{
      .batches = input.shape[time_major ? 1 : 0],
      .steps = input.shape[time_major ? 0 : 1],
      .inputs = input.shape[2],
      .hidden = hidden,
      .time_major = time_major,
      .input = {input.zero_point},
      .input_gates = {of_input.multiplier, of_input.shift},
      .recurrent_gates = {of_hidden.multiplier, of_hidden.shift},
      .cell = {.scale_power = file.integer("params/cell_state_scale_power", -27, 2),
               .forget = file.rescale("params/forget_cell_multiplier", "params/forget_cell_shift"),
               .input = file.rescale("params/input_cell_multiplier", "params/input_cell_shift"),
               .clip = file.integer("params/cell_clip", 0, 32767)},
      .output = {.zero_point = output.zero_point,
                 .rescale = file.rescale("params/output_multiplier", "params/output_shift")}};
  const auto input_weights = of_gates<std::int8_t>(file, "input_weights");
  const auto recurrent_weights = of_gates<std::int8_t>(file, "recurrent_weights");
  const auto bias = of_gates<Bias>(file, "bias");
  const auto rows = 4 * static_cast<std::size_t>(hidden);
  require(input_weights.size() == rows * static_cast<std::size_t>(params.inputs) &&
              recurrent_weights.size() == rows * static_cast<std::size_t>(hidden) &&
              bias.size() == rows &&
              output.size() == std::int64_t{params.batches} * params.steps * hidden,
          "the shapes do not fit");
  const auto size = static_cast<std::size_t>(params.batches) * static_cast<std::size_t>(hidden);
  std::vector<T> hidden_state(
      size, static_cast<T>(file.integer("initial_hidden", std::numeric_limits<T>::min(),
                                        std::numeric_limits<T>::max())));
  std::vector<std::int16_t> cell(size);
  const std::vector<T> x = input.as<T>();
  std::vector<T> y = unwritten<T>(output.size());
  if (backend == nullptr) {
    octet::reference::unidirectional_sequence_lstm(params, x.data(), input_weights.data(),
                                                   recurrent_weights.data(), bias.data(),
                                                   hidden_state.data(), cell.data(), y.data());
    return output_of(y);
  }
  Prepared<Layer> lstm(params, octet::LstmWeights<Bias>{input_weights, recurrent_weights, bias},
                       *backend);
  return run(
      lstm.layer,
      [&](const auto& layer) {
        return layer.bind(std::span(x), std::span(hidden_state), std::span(cell), std::span(y),
                          lstm.scratch.span());
      },
      [&] { return output_of(y); });
}

Evaluation evaluate_any_lstm(const CaseFile& file, const octet::Backend* backend) {
  return visit(file.tensor_info("input"), Types<std::int8_t, std::int16_t>{},
               [&]<class T>(std::type_identity<T>) { return evaluate_lstm<T>(file, backend); });
}

constexpr Operation kRecurrent[] = {
    {"lstm", Runs::everywhere, evaluate_any_lstm},
    // Without parameters: the cases have theirs from products of doubles, tflite-micro has float32.
    {"svdf", Runs::everywhere, evaluate_any_svdf},
};

}  // namespace

constinit const std::span<const Operation> families::recurrent = kRecurrent;

}  // namespace conformance
