// SPDX-License-Identifier: Apache-2.0
// Operators that treat every element alike.
#include <string>

#include "engine/run.hpp"

using namespace engine_test;

TEST_CASE("MAXIMUM and MINIMUM take tensors of one quantization, or of none") {
  ModelBuilder builder;
  SECTION("quantized") {
    const auto a = builder.activation({2, 2}, {0.5f, 3});
    const auto b = builder.constant<std::int8_t>({2}, {1, -1}, {0.5f, 3});
    const auto high = builder.activation({2, 2}, {0.5f, 3});
    const auto low = builder.activation({2, 2}, {0.5f, 3});
    builder.operation(schema::BuiltinOperator_MAXIMUM, {a, b}, {high});
    builder.operation(schema::BuiltinOperator_MINIMUM, {a, b}, {low});
    CHECK(run(builder, {a}, {high, low}, {{-5, 5, 7, -9}}) ==
          std::vector<Values>{{1, 5, 7, -1}, {-5, -1, 1, -9}});
  }
  SECTION("quantized differently") {
    const auto a = builder.activation({2}, {0.5f, 3});
    const auto b = builder.activation({2}, {0.5f, 4});
    const auto output = builder.activation({2}, {0.5f, 3});
    builder.operation(schema::BuiltinOperator_MAXIMUM, {a, b}, {output});
    CHECK(refusal(builder, {a, b}, {output}) ==
          "operator 0 (MAXIMUM): inputs are quantized differently");
  }
  SECTION("of int32") {
    const auto a = builder.tensor({2}, schema::TensorType_INT32, {}, {}, 0);
    const auto b = builder.tensor({1}, schema::TensorType_INT32, {}, {}, 0);
    const auto output = builder.tensor({2}, schema::TensorType_INT32, {}, {}, 0);
    builder.operation(schema::BuiltinOperator_MINIMUM, {a, b}, {output});
    CHECK(run(builder, {a, b}, {output}, {{-70000, 90000}, {80000}}) ==
          std::vector<Values>{{-70000, 80000}});
  }
}

TEST_CASE("DIV, PRELU and SQUARED_DIFFERENCE broadcast") {
  ModelBuilder builder;
  const auto a = builder.activation({2, 2}, {0.5f, 1});
  const auto b = builder.constant<std::int8_t>({2}, {2, -4}, {0.5f, 0});
  const auto quotient = builder.activation({2, 2}, {0.5f, 3});
  const auto leaky = builder.activation({2, 2}, {0.5f, 0});
  const auto square = builder.activation({2, 2}, {0.25f, -100});
  const auto options = schema::CreateDivOptions(builder.flatbuffer());
  builder.operation(schema::BuiltinOperator_DIV, {a, b}, {quotient},
                    schema::BuiltinOptions_DivOptions, options.Union());
  builder.operation(schema::BuiltinOperator_PRELU, {a, b}, {leaky});
  builder.operation(schema::BuiltinOperator_SQUARED_DIFFERENCE, {a, b}, {square});
  // Reals {1, -2}, {-3, 4} and {1, -2}.
  CHECK(run(builder, {a}, {quotient, leaky, square}, {{3, -3, -5, 9}}) ==
        std::vector<Values>{{5, 5, -3, -1}, {2, 8, -6, 8}, {-100, -100, -36, 44}});
}

TEST_CASE("PRELU of int16 has slopes of int8") {
  ModelBuilder builder;
  const auto input = builder.activation({2, 2}, {0.5f, 0}, schema::TensorType_INT16);
  const auto output = builder.activation({2, 2}, {0.5f, 0}, schema::TensorType_INT16);
  SECTION("that are constant") {
    const auto slopes = builder.constant<std::int8_t>({2}, {3, -4}, {0.5f, 1});
    builder.operation(schema::BuiltinOperator_PRELU, {input, slopes}, {output});
    // Slopes of 1 and -2.5.
    CHECK(run(builder, input, output, {1000, -1000, -1000, 5}) == Values{1000, 2500, -1000, 5});
  }
  SECTION("not those that are computed") {
    const auto slopes = builder.activation({2}, {0.5f, 1});
    builder.operation(schema::BuiltinOperator_PRELU, {input, slopes}, {output});
    CHECK(refusal(builder, {input, slopes}, {output}) ==
          "operator 0 (PRELU): the slopes of INT16 are not constant");
  }
}

