// SPDX-License-Identifier: Apache-2.0
// Variables with names, and the subgraph that gives them their values.
#include <string>

#include "engine/run.hpp"

using namespace engine_test;

namespace {

class StreamBuilder : public ModelBuilder {
 public:
  std::int32_t handle(const char* name) {
    const auto tensor = this->tensor({}, schema::TensorType_RESOURCE, {}, {}, 0);
    const auto options = schema::CreateVarHandleOptions(flatbuffer(), flatbuffer().CreateString(""),
                                                        flatbuffer().CreateString(name));
    operation(schema::BuiltinOperator_VAR_HANDLE, {}, {tensor},
              schema::BuiltinOptions_VarHandleOptions, options.Union());
    return tensor;
  }
  void assign(std::int32_t handle, std::int32_t value) {
    operation(schema::BuiltinOperator_ASSIGN_VARIABLE, {handle, value}, {});
  }
  void read(std::int32_t handle, std::int32_t value) {
    operation(schema::BuiltinOperator_READ_VARIABLE, {handle}, {value});
  }
  void call_once(std::int32_t subgraph) {
    const auto options = schema::CreateCallOnceOptions(flatbuffer(), subgraph);
    operation(schema::BuiltinOperator_CALL_ONCE, {}, {}, schema::BuiltinOptions_CallOnceOptions,
              options.Union());
  }
};

}  // namespace

TEST_CASE("Named variables keep their values from run to run until they are reset") {
  StreamBuilder builder;
  // Only "last" gets its value from the subgraph.
  const auto value = builder.constant<std::int8_t>({2}, {7, 8}, {1, 3});
  builder.assign(builder.handle("last"), value);
  builder.end_subgraph();

  builder.call_once(1);
  const auto input = builder.activation({2}, {1, 3});
  const auto last = builder.activation({2}, {1, 3}), sum = builder.activation({2}, {1, 3});
  const auto before = builder.activation({2}, {1, 3});
  const auto last_handle = builder.handle("last"), sum_handle = builder.handle("sum");
  builder.read(last_handle, last);
  builder.read(sum_handle, before);
  builder.operation(schema::BuiltinOperator_ADD, {before, input}, {sum});
  builder.assign(sum_handle, sum);
  builder.assign(last_handle, input);
  const auto model = engine_test::parse(builder, {input}, {last, sum});
  REQUIRE(model.graphs().size() == 2);
  for (const octet::Backend* backend : engine_test::backends()) {
    CAPTURE(backend->name);
    auto engine = engine_test::create(model, *backend);
    for (int stream = 0; stream < 2; ++stream) {
      CHECK(run(engine, {{4, 1}}) == std::vector<Values>{{7, 8}, {4, 1}});
      CHECK(run(engine, {{5, 3}}) == std::vector<Values>{{4, 1}, {6, 1}});
      CHECK(run(engine, {{3, 3}}) == std::vector<Values>{{5, 3}, {6, 1}});
      engine.reset();
    }
  }
}

TEST_CASE("Variables and subgraphs that make no sense are refused") {
  StreamBuilder builder;
  const auto value = builder.constant<std::int8_t>({2}, {7, 8});
  SECTION("a handle that nobody made") {
    const auto handle = builder.tensor({}, schema::TensorType_RESOURCE, {}, {}, 0);
    builder.assign(handle, value);
    CHECK(refusal(builder, {}, {value}) ==
          "operator 0 (ASSIGN_VARIABLE): tensor 1 is the handle of no variable");
  }
  SECTION("two sizes") {
    const auto large = builder.activation({3});
    const auto handle = builder.handle("a");
    builder.assign(handle, value);
    builder.read(handle, large);
    CHECK(refusal(builder, {}, {large}) ==
          "operator 2 (READ_VARIABLE): a variable of INT8 and shape 2 is used as INT8 of shape 3");
  }
  SECTION("a subgraph that is not there") {
    builder.call_once(1);
    CHECK(refusal(builder, {}, {value}) ==
          "operator 0 (CALL_ONCE): subgraph 1 does not exist or is the model itself; there are 1");
  }
  SECTION("a call within a call") {
    builder.call_once(1);
    builder.end_subgraph();
    builder.call_once(1);
    const auto output = builder.constant<std::int8_t>({2}, {7, 8});
    CHECK(refusal(builder, {}, {output}) ==
          "subgraph 1: operator 0 (CALL_ONCE): is called in a subgraph");
  }
  SECTION("a call too late") {
    builder.end_subgraph();
    const auto handle = builder.handle("a");
    const auto read = builder.activation({2});
    builder.read(handle, read);
    builder.call_once(1);
    CHECK(refusal(builder, {}, {read}) ==
          "operator 2 (CALL_ONCE): behind operators that use variables");
  }
  SECTION("operators of other subgraphs are looked at too") {
    builder.operation(schema::BuiltinOperator_FLOOR, {value}, {value});
    builder.end_subgraph();
    const auto input = builder.activation({2});
    builder.operation(schema::BuiltinOperator_CEIL, {input}, {input});
    CHECK(refusal(builder, {input}, {input}) ==
          "2 of 2 operators are not supported: CEIL x1, FLOOR x1");
  }
}
