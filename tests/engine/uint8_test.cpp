// SPDX-License-Identifier: Apache-2.0
// Older models: uint8 activations, uint8 weights with a zero point.
#include <algorithm>
#include <string>

#include "engine/run.hpp"
#include "octet/fixed_point.hpp"
#include "octet/quantize/multiplier.hpp"
#include "support/random.hpp"

using namespace engine_test;

namespace {

constexpr auto kUint8 = schema::TensorType_UINT8;
constexpr float kInputScale = 0.02f, kWeightScale = 0.01f, kOutputScale = 0.09f;
constexpr std::int32_t kInputZero = 131, kOutputZero = 117;

// The last step of a layer, as TensorFlow Lite has it for one scale.
std::int64_t output_of(std::int32_t sum) {
  const auto [multiplier, shift] =
      octet::fully_connected_multiplier(kInputScale, kWeightScale, kOutputScale);
  const std::int32_t value =
      kOutputZero + octet::multiply_by_quantized_multiplier(sum, multiplier, shift);
  return std::clamp(value, 0, 255);
}

constexpr std::int32_t kBias[] = {1000, -500};

// What 2 x 2 windows of two outputs make of sums of `count` products, product(y, x, output, k).
template <class Product>
Values windows(std::int32_t count, const Product& product) {
  Values outputs;
  for (std::int32_t place = 0; place < 8; ++place) {
    const std::int32_t o = place % 2, x = place / 2 % 2, y = place / 4;
    std::int32_t sum = kBias[o];
    for (std::int32_t k = 0; k < count; ++k) sum += product(y, x, o, k);
    outputs.push_back(output_of(sum));
  }
  return outputs;
}

// One image of 4 x 4 pixels and 2 channels, and weights for it.
struct Layer {
  Layer(std::int32_t filters, std::int32_t zero_point) : weight_zero(zero_point) {
    Random random(test_seed());
    const std::int32_t lowest = zero_point == 128 ? 10 : 0;
    for (int i = 0; i < 32; ++i) input.push_back(random.in(0, 255));
    for (std::int32_t i = 0; i < filters; ++i) {
      weights.push_back(static_cast<std::uint8_t>(random.in(lowest, 255)));
    }
    weights.front() = static_cast<std::uint8_t>(lowest);
    weights.back() = 255;
    image = builder.activation({1, 4, 4, 2}, {kInputScale, kInputZero}, kUint8);
    bias =
        builder.constant<std::int32_t>({2}, {kBias[0], kBias[1]}, {kInputScale * kWeightScale, 0});
  }

  std::int32_t value(std::int32_t y, std::int32_t x, std::int32_t c) const {
    return static_cast<std::int32_t>(input[static_cast<std::size_t>((y * 4 + x) * 2 + c)]) -
           kInputZero;
  }
  std::int32_t weight(std::int32_t i) const {
    return weights[static_cast<std::size_t>(i)] - weight_zero;
  }
  std::int32_t filter(const std::vector<std::int32_t>& shape) {
    return builder.constant<std::uint8_t>(shape, weights, {kWeightScale, weight_zero});
  }
  std::int32_t output(const std::vector<std::int32_t>& shape) {
    return builder.activation(shape, {kOutputScale, kOutputZero}, kUint8);
  }

  std::int32_t weight_zero;
  ModelBuilder builder;
  Values input;
  std::vector<std::uint8_t> weights;
  std::int32_t image, bias;
};

}  // namespace

TEST_CASE("Products take uint8 weights, whatever their zero point") {
  const std::int32_t zero_point = GENERATE(128, 0, 77, 255);
  CAPTURE(zero_point, test_seed());
  SECTION("CONV_2D") {
    Layer layer(2 * 3 * 3 * 2, zero_point);
    const auto options =
        schema::CreateConv2DOptions(layer.builder.flatbuffer(), schema::Padding_VALID, 1, 1);
    const auto output = layer.output({1, 2, 2, 2});
    layer.builder.operation(schema::BuiltinOperator_CONV_2D,
                            {layer.image, layer.filter({2, 3, 3, 2}), layer.bias}, {output},
                            schema::BuiltinOptions_Conv2DOptions, options.Union());
    CHECK(run(layer.builder, layer.image, output, layer.input) ==
          windows(18, [&](std::int32_t y, std::int32_t x, std::int32_t o, std::int32_t k) {
            return layer.value(y + k / 6, x + k / 2 % 3, k % 2) * layer.weight(18 * o + k);
          }));
  }
  SECTION("DEPTHWISE_CONV_2D") {
    Layer layer(3 * 3 * 2, zero_point);
    const auto options = schema::CreateDepthwiseConv2DOptions(layer.builder.flatbuffer(),
                                                              schema::Padding_VALID, 1, 1);
    const auto output = layer.output({1, 2, 2, 2});
    layer.builder.operation(schema::BuiltinOperator_DEPTHWISE_CONV_2D,
                            {layer.image, layer.filter({1, 3, 3, 2}), layer.bias}, {output},
                            schema::BuiltinOptions_DepthwiseConv2DOptions, options.Union());
    CHECK(run(layer.builder, layer.image, output, layer.input) ==
          windows(9, [&](std::int32_t y, std::int32_t x, std::int32_t o, std::int32_t k) {
            return layer.value(y + k / 3, x + k % 3, o) * layer.weight(2 * k + o);
          }));
  }
  SECTION("FULLY_CONNECTED") {
    Layer layer(2 * 32, zero_point);
    const auto output = layer.output({1, 2});
    layer.builder.operation(schema::BuiltinOperator_FULLY_CONNECTED,
                            {layer.image, layer.filter({2, 32}), layer.bias}, {output});
    Values expected;
    for (std::int32_t o = 0; o < 2; ++o) {
      std::int32_t sum = kBias[o];
      for (std::int32_t k = 0; k < 32; ++k) {
        sum += layer.value(k / 8, k / 2 % 4, k % 2) * layer.weight(32 * o + k);
      }
      expected.push_back(output_of(sum));
    }
    CHECK(run(layer.builder, layer.image, output, layer.input) == expected);
  }
}

