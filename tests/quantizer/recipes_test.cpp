// SPDX-License-Identifier: Apache-2.0
// Cross-layer equalization and bias correction, on networks made up so that they have something to
// mend.
#include <cmath>

#include "networks.hpp"
#include "octet_quantizer/equalize.hpp"

using namespace quantizer_test;

TEST_CASE("equalization helps channels of very different sizes, and changes nothing in float32") {
  NetworkBuilder n;
  const auto x = n.input({1, 6, 6, 3});
  schema::Conv2DOptionsT convolution;
  convolution.stride_h = convolution.stride_w = 1;
  convolution.fused_activation_function = schema::ActivationFunctionType_RELU;
  schema::DepthwiseConv2DOptionsT depthwise;
  depthwise.stride_h = depthwise.stride_w = 1;
  depthwise.depth_multiplier = 1;
  depthwise.fused_activation_function = schema::ActivationFunctionType_RELU;
  // Channel c is 8^c times as large, and the layer behind it makes up for that.
  constexpr std::int32_t kChannels = 4;
  const auto scaled = [&](std::int32_t outer, std::int32_t inner, float base) {
    std::vector<float> values;
    for (std::int32_t i = 0; i < outer * kChannels * inner; ++i) {
      const auto c = static_cast<float>(i / inner % kChannels);
      values.push_back(n.draw() * std::pow(base, c));
    }
    return values;
  };
  auto y = n.operation(schema::BuiltinOperator_CONV_2D,
                       {x, n.constant({kChannels, 3, 3, 3}, scaled(1, 27, 8)),
                        n.constant({kChannels}, scaled(1, 1, 8))},
                       {1, 6, 6, kChannels}, convolution);
  y = n.operation(schema::BuiltinOperator_DEPTHWISE_CONV_2D,
                  {y, n.constant({1, 3, 3, kChannels}, scaled(9, 1, 1)), n.random({kChannels})},
                  {1, 6, 6, kChannels}, depthwise);
  n.output(n.operation(schema::BuiltinOperator_CONV_2D,
                       {y, n.constant({5, 1, 1, kChannels}, scaled(5, 1, 0.125f)), n.random({5})},
                       {1, 6, 6, 5}, convolution));
  const Samples samples = n.samples(8);
  const Bench before(n.network, samples);
  Network equal = before.network;
  CHECK(equalize(equal) == 2);
  const Bench after(equal, samples);
  const double plain = before.signal_to_noise(before.recipe()),
               equalized = after.signal_to_noise(after.recipe());
  CAPTURE(n.rng.seed(), plain, equalized);
  CHECK(equalized > plain + 6);
  before.evaluator->run(samples[0]);
  after.evaluator->run(samples[0]);
  CHECK(octet::signal_to_noise(before.evaluator->values(graph_of(before.network).outputs[0]),
                               after.evaluator->values(graph_of(after.network).outputs[0])) > 100);
}

TEST_CASE("equalization leaves layers alone whose activation does not scale, or that others read") {
  NetworkBuilder n;
  const auto x = n.input({1, 4});
  schema::FullyConnectedOptionsT clamped;
  clamped.fused_activation_function = schema::ActivationFunctionType_RELU6;
  const auto a = n.operation(schema::BuiltinOperator_FULLY_CONNECTED,
                             {x, n.random({4, 4}), n.random({4})}, {1, 4}, clamped);
  const auto b =
      n.operation(schema::BuiltinOperator_FULLY_CONNECTED, {a, n.random({4, 4}), n.random({4})},
                  {1, 4}, schema::FullyConnectedOptionsT());
  n.output(b);
  n.output(n.operation(schema::BuiltinOperator_FULLY_CONNECTED, {b, n.random({2, 4}), kAbsent},
                       {1, 2}, schema::FullyConnectedOptionsT()));
  CHECK(equalize(n.network) == 0);
}

TEST_CASE("bias correction takes back what weights lose that are all rounded the same way") {
  NetworkBuilder n;
  const auto x = n.input({1, 64});
  // 1 fixes the scale; all others lie 0.4 steps above a multiple of it.
  std::vector<float> weights;
  for (std::int32_t i = 0; i < 4 * 64; ++i) {
    weights.push_back(i % 64 == 0 ? 1 : (static_cast<float>(n.rng.in(2, 20)) + 0.4f) / 127);
  }
  const auto y = n.operation(schema::BuiltinOperator_FULLY_CONNECTED,
                             {x, n.constant({4, 64}, weights), kAbsent}, {1, 4},
                             schema::FullyConnectedOptionsT());
  n.output(y);
  const Samples samples = Samples::synthesize(n.network, 8, {3, 4}, 1);
  const Bench bench(n.network, samples);
  Recipe recipe = bench.recipe();
  const double plain = bench.signal_to_noise(recipe);
  recipe.correct_bias = true;
  const double corrected = bench.signal_to_noise(recipe);
  CAPTURE(plain, corrected);
  CHECK(corrected > plain + 10);
}
