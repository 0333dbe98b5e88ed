// SPDX-License-Identifier: Apache-2.0
// How tensors go from operator to operator: order, memory, several inputs and outputs, variables.
#include <string>

#include "engine/run.hpp"

using namespace engine_test;

TEST_CASE("RESHAPE of an input is an output of the model") {
  ModelBuilder builder;
  const auto input = builder.activation({2, 3});
  const auto output = builder.activation({6});
  builder.operation(schema::BuiltinOperator_RESHAPE, {input}, {output});
  CHECK(run(builder, input, output, {1, 2, 3, 4, 5, 6}) == Values{1, 2, 3, 4, 5, 6});
}

TEST_CASE("RESHAPE of a constant is a constant") {
  ModelBuilder builder;
  const auto input = builder.activation({2});
  const auto constant = builder.constant<std::int8_t>({1, 2}, {3, 4});
  const auto flat = builder.activation({2});
  const auto output = builder.activation({2});
  builder.operation(schema::BuiltinOperator_RESHAPE, {constant}, {flat});
  builder.operation(schema::BuiltinOperator_ADD, {input, flat}, {output});
  CHECK(run(builder, input, output, {10, 20}) == Values{13, 24});
}

TEST_CASE("What follows from constants and shapes is worked out when prepared") {
  ModelBuilder builder;
  const auto integers = [&](const std::vector<std::int32_t>& shape) {
    return builder.activation(shape, {1, 0}, schema::TensorType_INT32);
  };
  const auto list = [&](const std::vector<std::int32_t>& numbers) {
    return builder.constant<std::int32_t>({static_cast<std::int32_t>(numbers.size())}, numbers);
  };
  auto& buffer = builder.flatbuffer();
  const auto input = builder.activation({2, 3, 1});
  const auto shape = integers({3}), rows = integers({1}), wanted = integers({2});
  const auto output = builder.activation({2, 3}, {1, 1});
  const auto same = builder.activation({2, 3});
  const auto sliced = schema::CreateStridedSliceOptions(buffer, 0, 0, 0, 0, 0);
  const auto joined = schema::CreateConcatenationOptions(buffer, 0);
  builder.operation(schema::BuiltinOperator_SHAPE, {input}, {shape});
  builder.operation(schema::BuiltinOperator_STRIDED_SLICE, {shape, list({0}), list({1}), list({1})},
                    {rows}, schema::BuiltinOptions_StridedSliceOptions, sliced.Union());
  builder.operation(schema::BuiltinOperator_CONCATENATION, {rows, list({-1})}, {wanted},
                    schema::BuiltinOptions_ConcatenationOptions, joined.Union());
  builder.operation(schema::BuiltinOperator_RESHAPE, {input, wanted}, {same});
  builder.operation(schema::BuiltinOperator_QUANTIZE, {same}, {output});
  const auto model = engine_test::parse(builder, {input}, {output, wanted});
  auto engine = engine_test::create(model);
  CHECK(run(engine, {{1, 2, 3, 4, 5, 6}}) == std::vector<Values>{{2, 3, 4, 5, 6, 7}, {2, -1}});
  CHECK(engine_test::values_of(model.tensor(shape), engine.tensor(shape)) == Values{2, 3, 1});
  CHECK(engine.operations()[2].backend == "folded");
  CHECK(engine.operations()[4].backend != "folded");
  CHECK(engine.memory().folded == 4 * (3 + 1 + 2));
  CHECK(engine.memory().tensors == 6 + 6);
}

