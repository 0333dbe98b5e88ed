// SPDX-License-Identifier: Apache-2.0
#include "octet_quantizer/bias_correction.hpp"

#include <algorithm>
#include <vector>

#include "octet/quantize/weights.hpp"
#include "operators.hpp"

namespace octet_quantizer {

namespace {

// A layer whose bias is corrected. Transposed convolutions are left alone: which of their taps meet
// depends on the position.
bool is_corrected(const Network& network, const Operation& operation) {
  const OperatorType* const type = find_operator(code_of(network, operation));
  return type->weights == 1 && type->bias == 2 && is_constant(network, operation.inputs[1]);
}

// The channels of the input that a layer's weights tell apart.
std::size_t input_channels(const Network& network, const Operation& layer) {
  const Code code = code_of(network, layer);
  const Tensor& from = code == schema::BuiltinOperator_FULLY_CONNECTED
                           ? tensor_of(network, layer.inputs[1])
                           : tensor_of(network, layer.inputs[0]);
  return static_cast<std::size_t>(from.shape.back());
}

// The mean of every input channel of every layer.
std::vector<std::vector<double>> mean_inputs(const Network& network, FloatEvaluator& evaluator,
                                             const Samples& samples, const Progress& progress) {
  const auto& operators = graph_of(network).operators;
  std::vector<std::vector<double>> means(operators.size());
  for (std::size_t s = 0; s < samples.size(); ++s) {
    evaluator.run(samples[s]);
    for (std::size_t i = 0; i < operators.size(); ++i) {
      if (!is_corrected(network, *operators[i])) continue;
      const std::span<const float> values = evaluator.values(operators[i]->inputs[0]);
      std::vector<double>& mean = means[i];
      mean.resize(input_channels(network, *operators[i]));
      const double share =
          static_cast<double>(mean.size()) / static_cast<double>(values.size() * samples.size());
      for (std::size_t k = 0; k < values.size(); ++k) {
        mean[k % mean.size()] += share * double{values[k]};
      }
    }
    if (progress) progress(static_cast<double>(s + 1) / static_cast<double>(samples.size()));
  }
  return means;
}

// What a layer's rounded weights leave out of its mean output, by channel.
std::vector<float> shift_of(const Network& network, const Operation& layer,
                            const std::vector<double>& mean, bool per_channel) {
  const OperatorType& type = *find_operator(code_of(network, layer));
  const Tensor& filter = tensor_of(network, layer.inputs[1]);
  const std::vector<float> weights = values_of<float>(network, layer.inputs[1]);
  const octet::ChannelLayout layout = channel_layout(filter, type.channels);
  const octet::QuantizedWeights rounded = octet::quantize_weights(weights, layout, per_channel);
  const auto inputs = static_cast<std::size_t>(filter.shape.back());  // that one output sees
  const bool is_depthwise = type.channels == 3;
  const std::size_t groups = is_depthwise ? 1 : mean.size() / inputs;
  std::vector<double> shift(layout.channels);
  layout.for_each([&](std::size_t place, std::size_t o) {
    const float scale = rounded.scales[rounded.scales.size() == 1 ? 0 : o];
    const double error = double{weights[place]} - double{scale} * rounded.elements[place];
    const std::size_t channel = is_depthwise
                                    ? o / (layout.channels / mean.size())
                                    : o / (layout.channels / groups) * inputs + place % inputs;
    shift[o] += error * mean[channel];
  });
  return {shift.begin(), shift.end()};
}

}  // namespace

std::size_t correct_biases(Network& network, FloatEvaluator& evaluator, const Samples& samples,
                           const IntegerOptions& options, const Progress& progress) {
  const auto means = mean_inputs(network, evaluator, samples, progress);
  const auto& operators = graph_of(network).operators;
  std::size_t corrected = 0;
  for (std::size_t i = 0; i < operators.size(); ++i) {
    if (means[i].empty()) continue;
    Operation& layer = *operators[i];
    const bool per_channel = options.per_channel_fully_connected ||
                             code_of(network, layer) != schema::BuiltinOperator_FULLY_CONNECTED;
    std::vector<float> bias = shift_of(network, layer, means[i], per_channel);
    layer.inputs.resize(std::max<std::size_t>(layer.inputs.size(), 3), kAbsent);
    if (layer.inputs[2] != kAbsent) {
      const std::vector<float> before = values_of<float>(network, layer.inputs[2]);
      std::ranges::transform(bias, before, bias.begin(), std::plus());
    }
    layer.inputs[2] =
        add_tensor(network, tensor_of(network, layer.outputs[0]).name + "/bias",
                   {static_cast<std::int32_t>(bias.size())}, schema::TensorType_FLOAT32);
    set_values(network, layer.inputs[2], bias);
    ++corrected;
  }
  return corrected;
}

}  // namespace octet_quantizer
