// SPDX-License-Identifier: Apache-2.0
#include "octet_quantizer/equalize.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "operators.hpp"

namespace octet_quantizer {

namespace {

// The weights of a layer by the channels of its input: call(place, channel).
void for_each_input_weight(const Tensor& filter, Code code, std::size_t channels,
                           const std::function<void(std::size_t, std::size_t)>& call) {
  const auto size = static_cast<std::size_t>(shape_of(filter).size());
  const auto last = static_cast<std::size_t>(filter.shape.back());
  const bool is_depthwise = code == schema::BuiltinOperator_DEPTHWISE_CONV_2D;
  for (std::size_t i = 0; i < size; ++i) {
    call(i, is_depthwise ? i % last / (last / channels) : i % last);
  }
}

class Pair {
 public:
  Pair(Network& network, Operation& first, Operation& second)
      : network_(network),
        first_(first),
        second_(second),
        layout_(channel_layout(filter_of(first), type_of(first).channels)) {}

  // Whether the weights fit each other channel by channel, and are constants.
  bool fits() const {
    for (const Operation* const layer : {&first_, &second_}) {
      if (!is_constant(network_, layer->inputs[1])) return false;
      if (readers_of(network_, layer->inputs[1]).size() != 1) return false;
    }
    if (has_bias() && readers_of(network_, first_.inputs[2]).size() != 1) return false;
    const auto last = static_cast<std::size_t>(filter_of(second_).shape.back());
    return code_of(network_, second_) == schema::BuiltinOperator_DEPTHWISE_CONV_2D
               ? last % layout_.channels == 0
               : last == layout_.channels;
  }

  // The largest factor by which a channel changed, as a logarithm.
  double equalize() {
    std::vector<float> weights = values_of<float>(network_, first_.inputs[1]);
    std::vector<float> next = values_of<float>(network_, second_.inputs[1]);
    std::vector<float> made(layout_.channels), read(layout_.channels);
    layout_.for_each([&](std::size_t place, std::size_t c) {
      made[c] = std::max(made[c], std::abs(weights[place]));
    });
    const auto for_each_next = [&](const auto& call) {
      for_each_input_weight(filter_of(second_), code_of(network_, second_), layout_.channels, call);
    };
    for_each_next([&](std::size_t place, std::size_t c) {
      read[c] = std::max(read[c], std::abs(next[place]));
    });
    double largest = 0;
    std::vector<float> factor(layout_.channels, 1.0f);
    for (std::size_t c = 0; c < factor.size(); ++c) {
      if (made[c] == 0 || read[c] == 0) continue;  // a dead channel
      factor[c] = std::sqrt(made[c] / read[c]);
      largest = std::max(largest, std::abs(std::log(double{factor[c]})));
    }
    layout_.for_each([&](std::size_t place, std::size_t c) { weights[place] /= factor[c]; });
    for_each_next([&](std::size_t place, std::size_t c) { next[place] *= factor[c]; });
    set_values(network_, first_.inputs[1], weights);
    set_values(network_, second_.inputs[1], next);
    if (has_bias()) {
      std::vector<float> bias = values_of<float>(network_, first_.inputs[2]);
      for (std::size_t c = 0; c < bias.size(); ++c) bias[c] /= factor[c];
      set_values(network_, first_.inputs[2], bias);
    }
    return largest;
  }

 private:
  const OperatorType& type_of(const Operation& layer) const {
    return *find_operator(code_of(network_, layer));
  }
  const Tensor& filter_of(const Operation& layer) const {
    return tensor_of(network_, layer.inputs[1]);
  }
  bool has_bias() const { return first_.inputs.size() > 2 && first_.inputs[2] != kAbsent; }

  Network& network_;
  Operation& first_;
  Operation& second_;
  octet::ChannelLayout layout_;
};

bool is_layer(Code code) {
  return code == schema::BuiltinOperator_CONV_2D ||
         code == schema::BuiltinOperator_DEPTHWISE_CONV_2D ||
         code == schema::BuiltinOperator_FULLY_CONNECTED;
}

std::vector<Pair> find_pairs(Network& network) {
  std::vector<Pair> pairs;
  for (const auto& second : graph_of(network).operators) {
    if (!is_layer(code_of(network, *second))) continue;
    const std::int32_t between = second->inputs[0];
    const std::int32_t writer = writer_of(network, between);
    if (writer < 0 || is_output(network, between) || readers_of(network, between).size() != 1) {
      continue;
    }
    Operation& first = *graph_of(network).operators[static_cast<std::size_t>(writer)];
    const auto activation = fused_activation_of(first);
    if (!is_layer(code_of(network, first)) || (activation != schema::ActivationFunctionType_NONE &&
                                               activation != schema::ActivationFunctionType_RELU)) {
      continue;
    }
    const Pair pair(network, first, *second);
    if (pair.fits()) pairs.push_back(pair);
  }
  return pairs;
}

}  // namespace

std::size_t equalize(Network& network) {
  constexpr int kMostRounds = 50;
  constexpr double kStill = 0.01;  // one percent
  std::vector<Pair> pairs = find_pairs(network);
  for (int round = 0; round < kMostRounds; ++round) {
    double largest = 0;
    for (Pair& pair : pairs) largest = std::max(largest, pair.equalize());
    if (largest < kStill) break;
  }
  drop_unused(network);  // the weights as they were
  return pairs.size();
}

}  // namespace octet_quantizer
