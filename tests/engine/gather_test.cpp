// SPDX-License-Identifier: Apache-2.0
// Operators that choose elements while they run.
#include <string>

#include "engine/rearrangement.hpp"

using namespace engine_test;

TEST_CASE("GATHER and GATHER_ND take constant indices and computed ones") {
  Rearrangement model;
  const auto input = model.tensor({2, 3});
  const auto computed = model.builder.tensor({2, 2}, schema::TensorType_INT32, {}, {}, 0);
  const auto options = schema::CreateGatherOptions(model.builder.flatbuffer(), 1).Union();
  SECTION("GATHER") {
    const auto output = model.tensor({2, 2});
    model.builder.operation(schema::BuiltinOperator_GATHER, {input, model.list({2, 0})}, {output},
                            schema::BuiltinOptions_GatherOptions, options);
    CHECK(run(model.builder, input, output, counted(6)) == Values{2, 0, 5, 3});
  }
  SECTION("GATHER by what an input holds") {
    const auto output = model.tensor({2, 2, 2});
    model.builder.operation(schema::BuiltinOperator_GATHER, {input, computed}, {output},
                            schema::BuiltinOptions_GatherOptions, options);
    CHECK(run(model.builder, {input, computed}, {output}, {counted(6), {2, 0, 100, -100}}) ==
          std::vector<Values>{{2, 0, 2, 0, 5, 3, 5, 3}});
  }
  SECTION("GATHER of nothing that is there") {
    const auto output = model.tensor({2, 2});
    model.builder.operation(schema::BuiltinOperator_GATHER, {input, model.list({2, 3})}, {output},
                            schema::BuiltinOptions_GatherOptions, options);
    CHECK(refusal(model.builder, {input}, {output})
              .starts_with("operator 0 (GATHER): indices[1] = 3"));
  }
  SECTION("GATHER_ND") {
    const auto output = model.tensor({2});
    model.builder.operation(schema::BuiltinOperator_GATHER_ND, {input, computed}, {output});
    CHECK(run(model.builder, {input, computed}, {output}, {counted(6), {1, 0, 0, 2}}) ==
          std::vector<Values>{{3, 2}});
  }
}

TEST_CASE("EMBEDDING_LOOKUP takes rows of a table") {
  Rearrangement model;
  const auto table = model.builder.constant<std::int8_t>({3, 2}, {1, 2, 3, 4, 5, 6}, {0.5f, 3});
  const auto rows = model.builder.tensor({4}, schema::TensorType_INT32, {}, {}, 0);
  const auto output = model.tensor({4, 2});
  model.builder.operation(schema::BuiltinOperator_EMBEDDING_LOOKUP, {rows, table}, {output});
  CHECK(run(model.builder, rows, output, {2, 0, 0, 1}) == Values{5, 6, 1, 2, 1, 2, 3, 4});
}

TEST_CASE("SELECT_V2 broadcasts, SELECT chooses slices") {
  Rearrangement model;
  model.type = GENERATE(schema::TensorType_INT8, schema::TensorType_INT16, schema::TensorType_INT32,
                        schema::TensorType_INT64);
  const auto condition = model.builder.tensor({2}, schema::TensorType_BOOL, {}, {}, 0);
  const auto a = model.tensor({2, 2}), b = model.tensor({1, 2}), output = model.tensor({2, 2});
  SECTION("SELECT_V2") {
    model.builder.operation(schema::BuiltinOperator_SELECT_V2, {condition, a, b}, {output});
    CHECK(run(model.builder, {condition, a, b}, {output}, {{0, 1}, {1, 2, 3, 4}, {5, 6}}) ==
          std::vector<Values>{{5, 2, 5, 4}});
  }
  SECTION("SELECT") {
    model.builder.operation(schema::BuiltinOperator_SELECT, {condition, a, a}, {output});
    const auto other = model.tensor({2, 2});
    model.builder.operation(schema::BuiltinOperator_SELECT, {condition, output, a}, {other});
    CHECK(run(model.builder, {condition, a}, {output, other}, {{0, 1}, {1, 2, 3, 4}})[0] ==
          Values{1, 2, 3, 4});
  }
  SECTION("SELECT of rows") {
    const auto c = model.tensor({2, 2});
    model.builder.operation(schema::BuiltinOperator_SELECT, {condition, a, c}, {output});
    CHECK(run(model.builder, {condition, a, c}, {output}, {{0, 1}, {1, 2, 3, 4}, {5, 6, 7, 8}}) ==
          std::vector<Values>{{5, 6, 3, 4}});
  }
  SECTION("other quantizations") {
    const auto other = model.builder.activation({2, 2}, {0.25f, 0}, model.type);
    model.builder.operation(schema::BuiltinOperator_SELECT_V2, {condition, a, other}, {output});
    CHECK(refusal(model.builder, {condition, a, other}, {output}) ==
          "operator 0 (SELECT_V2): inputs are quantized differently");
  }
  SECTION("shapes that do not fit") {
    const auto wide = model.tensor({2, 3});
    model.builder.operation(schema::BuiltinOperator_SELECT_V2, {condition, a, wide}, {output});
    CHECK(refusal(model.builder, {condition, a, wide}, {output})
              .starts_with("operator 0 (SELECT_V2): input2.shape.extent[1] = 3"));
  }
}

TEST_CASE("DYNAMIC_UPDATE_SLICE writes where an input says") {
  Rearrangement model;
  const auto input = model.tensor({2, 3}), update = model.tensor({1, 2});
  const auto output = model.tensor({2, 3});
  SECTION("of as many dimensions") {
    const auto begin = model.builder.tensor({2}, schema::TensorType_INT32, {}, {}, 0);
    model.builder.operation(schema::BuiltinOperator_DYNAMIC_UPDATE_SLICE, {input, update, begin},
                            {output});
    CHECK(run(model.builder, {input, update, begin}, {output}, {counted(6), {8, 9}, {1, 7}}) ==
          std::vector<Values>{{0, 1, 2, 3, 8, 9}});
  }
  SECTION("of others") {
    const auto begin = model.list({1});
    model.builder.operation(schema::BuiltinOperator_DYNAMIC_UPDATE_SLICE, {input, update, begin},
                            {output});
    CHECK(refusal(model.builder, {input, update}, {output}) ==
          "operator 0 (DYNAMIC_UPDATE_SLICE): input 2 does not have one number for each dimension "
          "of 2x3");
  }
}
