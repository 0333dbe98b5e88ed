// SPDX-License-Identifier: Apache-2.0
// Operators that the models of the other tests do not have, and what is refused in which words.
#include <initializer_list>
#include <string>

#include "engine/model_builder.hpp"
#include "engine/support.hpp"

namespace {

using engine_test::ModelBuilder;
using octet_engine::Engine;
using octet_engine::Model;
namespace schema = octet_engine::schema;

using Values = std::vector<int>;

// The output of a model with one input, which must be the same on every backend. Values are int8 or
// uint8 as the tensors say.
Values run(ModelBuilder& builder, std::int32_t input, std::int32_t output, const Values& values) {
  const auto model = Model::parse(builder.finish({input}, {output}));
  if (!model) FAIL(model.error().message);
  Values result;
  for (const octet::Backend* backend : engine_test::backends()) {
    Engine engine = engine_test::create(*model, *backend);
    REQUIRE(engine.input(0).size() == values.size());
    std::ranges::transform(values, engine.input(0).begin(),
                           [](int value) { return static_cast<std::byte>(value); });
    engine.run();
    const bool is_signed = model->tensor(output).type == octet_engine::TensorType::int8;
    Values now;
    for (const std::byte byte : engine.output(0)) {
      now.push_back(is_signed ? std::to_integer<std::int8_t>(byte)
                              : std::to_integer<std::uint8_t>(byte));
    }
    if (result.empty()) result = now;
    CHECK(now == result);
  }
  return result;
}

// Why a model is refused: by the reader or by the engine.
std::string refusal(ModelBuilder& builder, const std::vector<std::int32_t>& inputs,
                    const std::vector<std::int32_t>& outputs) {
  const auto model = Model::parse(builder.finish(inputs, outputs));
  if (!model) return model.error().message;
  const auto engine = Engine::create(*model, octet::best_backend());
  return engine ? "" : engine.error().message;
}

}  // namespace

TEST_CASE("PAD surrounds with the zero point") {
  ModelBuilder builder;
  const auto input = builder.activation({1, 2, 2, 1}, {0.5f, 3});
  const auto paddings = builder.constant<std::int32_t>({4, 2}, {0, 0, 1, 0, 0, 2, 0, 0});
  const auto output = builder.activation({1, 3, 4, 1}, {0.5f, 3});
  builder.operation(schema::BuiltinOperator_PAD, {input, paddings}, {output});
  CHECK(run(builder, input, output, {1, 2, -4, -5}) ==
        Values{3, 3, 3, 3, 1, 2, 3, 3, -4, -5, 3, 3});
}

TEST_CASE("PADV2 surrounds with a constant") {
  ModelBuilder builder;
  const auto input = builder.activation({2, 2}, {0.5f, 3});
  const auto paddings = builder.constant<std::int32_t>({2, 2}, {0, 1, 1, 0});
  const auto value = builder.constant<std::int8_t>({}, {-128}, {0.5f, 3});
  const auto output = builder.activation({3, 3}, {0.5f, 3});
  builder.operation(schema::BuiltinOperator_PADV2, {input, paddings, value}, {output});
  CHECK(run(builder, input, output, {1, 2, 3, 4}) ==
        Values{-128, 1, 2, -128, 3, 4, -128, -128, -128});
}

TEST_CASE("MEAN reduces any dimensions, negative ones from the end") {
  ModelBuilder builder;
  const auto input = builder.activation({1, 2, 2, 2}, {0.5f, 1});
  const auto axes = builder.constant<std::int32_t>({2}, {1, -2});
  const auto output = builder.activation({1, 2}, {0.25f, -3});
  builder.operation(schema::BuiltinOperator_MEAN, {input, axes}, {output});
  // Means 4 and -2 of q, so reals 1.5 and -1.5: 6 and -6 steps of 0.25 from -3.
  CHECK(run(builder, input, output, {1, -1, 3, -1, 5, -3, 7, -3}) == Values{3, -9});
}

