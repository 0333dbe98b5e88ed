// SPDX-License-Identifier: Apache-2.0
// What is said of two results of a model: each rounding is recognized, and the arithmetic of the
// first element that differs is right.
#include "octet_engine/explain.hpp"

#include <sstream>

#include "engine/run.hpp"

namespace engine_test {
namespace {

using octet::Rounding;

// A model of one layer whose output differs with every rounding but those that agree by design.
struct Layer {
  ModelBuilder builder;
  std::int32_t input = 0, output = 0;
  std::int32_t offset = 0;  // what all elements are higher by
};

Layer fully_connected() {
  Layer layer;
  layer.input = layer.builder.activation({1, 6}, {0.25f, 1});
  layer.output = layer.builder.activation({1, 6}, {1, 2});
  std::vector<std::int8_t> identity(36);
  for (std::size_t i = 0; i < 6; ++i) identity[7 * i] = 1;
  const auto weights = layer.builder.constant<std::int8_t>({6, 6}, identity);
  const auto bias = layer.builder.constant<std::int32_t>({6}, {1, 1, 1, 1, 1, 1}, {0.25f, 0});
  layer.builder.operation(schema::BuiltinOperator_FULLY_CONNECTED, {layer.input, weights, bias},
                          {layer.output});
  return layer;
}

// Elements of T, all of them higher by `offset`, and weights with a zero point.
template <class T>
Layer convolution(schema::TensorType type, std::int32_t offset, T zero_point) {
  Layer layer;
  layer.offset = offset;
  layer.input = layer.builder.activation({1, 2, 3, 1}, {0.25f, 1 + offset}, type);
  layer.output = layer.builder.activation({1, 2, 3, 1}, {1, 2 + offset}, type);
  std::vector<T> weights(9, zero_point);
  ++weights[4];
  const auto filter = layer.builder.constant<T>({1, 3, 3, 1}, weights, {1, zero_point});
  const auto bias = layer.builder.constant<std::int32_t>({1}, {1}, {0.25f, 0});
  const auto options =
      schema::CreateConv2DOptions(layer.builder.flatbuffer(), schema::Padding_SAME, 1, 1);
  layer.builder.operation(schema::BuiltinOperator_CONV_2D, {layer.input, filter, bias},
                          {layer.output}, schema::BuiltinOptions_Conv2DOptions, options.Union());
  return layer;
}
Layer conv2d() { return convolution<std::int8_t>(schema::TensorType_INT8, 0, 0); }
Layer older_conv2d() { return convolution<std::uint8_t>(schema::TensorType_UINT8, 128, 7); }

Layer depthwise_conv2d() {
  Layer layer;
  layer.input = layer.builder.activation({1, 1, 3, 2}, {0.25f, 1});
  layer.output = layer.builder.activation({1, 1, 3, 2}, {1, 2});
  const auto filter = layer.builder.constant<std::int8_t>({1, 1, 3, 2}, {0, 0, 1, 1, 0, 0});
  const auto bias = layer.builder.constant<std::int32_t>({2}, {1, 1}, {0.25f, 0});
  const auto options =
      schema::CreateDepthwiseConv2DOptions(layer.builder.flatbuffer(), schema::Padding_SAME, 1, 1);
  layer.builder.operation(schema::BuiltinOperator_DEPTHWISE_CONV_2D, {layer.input, filter, bias},
                          {layer.output}, schema::BuiltinOptions_DepthwiseConv2DOptions,
                          options.Union());
  return layer;
}

std::vector<std::byte> bytes_of(std::span<const std::byte> bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("Every rounding is recognized in the results of a layer") {
  Layer (*const make)() = GENERATE(&fully_connected, &conv2d, &older_conv2d, &depthwise_conv2d);
  Layer layer = make();
  const octet_engine::Model model = parse(layer.builder, {layer.input}, {layer.output});
  // Less its zero point, plus the bias, times 0.25: -1.5, -0.75, -0.5, 0.5, 1.5 and 2.25.
  Values values = {-6, -3, -2, 2, 6, 9};
  for (std::int64_t& value : values) value += layer.offset;
  std::vector<std::byte> input;
  for (const std::int64_t value : values) input.push_back(static_cast<std::byte>(value));
  const auto result = [&](Rounding rounding) {
    octet_engine::Engine engine =
        create(model, {.backend = octet::best_backend(), .rounding = rounding});
    run(engine, {values});
    return bytes_of(engine.output(0));
  };
  const std::vector<std::byte> b = result(Rounding::floor);
  for (const Rounding rounding : octet::kRoundings) {
    if (rounding == Rounding::floor) continue;
    CAPTURE(octet::to_string(rounding));
    const std::vector<std::byte> a = result(rounding);
    std::ostringstream out;
    const auto error =
        explain(model, std::vector<std::vector<std::byte>>{input}, {layer.output, a, b}, out);
    REQUIRE(!error);
    const std::string text = out.str();
    CAPTURE(text);
    // Others may give the same, the one that was fed is always there.
    const auto line = [&](const std::string& start) {
      const std::size_t at = text.find("\n" + start);
      return at == std::string::npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
    };
    CHECK(line("A is what").find(octet::to_string(rounding)) != std::string::npos);
    CHECK(line("B is what") == "B is what the model gives with floor");
    CHECK(line("  floor").ends_with("  B"));
    CHECK(line(std::string("  ") + octet::to_string(rounding)).find("  A") != std::string::npos);
  }
}

TEST_CASE("The arithmetic of the first element that differs is printed") {
  Layer layer = fully_connected();
  const octet_engine::Model model = parse(layer.builder, {layer.input}, {layer.output});
  const auto bytes = [](std::initializer_list<int> values) {
    std::vector<std::byte> all;
    for (const int value : values) all.push_back(static_cast<std::byte>(value));
    return all;
  };
  std::ostringstream out;
  const auto a = bytes({0, 1, 1, 3, 4, 4}), b = bytes({1, 1, 2, 3, 4, 4});
  REQUIRE(!explain(model, std::vector<std::vector<std::byte>>{bytes({-6, -3, -2, 2, 6, 9})},
                   {layer.output, a, b}, out));
  CHECK(out.str() ==
        "tensor 1 (tensor), INT8 1x6, of operator 0 (FULLY_CONNECTED)\n"
        "2 of 6 elements differ\n"
        "A is what the model gives with nvdla\n"
        "B is what the model gives with single\n"
        "\n"
        "element 0, the first that differs\n"
        "  A  0\n"
        "  B  1\n"
        "  accumulator    -6, where the input is that of nvdla\n"
        "  factor         1073741824 * 2^-32\n"
        "  exact product  -1.500000\n"
        "  zero point     2\n"
        "  tflite                   0  A\n"
        "  single                   1  B\n"
        "  double_up                1  B\n"
        "  floor                    0  A\n"
        "  nvdla                    0  A\n"
        "  float32_half_even        0  A\n");
}

TEST_CASE("Explanations refuse what does not fit the model") {
  Layer layer = fully_connected();
  const octet_engine::Model model = parse(layer.builder, {layer.input}, {layer.output});
  const std::vector<std::byte> six(6), five(5);
  std::ostringstream out;
  const auto message = [&](std::int32_t tensor, const std::vector<std::byte>& a,
                           const std::vector<std::vector<std::byte>>& inputs) {
    const auto error = explain(model, inputs, {tensor, a, six}, out);
    return error ? error->message : "";
  };
  CHECK(message(layer.output, six, {six}).empty());
  CHECK(message(-1, six, {six}) == "there is no tensor -1");
  CHECK(message(99, six, {six}) == "there is no tensor 99");
  CHECK(message(layer.input, six, {six}) == "no operator writes tensor 0");
  CHECK(message(layer.output, five, {six}) == "A has 5 bytes, the tensor 6");
  CHECK(message(layer.output, six, {}) == "the model has 1 inputs, 0 were given");
  CHECK(message(layer.output, six, {five}) == "input 0 has 5 bytes, the model's 6");
}

}  // namespace engine_test