TEST_CASE("Shapes are computed with, and what is not constant in them when it runs") {
  ModelBuilder builder;
  auto& buffer = builder.flatbuffer();
  const auto integers = [&](const std::vector<std::int32_t>& shape) {
    return builder.tensor(shape, schema::TensorType_INT32, {}, {}, 0);
  };
  const auto input = builder.activation({2, 3, 4});
  const auto shape = integers({3}), doubled = integers({3}), less = integers({3});
  const auto halves = integers({3}), sum = integers({3});
  const auto wide = builder.tensor({3}, schema::TensorType_INT64, {}, {}, 0);
  const auto numbers = integers({3});
  const auto flags = builder.tensor({3}, schema::TensorType_BOOL, {}, {}, 0);
  const auto one = builder.constant<std::int32_t>({1}, {1});
  const auto divisors = builder.constant<std::int32_t>({3}, {2, -3, 7});
  const auto add = schema::CreateAddOptions(buffer);
  const auto sub = schema::CreateSubOptions(buffer);
  const auto mul = schema::CreateMulOptions(buffer);
  const auto div = schema::CreateDivOptions(buffer);
  builder.operation(schema::BuiltinOperator_SHAPE, {input}, {shape});
  builder.operation(schema::BuiltinOperator_MUL, {shape, shape}, {doubled},
                    schema::BuiltinOptions_MulOptions, mul.Union());
  builder.operation(schema::BuiltinOperator_SUB, {doubled, one}, {less},
                    schema::BuiltinOptions_SubOptions, sub.Union());
  builder.operation(schema::BuiltinOperator_DIV, {less, divisors}, {halves},
                    schema::BuiltinOptions_DivOptions, div.Union());
  builder.operation(schema::BuiltinOperator_CAST, {halves}, {wide});
  builder.operation(schema::BuiltinOperator_CAST, {wide}, {flags});
  builder.operation(schema::BuiltinOperator_ADD, {numbers, halves}, {sum},
                    schema::BuiltinOptions_AddOptions, add.Union());
  const auto model = engine_test::parse(builder, {input, numbers}, {wide, flags, sum});
  auto engine = engine_test::create(model);
  CHECK(run(engine, {Values(24), {2147483647, 0, -5}}) ==
        std::vector<Values>{{1, -2, 2}, {1, 1, 1}, {-2147483648, -2, -3}});
  for (int i = 0; i < 6; ++i)
    CHECK(engine.operations()[static_cast<std::size_t>(i)].backend == "folded");
  CHECK(engine.operations()[6].backend != "folded");
}

TEST_CASE("numbers are divided by constants other than 0") {
  ModelBuilder builder;
  const auto a = builder.tensor({2}, schema::TensorType_INT32, {}, {}, 0);
  const auto output = builder.tensor({2}, schema::TensorType_INT32, {}, {}, 0);
  const auto options = schema::CreateDivOptions(builder.flatbuffer());
  SECTION("a constant") {
    const auto zero = builder.constant<std::int32_t>({2}, {1, 0});
    builder.operation(schema::BuiltinOperator_DIV, {a, zero}, {output},
                      schema::BuiltinOptions_DivOptions, options.Union());
    CHECK(refusal(builder, {a}, {output}) == "operator 0 (DIV): a divisor is 0");
  }
  SECTION("an input") {
    builder.operation(schema::BuiltinOperator_DIV, {a, a}, {output},
                      schema::BuiltinOptions_DivOptions, options.Union());
    CHECK(refusal(builder, {a}, {output}) ==
          "operator 0 (DIV): input 1 (tensor 0) is not a constant");
  }
}

TEST_CASE("What is folded is written once") {
  ModelBuilder builder;
  const auto input = builder.activation({2});
  const auto constant = builder.constant<std::int8_t>({2}, {3, 4});
  const auto output = builder.activation({2});
  builder.operation(schema::BuiltinOperator_RESHAPE, {constant}, {output});
  SECTION("by constants") {
    builder.operation(schema::BuiltinOperator_ADD, {constant, constant}, {output});
    CHECK(refusal(builder, {input}, {output}) == "operator 1 (ADD): tensor 2 is written twice");
  }
  SECTION("by others") {
    builder.operation(schema::BuiltinOperator_ADD, {input, input}, {output});
    CHECK(refusal(builder, {input}, {output}) == "operator 1 (ADD): tensor 2 is written twice");
  }
  SECTION("not over the model's input") {
    builder.operation(schema::BuiltinOperator_ADD, {constant, constant}, {input});
    CHECK(refusal(builder, {input}, {output}) == "model input 0 is a constant");
  }
}

TEST_CASE("A tensor keeps its values until its last reader") {
  ModelBuilder builder;
  const auto input = builder.activation({64});
  std::vector<std::int32_t> sums = {input};
  // Each sum reads the one before and the input; the last one reads the first.
  for (int i = 0; i < 5; ++i) {
    sums.push_back(builder.activation({64}));
    builder.operation(schema::BuiltinOperator_ADD, {sums[sums.size() - 2], input}, {sums.back()});
  }
  const auto output = builder.activation({64});
  builder.operation(schema::BuiltinOperator_ADD, {sums.back(), sums[1]}, {output});
  CHECK(run(builder, input, output, Values(64, 3)) == Values(64, 24));
}