TEST_CASE("QUANTIZE changes type, scale and zero point") {
  ModelBuilder builder;
  const auto input = builder.activation({5}, {0.5f, 128}, schema::TensorType_UINT8);
  const auto middle = builder.activation({5}, {0.5f, 0});
  const auto coarse = builder.activation({5}, {2.0f, 1});
  const auto output = builder.activation({5}, {2.0f, 129}, schema::TensorType_UINT8);
  builder.operation(schema::BuiltinOperator_QUANTIZE, {input}, {middle});
  builder.operation(schema::BuiltinOperator_QUANTIZE, {middle}, {coarse});
  builder.operation(schema::BuiltinOperator_QUANTIZE, {coarse}, {output});
  CHECK(run(builder, input, output, {0, 124, 128, 132, 255}) == Values{97, 128, 129, 130, 161});
}

TEST_CASE("MAX_POOL_2D takes the largest of a window, clamped by its activation") {
  ModelBuilder builder;
  const auto input = builder.activation({1, 3, 3, 1}, {1, 2});
  const auto output = builder.activation({1, 2, 2, 1}, {1, 2});
  const auto options = schema::CreatePool2DOptions(builder.flatbuffer(), schema::Padding_SAME, 2, 2,
                                                   2, 2, schema::ActivationFunctionType_RELU6);
  builder.operation(schema::BuiltinOperator_MAX_POOL_2D, {input}, {output},
                    schema::BuiltinOptions_Pool2DOptions, options.Union());
  CHECK(run(builder, input, output, {-9, 5, 1, 3, 4, -7, 100, 7, -128}) == Values{5, 2, 8, 2});
}

TEST_CASE("ADD takes constants") {
  ModelBuilder builder;
  const auto input = builder.activation({4}, {0.5f, 0});
  const auto constant = builder.constant<std::int8_t>({4}, {10, 20, 30, 40}, {0.5f, 10});
  const auto output = builder.activation({4}, {0.5f, 5});
  builder.operation(schema::BuiltinOperator_ADD, {input, constant}, {output});
  CHECK(run(builder, input, output, {1, 2, 3, 120}) == Values{6, 17, 28, 127});
}

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

