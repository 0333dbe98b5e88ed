// SPDX-License-Identifier: Apache-2.0
// Products that no public model has.
#include <functional>
#include <numeric>
#include <utility>

#include "engine/run.hpp"

using namespace engine_test;

namespace {

Values transpose_conv(schema::Padding padding, std::int32_t width) {
  ModelBuilder builder;
  const auto shape = builder.constant<std::int32_t>({4}, {1, 1, width, 1});
  const auto filter = builder.constant<std::int8_t>({1, 1, 3, 1}, {1, 10, 50});
  const auto input = builder.activation({1, 1, 2, 1}, {1, 3});
  const auto bias = builder.constant<std::int32_t>({1}, {1});
  const auto output = builder.activation({1, 1, width, 1}, {1, -1});
  const auto options = schema::CreateTransposeConvOptions(builder.flatbuffer(), padding, 2, 1,
                                                          schema::ActivationFunctionType_NONE);
  builder.operation(schema::BuiltinOperator_TRANSPOSE_CONV, {shape, filter, input, bias}, {output},
                    schema::BuiltinOptions_TransposeConvOptions, options.Union());
  return run(builder, input, output, {4, 5});
}

}  // namespace

TEST_CASE("TRANSPOSE_CONV adds up what its inputs spread, less its padding") {
  CHECK(transpose_conv(schema::Padding_VALID, 5) == Values{1, 10, 52, 20, 100});
  CHECK(transpose_conv(schema::Padding_SAME, 4) == Values{1, 10, 52, 20});
  CHECK(transpose_conv(schema::Padding_SAME, 3) == Values{10, 52, 20});
}

TEST_CASE("TRANSPOSE_CONV and RESHAPE do not read the shape that their output has in the file") {
  ModelBuilder builder;
  const auto shape = builder.tensor({4}, schema::TensorType_INT32, {}, {}, 0);
  const auto filter = builder.constant<std::int8_t>({1, 1, 1, 1}, {3});
  const auto input = builder.activation({1, 1, 2, 1});
  const auto tripled = builder.activation({1, 1, 2, 1});
  const auto output = builder.activation({2, 1});
  const auto options =
      schema::CreateTransposeConvOptions(builder.flatbuffer(), schema::Padding_VALID, 1, 1);
  builder.operation(schema::BuiltinOperator_TRANSPOSE_CONV, {shape, filter, input}, {tripled},
                    schema::BuiltinOptions_TransposeConvOptions, options.Union());
  builder.operation(schema::BuiltinOperator_RESHAPE, {tripled, shape}, {output});
  CHECK(run(builder, {shape, input}, {output}, {{9, 9, 9, 9}, {5, -6}}) ==
        std::vector<Values>{{15, -18}});
}

TEST_CASE("TRANSPOSE_CONV of 16 bits has sums of 64 without a bias, whatever its type would be") {
  constexpr auto kInt16 = schema::TensorType_INT16;
  ModelBuilder builder;
  const auto shape = builder.constant<std::int32_t>({4}, {1, 1, 2, 1});
  const auto filter = builder.constant<std::int8_t>({1, 1, 1, 1}, {-1});
  const auto input = builder.activation({1, 1, 2, 1}, {1, 0}, kInt16);
  const auto output = builder.activation({1, 1, 2, 1}, {4, 0}, kInt16);
  const auto options = schema::CreateTransposeConvOptions(
      builder.flatbuffer(), schema::Padding_VALID, 1, 1, schema::ActivationFunctionType_NONE,
      schema::TensorType_INT32);
  builder.operation(schema::BuiltinOperator_TRANSPOSE_CONV, {shape, filter, input}, {output},
                    schema::BuiltinOptions_TransposeConvOptions, options.Union());
  CHECK(run(builder, input, output, {1000, 32766}) == Values{-250, -8191});
}

TEST_CASE("BATCH_MATMUL multiplies with a matrix, transposed if it says so") {
  ModelBuilder builder;
  const auto input = builder.activation({1, 2, 2}, {1, 1});
  const auto matrix = builder.constant<std::int8_t>({2, 2}, {5, 6, 7, 8});
  const auto output = builder.activation({1, 2, 2}, {1, 0});
  const auto options = schema::CreateBatchMatMulOptions(builder.flatbuffer(), false, true);
  builder.operation(schema::BuiltinOperator_BATCH_MATMUL, {input, matrix}, {output},
                    schema::BuiltinOptions_BatchMatMulOptions, options.Union());
  CHECK(run(builder, input, output, {2, 3, 4, 5}) == Values{17, 23, 39, 53});
}

TEST_CASE("FULLY_CONNECTED takes weights of 4 bits, two a byte") {
  ModelBuilder builder;
  const auto input = builder.activation({1, 3}, {1, 0});
  // {{1, -8, 7}, {2, 0, -1}}
  const auto weights =
      builder.constant_of<std::uint8_t>(schema::TensorType_INT4, {2, 3}, {0x81, 0x27, 0xF0});
  const auto output = builder.activation({1, 2}, {1, 0});
  builder.operation(schema::BuiltinOperator_FULLY_CONNECTED, {input, weights}, {output});
  CHECK(run(builder, input, output, {3, 4, 5}) == Values{6, 1});
}

