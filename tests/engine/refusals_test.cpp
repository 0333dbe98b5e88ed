// SPDX-License-Identifier: Apache-2.0
// What is refused, and in which words.
#include <sstream>
#include <string>

#include "engine/run.hpp"

using namespace engine_test;

// Why an ADD, the last operation of a model, is refused. The first of its inputs is the model's.
static std::string refused_add(ModelBuilder& builder, const std::vector<std::int32_t>& inputs,
                               std::int32_t output) {
  builder.operation(schema::BuiltinOperator_ADD, inputs, {output});
  return refusal(builder, {inputs[0]}, {output});
}

TEST_CASE("Unsupported operators are named") {
  ModelBuilder builder;
  const auto input = builder.activation({4});
  const auto middle = builder.activation({4});
  const auto output = builder.activation({4});
  builder.operation(schema::BuiltinOperator_RESHAPE, {input}, {middle});
  builder.operation(schema::BuiltinOperator_FLOOR, {middle}, {output});
  CHECK(refusal(builder, {input}, {output}) == "1 of 2 operators are not supported: FLOOR x1");
}

TEST_CASE("Unsupported types are named") {
  ModelBuilder builder;
  const auto input = builder.activation({4}, {1, 128}, schema::TensorType_UINT8);
  const auto output = builder.activation({4}, {1, 128}, schema::TensorType_UINT8);
  builder.operation(schema::BuiltinOperator_TANH, {input}, {output});
  CHECK(refusal(builder, {input}, {output}) ==
        "1 of 1 operators are not supported: TANH of UINT8 x1");
}

TEST_CASE("Types that do not fit one another are named") {
  ModelBuilder builder;
  const auto bytes = builder.activation({4});
  const auto words = builder.activation({4}, {1, 0}, schema::TensorType_INT16);
  const auto output = builder.activation({4});
  SECTION("inputs") {
    CHECK(refused_add(builder, {bytes, words}, output) ==
          "operator 0 (ADD): input 1 (tensor 1) is INT16 instead of INT8");
  }
  SECTION("output") {
    CHECK(refused_add(builder, {words, words}, output) ==
          "operator 0 (ADD): output (tensor 2) is INT8 instead of INT16");
  }
  SECTION("bias") {
    const auto weights = builder.constant<std::int8_t>({4, 4}, std::vector<std::int8_t>(16, 1));
    const auto bias = builder.constant<std::int64_t>({4}, {1, 2, 3, 4});
    builder.operation(schema::BuiltinOperator_FULLY_CONNECTED, {bytes, weights, bias}, {output});
    CHECK(refusal(builder, {bytes}, {output}) ==
          "operator 0 (FULLY_CONNECTED): the bias is INT64 instead of INT32");
  }
  SECTION("of several") {
    const auto real = builder.tensor({4}, schema::TensorType_FLOAT32, {}, {}, 0);
    builder.operation(schema::BuiltinOperator_QUANTIZE, {bytes}, {real});
    CHECK(refusal(builder, {bytes}, {real}) ==
          "operator 0 (QUANTIZE): output (tensor 3) is FLOAT32 instead of INT8, INT16, UINT8 or "
          "INT32");
  }
}

TEST_CASE("All unsupported operators are listed at once, also by describe") {
  ModelBuilder builder;
  const auto input = builder.tensor({4}, schema::TensorType_FLOAT32, {}, {}, 0);
  const auto a = builder.activation({4}), b = builder.activation({4}), c = builder.activation({4});
  const auto d = builder.activation({4}), output = builder.activation({4});
  builder.operation(schema::BuiltinOperator_ADD, {input, input}, {a});
  builder.operation(schema::BuiltinOperator_FLOOR, {a}, {b});
  builder.operation(schema::BuiltinOperator_ADD, {b, b}, {c});
  builder.operation(schema::BuiltinOperator_CEIL, {c}, {d});
  builder.operation(schema::BuiltinOperator_FLOOR, {d}, {output});
  const auto model = octet_engine::Model::parse(builder.finish({input}, {output}));
  REQUIRE(model);
  const auto engine = octet_engine::Engine::create(*model);
  REQUIRE(!engine);
  CHECK(engine.error().code == octet_engine::ErrorCode::unsupported);
  CHECK(engine.error().message ==
        "4 of 5 operators are not supported: ADD of FLOAT32 x1, FLOOR x2, CEIL x1; the "
        "engine computes on integers: FLOAT32 has to be quantized");
  std::ostringstream description;
  describe(*model, description);
  CHECK(
      description.str().ends_with("\nnot supported\n"
                                  "       1  ADD of FLOAT32\n"
                                  "       2  FLOOR\n"
                                  "       1  CEIL\n"));
}

