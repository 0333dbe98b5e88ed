// SPDX-License-Identifier: Apache-2.0
// Operators on numbers without a scale: int32, int64 and BOOL.
#include "engine/run.hpp"

using namespace engine_test;

namespace {

std::int32_t numbers(ModelBuilder& builder, const std::vector<std::int32_t>& shape,
                     schema::TensorType type = schema::TensorType_INT32) {
  return builder.tensor(shape, type, {}, {}, 0);
}

}  // namespace

TEST_CASE("differences of int32 wrap, and their activations clamp") {
  const auto [activation, expected] = GENERATE(table<schema::ActivationFunctionType, Values>(
      {{schema::ActivationFunctionType_NONE, {-2147483648, -3, 9}},
       {schema::ActivationFunctionType_RELU, {0, 0, 9}},
       {schema::ActivationFunctionType_RELU6, {0, 0, 6}},
       {schema::ActivationFunctionType_RELU_N1_TO_1, {-1, -1, 1}}}));
  ModelBuilder builder;
  const auto a = numbers(builder, {3}), b = numbers(builder, {3}), output = numbers(builder, {3});
  const auto options = schema::CreateSubOptions(builder.flatbuffer(), activation);
  builder.operation(schema::BuiltinOperator_SUB, {a, b}, {output},
                    schema::BuiltinOptions_SubOptions, options.Union());
  CHECK(run(builder, {a, b}, {output}, {{2147483647, 1, 4}, {-1, 4, -5}}) ==
        std::vector<Values>{expected});
}

TEST_CASE("sums of int32 wrap, whatever their activation") {
  ModelBuilder builder;
  const auto a = numbers(builder, {3}), b = numbers(builder, {3}), output = numbers(builder, {3});
  const auto options =
      schema::CreateAddOptions(builder.flatbuffer(), schema::ActivationFunctionType_RELU6);
  builder.operation(schema::BuiltinOperator_ADD, {a, b}, {output},
                    schema::BuiltinOptions_AddOptions, options.Union());
  CHECK(run(builder, {a, b}, {output}, {{2147483647, 1, 4}, {1, -4, 5}}) ==
        std::vector<Values>{{-2147483648, -3, 9}});
}

TEST_CASE("SQUARED_DIFFERENCE of int32 wraps") {
  ModelBuilder builder;
  const auto a = numbers(builder, {2, 1}), b = numbers(builder, {2});
  const auto output = numbers(builder, {2, 2});
  builder.operation(schema::BuiltinOperator_SQUARED_DIFFERENCE, {a, b}, {output});
  CHECK(run(builder, {a, b}, {output}, {{3, -65536}, {-1, 0}}) ==
        std::vector<Values>{{16, 9, -131071, 0}});
}

TEST_CASE("numbers of 64 bits are compared as they are") {
  ModelBuilder builder;
  constexpr std::int64_t kLarge = std::int64_t{1} << 40;
  const auto a = numbers(builder, {2}, schema::TensorType_INT64);
  const auto b = numbers(builder, {2}, schema::TensorType_INT64);
  const auto less = numbers(builder, {2}, schema::TensorType_BOOL);
  const auto same = numbers(builder, {2}, schema::TensorType_BOOL);
  const auto larger = numbers(builder, {2}, schema::TensorType_INT64);
  const auto smaller = numbers(builder, {2}, schema::TensorType_INT64);
  builder.operation(schema::BuiltinOperator_LESS, {a, b}, {less});
  builder.operation(schema::BuiltinOperator_EQUAL, {a, b}, {same});
  builder.operation(schema::BuiltinOperator_MAXIMUM, {a, b}, {larger});
  builder.operation(schema::BuiltinOperator_MINIMUM, {a, b}, {smaller});
  CHECK(run(builder, {a, b}, {less, same, larger, smaller}, {{kLarge, -kLarge}, {kLarge, 0}}) ==
        std::vector<Values>{{0, 1}, {1, 0}, {kLarge, 0}, {kLarge, -kLarge}});
}