TEST_CASE("FULLY_CONNECTED works without bias and without options") {
  ModelBuilder builder;
  const auto input = builder.activation({2, 2});
  const auto weights = builder.constant<std::int8_t>({3, 2}, {1, 0, 0, 1, 1, -1});
  const auto output = builder.activation({2, 3});
  builder.operation(schema::BuiltinOperator_FULLY_CONNECTED, {input, weights, -1}, {output});
  CHECK(run(builder, input, output, {5, 7, -1, 2}) == Values{5, 7, -2, -1, 2, -3});
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

TEST_CASE("Unsupported operators are named") {
  ModelBuilder builder;
  const auto input = builder.activation({4});
  const auto middle = builder.activation({4});
  const auto output = builder.activation({4});
  builder.operation(schema::BuiltinOperator_RESHAPE, {input}, {middle});
  builder.operation(schema::BuiltinOperator_LOGISTIC, {middle}, {output});
  CHECK(refusal(builder, {input}, {output}) ==
        "operator 1 (LOGISTIC): this operator is not supported");
}

TEST_CASE("Unsupported types are named") {
  ModelBuilder builder;
  const auto input = builder.activation({4}, {1, 128}, schema::TensorType_UINT8);
  const auto output = builder.activation({4}, {1, 128}, schema::TensorType_UINT8);
  builder.operation(schema::BuiltinOperator_ADD, {input, input}, {output});
  CHECK(refusal(builder, {input}, {output}) ==
        "operator 0 (ADD): input 0 (tensor 0) is UINT8 instead of INT8");
}

TEST_CASE("Broadcasting is refused") {
  ModelBuilder builder;
  const auto input = builder.activation({2, 4});
  const auto row = builder.constant<std::int8_t>({4}, {1, 2, 3, 4});
  const auto output = builder.activation({2, 4});
  builder.operation(schema::BuiltinOperator_ADD, {input, row}, {output});
  CHECK(refusal(builder, {input}, {output}) ==
        "operator 0 (ADD): broadcasting 4 to 2x4 is not supported");
}

TEST_CASE("Graphs out of order are refused") {
  ModelBuilder builder;
  const auto input = builder.activation({4});
  const auto middle = builder.activation({4});
  const auto output = builder.activation({4});
  SECTION("reading too early") {
    builder.operation(schema::BuiltinOperator_ADD, {input, middle}, {output});
    builder.operation(schema::BuiltinOperator_ADD, {input, input}, {middle});
    CHECK(refusal(builder, {input}, {output}) ==
          "operator 0 (ADD): tensor 1 is read before it is written");
  }
  SECTION("writing twice") {
    builder.operation(schema::BuiltinOperator_ADD, {input, input}, {output});
    builder.operation(schema::BuiltinOperator_ADD, {input, input}, {output});
    CHECK(refusal(builder, {input}, {output}) == "operator 1 (ADD): tensor 2 is written twice");
  }
  SECTION("writing an input") {
    builder.operation(schema::BuiltinOperator_ADD, {input, input}, {input});
    CHECK(refusal(builder, {input}, {input}) == "operator 0 (ADD): tensor 0 is written twice");
  }
  SECTION("an output that nobody writes") {
    builder.operation(schema::BuiltinOperator_ADD, {input, input}, {middle});
    CHECK(refusal(builder, {input}, {output}) == "model output 2 is never written");
  }
}

TEST_CASE("Operands are checked") {
  ModelBuilder builder;
  const auto input = builder.activation({4});
  const auto output = builder.activation({4});
  SECTION("too few") {
    builder.operation(schema::BuiltinOperator_ADD, {input}, {output});
    CHECK(refusal(builder, {input}, {output}) == "operator 0 (ADD): input 1 is missing");
  }
  SECTION("too many") {
    builder.operation(schema::BuiltinOperator_ADD, {input, input, input}, {output});
    CHECK(refusal(builder, {input}, {output}) ==
          "operator 0 (ADD): 3 inputs and 1 outputs, where it takes up to 2 and 1");
  }
  SECTION("not there") {
    builder.operation(schema::BuiltinOperator_ADD, {input, 7}, {output});
    CHECK(refusal(builder, {input}, {output}) ==
          "operator 0 (ADD): input 1 is tensor 7, which does not exist; there are 2");
  }
  SECTION("options of another operator") {
    const auto options = schema::CreateSoftmaxOptions(builder.flatbuffer(), 1.0f);
    builder.operation(schema::BuiltinOperator_ADD, {input, input}, {output},
                      schema::BuiltinOptions_SoftmaxOptions, options.Union());
    CHECK(refusal(builder, {input}, {output}) ==
          "operator 0 (ADD): its options are those of another operator (9 instead of 11)");
  }
  SECTION("weights that are no constant") {
    const auto matrix = builder.activation({4, 4});
    builder.operation(schema::BuiltinOperator_FULLY_CONNECTED, {input, matrix}, {output});
    CHECK(refusal(builder, {input, matrix}, {output}) ==
          "operator 0 (FULLY_CONNECTED): input 1 (tensor 2) is not a constant");
  }
}

TEST_CASE("Constants of the wrong size are refused") {
  ModelBuilder builder;
  const auto constant = builder.constant<std::int8_t>({5}, {1, 2, 3, 4});
  CHECK(refusal(builder, {}, {constant}) ==
        "tensor 0: buffer 1 holds 4 bytes, but 5 of INT8 needs 5");
}

TEST_CASE("What octet refuses is reported with the operator") {
  ModelBuilder builder;
  const auto input = builder.activation({1, 4, 4, 2});
  const auto filter = builder.constant<std::int8_t>({1, 1, 1, 3}, {1, 2, 3});
  const auto output = builder.activation({1, 4, 4, 1});
  const auto options =
      schema::CreateConv2DOptions(builder.flatbuffer(), schema::Padding_VALID, 1, 1);
  builder.operation(schema::BuiltinOperator_CONV_2D, {input, filter}, {output},
                    schema::BuiltinOptions_Conv2DOptions, options.Union());
  CHECK(refusal(builder, {input}, {output}).starts_with("operator 0 (CONV_2D): filter.i = 3 "));
}