TEST_CASE("BATCH_MATMUL packs constant matrices once, with the bits of computed ones") {
  const bool transposed = GENERATE(false, true);
  const auto shape =
      GENERATE(std::vector<std::int32_t>{3, 2}, std::vector<std::int32_t>{1, 3, 2},
               std::vector<std::int32_t>{2, 3, 2}, std::vector<std::int32_t>{2, 1, 3, 2});
  std::vector<std::int8_t> matrices;
  for (std::int64_t i = 0; i < std::accumulate(shape.begin(), shape.end(), 1, std::multiplies());
       ++i) {
    matrices.push_back(static_cast<std::int8_t>(i * i - 20));
  }
  std::vector<std::int32_t> stored = shape;
  if (transposed) std::swap(stored[stored.size() - 2], stored[stored.size() - 1]);
  std::vector<std::int32_t> outputs = {2, 2, 2};
  if (shape.size() == 4) outputs.insert(outputs.begin(), 2);
  const auto multiplied = [&](bool is_constant) {
    ModelBuilder builder;
    const auto input = builder.activation({2, 2, 3}, {0.5f, 1});
    const auto matrix = is_constant ? builder.constant<std::int8_t>(stored, matrices, {0.25f, -2})
                                    : builder.activation(stored, {0.25f, -2});
    const auto output = builder.activation(outputs, {1.5f, 3});
    const auto options = schema::CreateBatchMatMulOptions(builder.flatbuffer(), false, transposed);
    builder.operation(schema::BuiltinOperator_BATCH_MATMUL, {input, matrix}, {output},
                      schema::BuiltinOptions_BatchMatMulOptions, options.Union());
    const Values x{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    if (is_constant) return run(builder, {input}, {output}, std::vector<Values>{x});
    return run(builder, {input, matrix}, {output}, {x, Values(matrices.begin(), matrices.end())});
  };
  CHECK(multiplied(true) == multiplied(false));
}

TEST_CASE("FULLY_CONNECTED takes weights that are computed, without a bias") {
  ModelBuilder builder;
  const auto input = builder.activation({2, 3}, {1, 1});
  const auto weights = builder.activation({2, 3}, {1, -1});
  const auto output = builder.activation({2, 2}, {1, 0});
  const auto options = schema::CreateFullyConnectedOptions(builder.flatbuffer(),
                                                           schema::ActivationFunctionType_RELU);
  const auto layer = [&](std::int32_t bias) {
    builder.operation(schema::BuiltinOperator_FULLY_CONNECTED, {input, weights, bias}, {output},
                      schema::BuiltinOptions_FullyConnectedOptions, options.Union());
  };
  SECTION("or with one of zeros") {
    layer(builder.constant<std::int32_t>({2}, {0, 0}));
    // {{1, 2, 3}, {4, 5, 6}} times {{1, 0, 2}, {-3, 1, 0}}, transposed
    CHECK(run(builder, {input, weights}, {output}, {{2, 3, 4, 5, 6, 7}, {0, -1, 1, -4, 0, -1}}) ==
          std::vector<Values>{{7, 0, 16, 0}});
  }
  SECTION("not with another") {
    layer(builder.constant<std::int32_t>({2}, {0, 1}));
    CHECK(refusal(builder, {input, weights}, {output}) ==
          "operator 0 (FULLY_CONNECTED): a bias is added to products of computed weights");
  }
}

// Which takes the kernels of convolutions.
TEST_CASE("DEPTHWISE_CONV_2D makes several channels of one") {
  const bool is_int16 = GENERATE(false, true);
  const auto type = is_int16 ? schema::TensorType_INT16 : schema::TensorType_INT8;
  const ModelBuilder::Quantization quantization = {1, is_int16 ? 0 : 1};
  const std::vector<std::int8_t> weights = {1, -1, 2, 0, 3, -2, -3, 2, 1, 2, -2, 0};
  const std::int32_t bias[] = {10, -20, 30};
  ModelBuilder builder;
  const auto input = builder.activation({1, 3, 3, 1}, quantization, type);
  const auto filter = builder.constant<std::int8_t>({1, 2, 2, 3}, weights);
  const auto biases = is_int16 ? builder.constant<std::int64_t>({3}, {10, -20, 30})
                               : builder.constant<std::int32_t>({3}, {10, -20, 30});
  const auto output = builder.activation({1, 2, 2, 3}, {1, 0}, type);
  const auto options =
      schema::CreateDepthwiseConv2DOptions(builder.flatbuffer(), schema::Padding_VALID, 1, 1, 3);
  builder.operation(schema::BuiltinOperator_DEPTHWISE_CONV_2D, {input, filter, biases}, {output},
                    schema::BuiltinOptions_DepthwiseConv2DOptions, options.Union());
  const Values image = {4, -7, 2, 5, 1, -3, 0, 6, 9};
  Values expected;
  for (std::size_t place = 0; place < 12; ++place) {
    const std::size_t channel = place % 3, x = place / 3 % 2, y = place / 6;
    std::int32_t sum = bias[channel];
    for (std::size_t tap = 0; tap < 4; ++tap) {
      const auto pixel = static_cast<std::int32_t>(image[(y + tap / 2) * 3 + x + tap % 2]);
      sum +=
          (pixel - static_cast<std::int32_t>(quantization.zero_point)) * weights[tap * 3 + channel];
    }
    expected.push_back(sum);
  }
  CHECK(run(builder, input, output, image) == expected);
}