TEST_CASE("Operators of older models take uint8") {
  ModelBuilder builder;
  const auto input = builder.activation({1, 2, 2, 1}, {0.5f, 128}, kUint8);
  const auto sum = builder.activation({1, 2, 2, 1}, {1, 100}, kUint8);
  const auto largest = builder.activation({1, 1, 1, 1}, {1, 100}, kUint8);
  const auto paddings = builder.constant<std::int32_t>({4, 2}, {0, 0, 0, 0, 0, 1, 0, 0});
  const auto output = builder.activation({1, 1, 2, 1}, {1, 100}, kUint8);
  const auto pool = schema::CreatePool2DOptions(builder.flatbuffer(), schema::Padding_VALID, 1, 1,
                                                2, 2, schema::ActivationFunctionType_NONE);
  builder.operation(schema::BuiltinOperator_ADD, {input, input}, {sum});
  builder.operation(schema::BuiltinOperator_MAX_POOL_2D, {sum}, {largest},
                    schema::BuiltinOptions_Pool2DOptions, pool.Union());
  builder.operation(schema::BuiltinOperator_PAD, {largest, paddings}, {output});
  CHECK(run(builder, input, output, {128, 255, 0, 129}) == Values{227, 100});
}

TEST_CASE("Weights and activations are uint8 together") {
  ModelBuilder builder;
  const auto input = builder.activation({1, 2});
  const auto weights = builder.constant<std::uint8_t>({1, 2}, {1, 2}, {1, 128});
  const auto output = builder.activation({1, 1});
  builder.operation(schema::BuiltinOperator_FULLY_CONNECTED, {input, weights}, {output});
  CHECK(refusal(builder, {input}, {output}) ==
        "operator 0 (FULLY_CONNECTED): the weights are UINT8, the activations INT8");
}

TEST_CASE("What is no product takes uint8 as it takes int8, 128 higher") {
  const Values x = {-128, -40, -3, 0, 7, 127};
  Values raised = x;
  for (std::int64_t& value : raised) value += 128;
  // What an operator makes of x as int8 and of the same numbers as uint8.
  const auto check = [&](schema::BuiltinOperator code, float scale, std::int32_t zero_point,
                         const std::vector<std::int32_t>& shape, auto options_type,
                         const auto& options, const std::vector<std::int32_t>& axes = {}) {
    std::vector<Values> results;
    for (const bool is_unsigned : {false, true}) {
      ModelBuilder builder;
      const auto type = is_unsigned ? kUint8 : schema::TensorType_INT8;
      const std::int32_t raise = is_unsigned ? 128 : 0;
      const auto in = builder.activation({2, 3}, {0.05f, 3 + raise}, type);
      const auto out = builder.activation(shape, {scale, zero_point + raise}, type);
      std::vector<std::int32_t> inputs{in};
      if (!axes.empty()) {
        inputs.push_back(
            builder.constant<std::int32_t>({static_cast<std::int32_t>(axes.size())}, axes));
      }
      builder.operation(code, inputs, {out}, options_type, options(builder.flatbuffer()));
      results.push_back(run(builder, in, out, is_unsigned ? raised : x));
    }
    for (std::int64_t& value : results[0]) value += 128;
    CHECK(results[0] == results[1]);
  };
  const auto none = [](auto&) { return flatbuffers::Offset<void>(); };
  const auto kNone = schema::BuiltinOptions_NONE;
  check(schema::BuiltinOperator_LOGISTIC, 1.0f / 256, -128, {2, 3}, kNone, none);
  check(schema::BuiltinOperator_RELU, 0.05f, 3, {2, 3}, kNone, none);
  check(schema::BuiltinOperator_ABS, 0.05f, -100, {2, 3}, kNone, none);
  check(schema::BuiltinOperator_MEAN, 0.04f, 5, {2, 1}, kNone, none, {1});
  check(schema::BuiltinOperator_SUM, 0.2f, 5, {2, 1}, kNone, none, {1});
  check(schema::BuiltinOperator_REDUCE_MAX, 0.05f, 3, {1, 3}, kNone, none, {0});
  check(schema::BuiltinOperator_SOFTMAX, 1.0f / 256, -128, {2, 3},
        schema::BuiltinOptions_SoftmaxOptions,
        [](auto& buffer) { return schema::CreateSoftmaxOptions(buffer, 1.0f).Union(); });
  check(schema::BuiltinOperator_LEAKY_RELU, 0.05f, 3, {2, 3},
        schema::BuiltinOptions_LeakyReluOptions,
        [](auto& buffer) { return schema::CreateLeakyReluOptions(buffer, 0.3f).Union(); });
}