TEST_CASE("ADD_N adds any number of tensors, and what an element 0 stands for") {
  ModelBuilder builder;
  const auto a = builder.activation({3}, {0.5f, 1});
  const auto output = builder.activation({3}, {0.5f, 2});
  builder.operation(schema::BuiltinOperator_ADD_N, {a, a, a}, {output});
  // Three times x - 1, less 1: 3 * x - 4 + 2.
  CHECK(run(builder, a, output, {1, 5, -20}) == Values{1, 13, -62});
}

TEST_CASE("a factor of scale 0 is 0, elsewhere that scale is refused") {
  ModelBuilder builder;
  const auto a = builder.activation({3}, {0.5f, 1});
  const auto zeros = builder.constant<std::int8_t>({3}, {1, 2, 3}, {0, 0});
  const auto output = builder.activation({3}, {0.5f, -7});
  SECTION("MUL") {
    builder.operation(schema::BuiltinOperator_MUL, {a, zeros}, {output});
    CHECK(run(builder, a, output, {-128, 0, 127}) == Values{-7, -7, -7});
  }
  SECTION("ADD") {
    builder.operation(schema::BuiltinOperator_ADD, {a, zeros}, {output});
    CHECK(refusal(builder, {a}, {output}) ==
          "operator 0 (ADD): input 1 (tensor 1) has the scale 0");
  }
}

TEST_CASE("activations of their own are clamps and slopes") {
  const Values x = {-9, 1, 3, 5, 20, 100};
  const auto of = [&](schema::BuiltinOperator code, const ModelBuilder::Quantization& output) {
    ModelBuilder builder;
    const auto in = builder.activation({6}, {0.5f, 1});
    const auto out = builder.activation({6}, output);
    builder.operation(code, {in}, {out});
    return run(builder, in, out, x);
  };
  // Reals -5, 0, 1, 2, 9.5 and 49.5.
  CHECK(of(schema::BuiltinOperator_RELU, {1, -1}) == Values{-1, -1, 0, 1, 9, 49});
  CHECK(of(schema::BuiltinOperator_RELU6, {0.5f, 1}) == Values{1, 1, 3, 5, 13, 13});
  CHECK(of(schema::BuiltinOperator_RELU_N1_TO_1, {0.5f, 1}) == Values{-1, 1, 3, 3, 3, 3});
  CHECK(of(schema::BuiltinOperator_ABS, {0.5f, 0}) == Values{10, 0, 2, 4, 19, 99});
  CHECK(of(schema::BuiltinOperator_HARD_SWISH, {0.5f, 0}) == Values{0, 0, 1, 3, 19, 99});
  CHECK(of(schema::BuiltinOperator_ELU, {0.25f, 0}) == Values{-4, 0, 4, 8, 38, 127});
  CHECK(of(schema::BuiltinOperator_EXP, {0.25f, 0}) == Values{0, 4, 11, 30, 127, 127});

  ModelBuilder builder;
  const auto in = builder.activation({6}, {0.5f, 1});
  const auto out = builder.activation({6}, {0.5f, 0});
  const auto options = schema::CreateLeakyReluOptions(builder.flatbuffer(), 0.5f);
  builder.operation(schema::BuiltinOperator_LEAKY_RELU, {in}, {out},
                    schema::BuiltinOptions_LeakyReluOptions, options.Union());
  CHECK(run(builder, in, out, x) == Values{-5, 0, 2, 4, 19, 99});
}

TEST_CASE("RSQRT takes what is positive") {
  ModelBuilder builder;
  const auto in = builder.activation({4}, {1, 0});
  const auto out = builder.activation({4}, {1.0f / 64, 0});
  builder.operation(schema::BuiltinOperator_RSQRT, {in}, {out});
  CHECK(run(builder, in, out, {1, 4, 16, 64}) == Values{64, 32, 16, 8});
}