TEST_CASE("REDUCE_ALL and REDUCE_ANY take any axes") {
  ModelBuilder builder;
  const auto input = numbers(builder, {2, 3}, schema::TensorType_BOOL);
  const auto axes = builder.constant<std::int32_t>({1}, {-1});
  const auto all = numbers(builder, {2}, schema::TensorType_BOOL);
  const auto any = numbers(builder, {2, 1}, schema::TensorType_BOOL);
  builder.operation(schema::BuiltinOperator_REDUCE_ALL, {input, axes}, {all});
  builder.operation(schema::BuiltinOperator_REDUCE_ANY, {input, axes}, {any});
  // All bytes but 0 are true.
  CHECK(run(builder, {input}, {all, any}, {{2, 255, 128, 0, 64, 0}}) ==
        std::vector<Values>{{1, 0}, {1, 1}});
}

TEST_CASE("LOGICAL_AND and LOGICAL_OR take all bytes but 0 for true") {
  ModelBuilder builder;
  const auto a = numbers(builder, {4}, schema::TensorType_BOOL);
  const auto b = numbers(builder, {4}, schema::TensorType_BOOL);
  const auto both = numbers(builder, {4}, schema::TensorType_BOOL);
  const auto either = numbers(builder, {4}, schema::TensorType_BOOL);
  builder.operation(schema::BuiltinOperator_LOGICAL_AND, {a, b}, {both});
  builder.operation(schema::BuiltinOperator_LOGICAL_OR, {a, b}, {either});
  CHECK(run(builder, {a, b}, {both, either}, {{2, 0, 255, 0}, {4, 8, 0, 0}}) ==
        std::vector<Values>{{1, 0, 0, 0}, {1, 1, 1, 0}});
}

TEST_CASE("PAD takes numbers without a scale") {
  ModelBuilder builder;
  const auto input = numbers(builder, {2}), output = numbers(builder, {5});
  const auto paddings = builder.constant<std::int64_t>({1, 2}, {1, 2});
  SECTION("and fills with 0") {
    builder.operation(schema::BuiltinOperator_PAD, {input, paddings}, {output});
    CHECK(run(builder, input, output, {70000, -5}) == Values{0, 70000, -5, 0, 0});
  }
  SECTION("or with a number") {
    const auto value =
        builder.tensor({}, schema::TensorType_INT32, {}, {}, builder.buffer<std::int32_t>({-7}));
    builder.operation(schema::BuiltinOperator_PADV2, {input, paddings, value}, {output});
    CHECK(run(builder, input, output, {70000, -5}) == Values{-7, 70000, -5, -7, -7});
  }
}

TEST_CASE("ZEROS_LIKE and BROADCAST_ARGS are worked out when prepared") {
  ModelBuilder builder;
  const auto input = builder.activation({2, 2}, {0.5f, 3});
  const auto zeros = builder.activation({2, 2}, {0.5f, 3});
  builder.operation(schema::BuiltinOperator_ZEROS_LIKE, {input}, {zeros});
  SECTION("to the shape of both") {
    const auto a = builder.constant<std::int64_t>({2}, {2, 1}, {0, 0});
    const auto b = builder.constant<std::int64_t>({1}, {3}, {0, 0});
    const auto shape = numbers(builder, {2}, schema::TensorType_INT64);
    builder.operation(schema::BuiltinOperator_BROADCAST_ARGS, {a, b}, {shape});
    const auto model = parse(builder, {input}, {zeros, shape});
    auto engine = create(model);
    CHECK(run(engine, {{1, 2, 3, 4}}) == std::vector<Values>{{0, 0, 0, 0}, {2, 3}});
    for (const auto& operation : engine.operations()) CHECK(operation.backend == "folded");
  }
  SECTION("or not at all") {
    const auto a = builder.constant<std::int32_t>({2}, {2, 2});
    const auto b = builder.constant<std::int32_t>({1}, {3});
    const auto shape = numbers(builder, {2});
    builder.operation(schema::BuiltinOperator_BROADCAST_ARGS, {a, b}, {shape});
    CHECK(refusal(builder, {input}, {zeros, shape}) ==
          "operator 1 (BROADCAST_ARGS): shapes 2x2 and 3");
  }
}