TEST_CASE("Describe lists all that is refused, but not what follows from it") {
  ModelBuilder builder;
  const auto input = builder.activation({2, 2}), wide = builder.activation({2, 2, 1});
  const auto words = builder.activation({2, 2}, {1, 0}, schema::TensorType_INT16);
  const auto shape = builder.activation({2}, {1, 0}, schema::TensorType_INT32);
  const auto other = builder.activation({2}, {1, 0}, schema::TensorType_INT32);
  const auto output = builder.activation({4});
  builder.operation(schema::BuiltinOperator_ADD, {input, words}, {wide});
  builder.operation(schema::BuiltinOperator_SHAPE, {wide}, {shape});
  builder.operation(schema::BuiltinOperator_FLOOR, {shape}, {other});
  builder.operation(schema::BuiltinOperator_RESHAPE, {input, other}, {output});
  builder.operation(schema::BuiltinOperator_ADD, {words, words}, {input});
  const auto model = octet_engine::Model::parse(builder.finish({input}, {output}));
  REQUIRE(model);
  CHECK(octet_engine::refusals(*model) ==
        std::vector<std::string>{"operator 0 (ADD): input 1 (tensor 2) is INT16 instead of INT8",
                                 "operator 1 (SHAPE): the output has shape 2 instead of 3",
                                 "operator 4 (ADD): output (tensor 0) is INT8 instead of INT16"});
  std::ostringstream description;
  describe(*model, description);
  CHECK(description.str().find("\nrefused\n  operator 0 (ADD): input 1") != std::string::npos);
}

TEST_CASE("A variable with values in the file is refused") {
  ModelBuilder builder;
  const auto constant = builder.constant<std::int8_t>({2}, {1, 2});
  const auto variable = builder.tensor({2}, schema::TensorType_INT8, {1}, {0}, 1, true);
  builder.operation(schema::BuiltinOperator_ADD, {constant, variable}, {variable});
  CHECK(refusal(builder, {}, {variable}) ==
        "tensor 1: variables with values in the file are not supported");
}

TEST_CASE("Shapes that do not broadcast are refused") {
  ModelBuilder builder;
  const auto input = builder.activation({2, 4});
  SECTION("to one another") {
    const auto row = builder.constant<std::int8_t>({3}, {1, 2, 3});
    const auto output = builder.activation({2, 4});
    CHECK(refused_add(builder, {input, row}, output).starts_with("operator 0 (ADD): input2"));
  }
  SECTION("to the output") {
    const auto row = builder.constant<std::int8_t>({4}, {1, 2, 3, 4});
    const auto output = builder.activation({1, 4});
    CHECK(refused_add(builder, {input, row}, output) ==
          "operator 0 (ADD): the output has shape 1x4 instead of 2x4");
  }
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
    CHECK(refused_add(builder, {input, input}, output) ==
          "operator 1 (ADD): tensor 2 is written twice");
  }
  SECTION("writing an input") {
    CHECK(refused_add(builder, {input, input}, input) ==
          "operator 0 (ADD): tensor 0 is written twice");
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
    CHECK(refused_add(builder, {input}, output) == "operator 0 (ADD): input 1 is missing");
  }
  SECTION("too many") {
    CHECK(refused_add(builder, {input, input, input}, output) ==
          "operator 0 (ADD): 3 inputs and 1 outputs, where it takes up to 2 and 1");
  }
  SECTION("not there") {
    CHECK(refused_add(builder, {input, 7}, output) ==
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
    const auto image = builder.activation({1, 4, 4, 1}), filter = builder.activation({1, 1, 1, 1});
    const auto options = schema::CreateConv2DOptions(builder.flatbuffer());
    builder.operation(schema::BuiltinOperator_CONV_2D, {image, filter}, {output},
                      schema::BuiltinOptions_Conv2DOptions, options.Union());
    CHECK(refusal(builder, {image, filter}, {output}) ==
          "operator 0 (CONV_2D): input 1 (tensor 3) is not a constant");
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