TEST_CASE("Models have several inputs and outputs, of several types") {
  ModelBuilder builder;
  const auto wide = builder.activation({3}, {0.5f, 0}, schema::TensorType_INT16);
  const auto narrow = builder.activation({3}, {1, 10});
  const auto sum = builder.activation({3}, {1, 0});
  const auto converted = builder.activation({3}, {0.5f, 1});
  const auto more = builder.activation({3}, {0.25f, 0}, schema::TensorType_INT16);
  builder.operation(schema::BuiltinOperator_QUANTIZE, {wide}, {converted});
  builder.operation(schema::BuiltinOperator_ADD, {converted, narrow}, {sum});
  builder.operation(schema::BuiltinOperator_QUANTIZE, {sum}, {more});
  // An input may be an output too, and the order of both is that of the model.
  const auto outputs =
      run(builder, {narrow, wide}, {more, narrow, converted}, {{11, 12, -128}, {2, -4, 1000}});
  CHECK(outputs == std::vector<Values>{{8, 0, -300}, {11, 12, -128}, {3, -3, 127}});
}

TEST_CASE("Inputs start at their zero points, whatever their type") {
  ModelBuilder builder;
  const auto bytes = builder.activation({2}, {1, -7});
  const auto words = builder.activation({2}, {1, -300}, schema::TensorType_INT16);
  const auto sum = builder.activation({2}, {1, 4});
  builder.operation(schema::BuiltinOperator_ADD, {bytes, bytes}, {sum});
  const auto model = engine_test::parse(builder, {bytes, words}, {sum});
  auto engine = engine_test::create(model);
  CHECK(engine_test::values_of(model.tensor(bytes), engine.input(0)) == Values{-7, -7});
  CHECK(engine_test::values_of(model.tensor(words), engine.input(1)) == Values{-300, -300});
}

TEST_CASE("Variables keep their values from run to run until they are reset") {
  ModelBuilder builder;
  const auto input = builder.activation({2}, {1, 0});
  const auto total = builder.variable({2}, {1, 3});
  const auto before = builder.activation({2}, {1, 0});
  builder.operation(schema::BuiltinOperator_QUANTIZE, {total}, {before});
  builder.operation(schema::BuiltinOperator_ADD, {total, input}, {total});
  const auto model = engine_test::parse(builder, {input}, {before, total});
  for (const octet::Backend* backend : engine_test::backends()) {
    CAPTURE(backend->name);
    auto engine = engine_test::create(model, *backend);
    for (int stream = 0; stream < 2; ++stream) {
      CHECK(run(engine, {{1, -1}}) == std::vector<Values>{{0, 0}, {4, 2}});
      CHECK(run(engine, {{10, 5}}) == std::vector<Values>{{1, -1}, {14, 7}});
      CHECK(run(engine, {{0, 0}}) == std::vector<Values>{{11, 4}, {14, 7}});
      engine.reset();
    }
  }
}

TEST_CASE("RESHAPE does not make a variable and another tensor one") {
  ModelBuilder builder;
  const auto input = builder.activation({1, 2});
  const auto last = builder.variable({2});
  const auto before = builder.activation({2, 1});
  builder.operation(schema::BuiltinOperator_RESHAPE, {last}, {before});
  builder.operation(schema::BuiltinOperator_RESHAPE, {input}, {last});
  const auto model = engine_test::parse(builder, {input}, {before, last});
  auto engine = engine_test::create(model);
  CHECK(run(engine, {{1, 2}}) == std::vector<Values>{{0, 0}, {1, 2}});
  CHECK(run(engine, {{3, 4}}) == std::vector<Values>{{1, 2}, {3, 4}});
}

TEST_CASE("Zero points of older files are aligned to 4 bytes") {
  int misaligned = 0;
  for (const bool gap : {false, true}) {
    ModelBuilder builder;
    builder.align_zero_points_to_4_bytes(gap);
    const auto input = builder.activation({3}, {1, -5});
    const auto output = builder.activation({3}, {1, 100});
    builder.operation(schema::BuiltinOperator_QUANTIZE, {input}, {output});
    const auto model = engine_test::parse(builder, {input}, {output});
    for (const octet_engine::Tensor& tensor : model.tensors()) {
      const auto address = reinterpret_cast<std::uintptr_t>(tensor.quantization.zero_points.data());
      misaligned += address % alignof(std::int64_t) != 0;
    }
    auto engine = engine_test::create(model);
    CHECK(run(engine, {{-5, 0, 7}}) == std::vector<Values>{{100, 105, 112}});
  }
  CHECK(misaligned == 2);
}