TEST_CASE("LOGISTIC and TANH of int16 have one output quantization") {
  ModelBuilder builder;
  const auto in = builder.activation({3}, {1.0f / 4096, 0}, schema::TensorType_INT16);
  const auto logistic = builder.activation({3}, {1.0f / 32768, 0}, schema::TensorType_INT16);
  const auto tanh = builder.activation({3}, {1.0f / 32768, 0}, schema::TensorType_INT16);
  builder.operation(schema::BuiltinOperator_LOGISTIC, {in}, {logistic});
  builder.operation(schema::BuiltinOperator_TANH, {in}, {tanh});
  // 1 / (1 + exp(-1)) and tanh(1)
  const auto y = run(builder, {in}, {logistic, tanh}, {{0, 4096, -4096}});
  CHECK(y[0] == Values{16384, 23956, 8812});
  CHECK(y[1] == Values{0, 24956, -24956});
}

TEST_CASE("comparisons are of real numbers and give bytes of 0 and 1") {
  ModelBuilder builder;
  const auto of_bools = [&] { return builder.tensor({4}, schema::TensorType_BOOL, {}, {}, 0); };
  const auto a = builder.activation({4}, {0.5f, 1});
  const auto b = builder.constant<std::int8_t>({1}, {4}, {0.25f, 0});
  std::vector<std::int32_t> outputs;
  for (const auto code : {schema::BuiltinOperator_EQUAL, schema::BuiltinOperator_NOT_EQUAL,
                          schema::BuiltinOperator_LESS, schema::BuiltinOperator_LESS_EQUAL,
                          schema::BuiltinOperator_GREATER, schema::BuiltinOperator_GREATER_EQUAL}) {
    outputs.push_back(of_bools());
    builder.operation(code, {a, b}, {outputs.back()});
  }
  const auto negated = of_bools(), both = of_bools(), either = of_bools(), same = of_bools();
  builder.operation(schema::BuiltinOperator_LOGICAL_NOT, {outputs[0]}, {negated});
  builder.operation(schema::BuiltinOperator_LOGICAL_AND, {negated, outputs[3]}, {both});
  builder.operation(schema::BuiltinOperator_LOGICAL_OR, {both, outputs[0]}, {either});
  builder.operation(schema::BuiltinOperator_EQUAL, {either, outputs[3]}, {same});
  outputs.insert(outputs.end(), {negated, both, either, same});
  // Reals 0.5, 1, 1.5 and -1 beside 1.
  CHECK(run(builder, {a}, outputs, {{2, 3, 4, -1}}) == std::vector<Values>{{0, 1, 0, 0},
                                                                           {1, 0, 1, 1},
                                                                           {1, 0, 0, 1},
                                                                           {1, 1, 0, 1},
                                                                           {0, 0, 1, 0},
                                                                           {0, 1, 1, 0},
                                                                           {1, 0, 1, 1},
                                                                           {1, 0, 0, 1},
                                                                           {1, 1, 0, 1},
                                                                           {1, 1, 1, 1}});
}

TEST_CASE("comparisons take numbers without scales as they are, and bytes that have one") {
  ModelBuilder builder;
  SECTION("of int32") {
    const auto a = builder.tensor({2}, schema::TensorType_INT32, {}, {}, 0);
    const auto b = builder.tensor({2}, schema::TensorType_INT32, {}, {}, 0);
    const auto less = builder.tensor({2}, schema::TensorType_BOOL, {}, {}, 0);
    builder.operation(schema::BuiltinOperator_LESS, {a, b}, {less});
    CHECK(run(builder, {a, b}, {less}, {{-70000, 90000}, {80000, 80000}}) ==
          std::vector<Values>{{1, 0}});
  }
  SECTION("of int8 without a scale") {
    const auto a = builder.tensor({2}, schema::TensorType_INT8, {}, {}, 0);
    const auto less = builder.tensor({2}, schema::TensorType_BOOL, {}, {}, 0);
    builder.operation(schema::BuiltinOperator_LESS, {a, a}, {less});
    CHECK(refusal(builder, {a}, {less}) ==
          "operator 0 (LESS): input 0 (tensor 0) has 0 scales instead of 1");
  }
}
