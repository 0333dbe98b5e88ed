// SPDX-License-Identifier: Apache-2.0
// IF and WHILE, which call other graphs of a model.
#include <string>
#include <vector>

#include "engine/run.hpp"

using namespace engine_test;

namespace {

using Tensors = std::vector<std::int32_t>;

struct GraphBuilder : ModelBuilder {
  std::int32_t numbers(const std::vector<std::int32_t>& shape,
                       schema::TensorType type = schema::TensorType_INT32) {
    return tensor(shape, type, {}, {}, 0);
  }
  void add(std::int32_t a, std::int32_t b, std::int32_t sum) {
    const auto options = schema::CreateAddOptions(flatbuffer());
    operation(schema::BuiltinOperator_ADD, {a, b}, {sum}, schema::BuiltinOptions_AddOptions,
              options.Union());
  }
  // A graph that adds a number to its input.
  void adding_subgraph(std::int32_t number, const std::vector<std::int32_t>& shape) {
    const auto x = numbers(shape), y = numbers(shape);
    add(x, constant<std::int32_t>({1}, {number}), y);
    end_subgraph({x}, {y});
  }
  void call_if(const Tensors& inputs, const Tensors& outputs, std::int32_t then = 1,
               std::int32_t otherwise = 2) {
    const auto options = schema::CreateIfOptions(flatbuffer(), then, otherwise);
    operation(schema::BuiltinOperator_IF, inputs, outputs, schema::BuiltinOptions_IfOptions,
              options.Union());
  }
  void call_while(const Tensors& inputs, const Tensors& outputs) {
    const auto options = schema::CreateWhileOptions(flatbuffer(), 1, 2);
    operation(schema::BuiltinOperator_WHILE, inputs, outputs, schema::BuiltinOptions_WhileOptions,
              options.Union());
  }
};

}  // namespace

TEST_CASE("IF runs one of two graphs") {
  GraphBuilder builder;
  builder.adding_subgraph(10, {2});
  builder.adding_subgraph(-10, {2});
  const auto condition = builder.numbers({}, schema::TensorType_BOOL);
  const auto x = builder.numbers({2}), y = builder.numbers({2}), z = builder.numbers({2});
  builder.call_if({condition, x}, {y});
  builder.add(x, y, z);
  const auto model = engine_test::parse(builder, {condition, x}, {y, z});
  auto engine = engine_test::create(model);
  CHECK(run(engine, {{1}, {1, 2}}) == std::vector<Values>{{11, 12}, {12, 14}});
  CHECK(run(engine, {{0}, {1, 2}}) == std::vector<Values>{{-9, -8}, {-8, -6}});
}

TEST_CASE("WHILE runs a graph as long as another says so") {
  GraphBuilder builder;
  const auto count = builder.numbers({1}), sum = builder.numbers({2});
  const auto goes_on = builder.numbers({1}, schema::TensorType_BOOL);
  builder.operation(schema::BuiltinOperator_LESS, {count, builder.constant<std::int32_t>({1}, {5})},
                    {goes_on});
  builder.end_subgraph({count, sum}, {goes_on});
  const auto old_count = builder.numbers({1}), new_count = builder.numbers({1});
  const auto old_sum = builder.numbers({2}), new_sum = builder.numbers({2});
  builder.add(old_count, builder.constant<std::int32_t>({1}, {1}), new_count);
  builder.add(old_sum, old_count, new_sum);
  builder.end_subgraph({old_count, old_sum}, {new_count, new_sum});
  const auto start = builder.numbers({1}), x = builder.numbers({2});
  const auto end = builder.numbers({1}), y = builder.numbers({2});
  builder.call_while({start, x}, {end, y});
  const auto model = engine_test::parse(builder, {start, x}, {end, y});
  auto engine = engine_test::create(model);
  // 1 + 2 + 3 + 4, and nothing where the condition is false from the start.
  CHECK(run(engine, {{1}, {100, 200}}) == std::vector<Values>{{5}, {110, 210}});
  CHECK(run(engine, {{7}, {100, 200}}) == std::vector<Values>{{7}, {100, 200}});
}

TEST_CASE("Graphs that do not fit their call are refused") {
  GraphBuilder builder;
  builder.adding_subgraph(10, {2});
  const auto refused_if = [&](const Tensors& inputs, const Tensors& outputs,
                              std::int32_t otherwise) {
    builder.call_if(inputs, outputs, 1, otherwise);
    return refusal(builder, inputs, outputs);
  };
  SECTION("other shapes") {
    builder.adding_subgraph(-10, {3});
    const auto condition = builder.numbers({}, schema::TensorType_BOOL);
    CHECK(refused_if({condition, builder.numbers({2})}, {builder.numbers({2})}, 2) ==
          "operator 0 (IF): subgraph 2 has INT32 of shape 3 among its inputs for INT32 of shape 2");
  }
  SECTION("other numbers of them") {
    const auto condition = builder.numbers({}, schema::TensorType_BOOL);
    const Tensors inputs = {condition, builder.numbers({2}), builder.numbers({2})};
    CHECK(refused_if(inputs, {builder.numbers({2})}, 1) ==
          "operator 0 (IF): subgraph 1 has 1 inputs instead of 2");
  }
  SECTION("a graph that is not there, or the model") {
    const auto otherwise = GENERATE(-1, 0, 2);
    const auto condition = builder.numbers({}, schema::TensorType_BOOL);
    CHECK(refused_if({condition, builder.numbers({2})}, {builder.numbers({2})}, otherwise) ==
          "operator 0 (IF): subgraph " + std::to_string(otherwise) +
              " does not exist or is the model itself; there are 2");
  }
  SECTION("several conditions") {
    const auto condition = builder.numbers({2}, schema::TensorType_BOOL);
    CHECK(refused_if({condition, builder.numbers({2})}, {builder.numbers({2})}, 1) ==
          "operator 0 (IF): the condition has shape 2");
  }
  SECTION("calls within calls") {
    const auto inner = builder.numbers({}, schema::TensorType_BOOL);
    const auto a = builder.numbers({2}), b = builder.numbers({2});
    builder.call_if({inner, a}, {b}, 1, 1);
    builder.end_subgraph({inner, a}, {b});
    const auto condition = builder.numbers({}, schema::TensorType_BOOL);
    const Tensors inputs = {condition, builder.numbers({}, schema::TensorType_BOOL),
                            builder.numbers({2})};
    const auto output = builder.numbers({2});
    builder.call_if(inputs, {output}, 2, 2);
    CHECK(refusal(builder, inputs, {output}) ==
          "subgraph 2: operator 0 (IF): is called in a subgraph");
  }
}
