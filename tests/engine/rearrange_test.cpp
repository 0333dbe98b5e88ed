// SPDX-License-Identifier: Apache-2.0
// Operators that put elements at other places.
#include <string>
#include <utility>

#include "engine/rearrangement.hpp"

using namespace engine_test;

TEST_CASE("TRANSPOSE, REVERSE_V2, TILE and BROADCAST_TO move elements of any type") {
  Rearrangement model;
  model.type = GENERATE(schema::TensorType_INT8, schema::TensorType_UINT8, schema::TensorType_INT16,
                        schema::TensorType_INT32, schema::TensorType_INT64);
  const auto input = model.tensor({2, 3});
  const auto moved = [&](schema::BuiltinOperator code, const List& numbers, const List& shape) {
    const auto output = model.tensor(shape);
    model.builder.operation(code, {input, model.list(numbers)}, {output});
    return run(model.builder, input, output, counted(6));
  };
  SECTION("TRANSPOSE") {
    CHECK(moved(schema::BuiltinOperator_TRANSPOSE, {1, 0}, {3, 2}) == Values{0, 3, 1, 4, 2, 5});
  }
  SECTION("REVERSE_V2") {
    CHECK(moved(schema::BuiltinOperator_REVERSE_V2, {-1}, {2, 3}) == Values{2, 1, 0, 5, 4, 3});
  }
  SECTION("TILE") {
    CHECK(moved(schema::BuiltinOperator_TILE, {1, 2}, {2, 6}) ==
          Values{0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5});
  }
  SECTION("BROADCAST_TO") {
    CHECK(moved(schema::BuiltinOperator_BROADCAST_TO, {2, 2, 3}, {2, 2, 3}) ==
          Values{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5});
  }
}

TEST_CASE("FILL repeats one element") {
  Rearrangement model;
  const auto input = model.tensor({}), output = model.tensor({2, 2});
  model.builder.operation(schema::BuiltinOperator_FILL, {model.list({2, 2}), input}, {output});
  CHECK(run(model.builder, input, output, {-7}) == Values{-7, -7, -7, -7});
}

TEST_CASE("SPACE_TO_DEPTH and DEPTH_TO_SPACE undo each other") {
  Rearrangement model;
  const auto input = model.tensor({1, 2, 4, 1}), deep = model.tensor({1, 1, 2, 4}),
             output = model.tensor({1, 2, 4, 1});
  auto& flatbuffer = model.builder.flatbuffer();
  const auto to_depth = schema::CreateSpaceToDepthOptions(flatbuffer, 2).Union();
  const auto to_space = schema::CreateDepthToSpaceOptions(flatbuffer, 2).Union();
  model.builder.operation(schema::BuiltinOperator_SPACE_TO_DEPTH, {input}, {deep},
                          schema::BuiltinOptions_SpaceToDepthOptions, to_depth);
  model.builder.operation(schema::BuiltinOperator_DEPTH_TO_SPACE, {deep}, {output},
                          schema::BuiltinOptions_DepthToSpaceOptions, to_space);
  CHECK(run(model.builder, {input}, {deep, output}, {counted(8)}) ==
        std::vector<Values>{{0, 1, 4, 5, 2, 3, 6, 7}, counted(8)});
}

TEST_CASE("SPACE_TO_BATCH_ND pads with the zero point, BATCH_TO_SPACE_ND crops") {
  Rearrangement model;
  const auto input = model.tensor({1, 3, 2}), batches = model.tensor({2, 2, 2}),
             output = model.tensor({1, 3, 2});
  const auto block = model.list({2}), around = model.builder.constant<std::int32_t>({1, 2}, {1, 0});
  model.builder.operation(schema::BuiltinOperator_SPACE_TO_BATCH_ND, {input, block, around},
                          {batches});
  model.builder.operation(schema::BuiltinOperator_BATCH_TO_SPACE_ND, {batches, block, around},
                          {output});
  CHECK(run(model.builder, {input}, {batches, output}, {counted(6)}) ==
        std::vector<Values>{{3, 3, 2, 3, 0, 1, 4, 5}, counted(6)});
}

TEST_CASE("MIRROR_PAD reflects and repeats the border") {
  const auto [mode, expected] = GENERATE(table<schema::MirrorPadMode, Values>(
      {{schema::MirrorPadMode_REFLECT, {2, 1, 0, 1, 2, 1}},
       {schema::MirrorPadMode_SYMMETRIC, {1, 0, 0, 1, 2, 2}}}));
  Rearrangement model;
  const auto input = model.tensor({3}), output = model.tensor({6});
  const auto paddings = model.builder.constant<std::int32_t>({1, 2}, {2, 1});
  const auto options = schema::CreateMirrorPadOptions(model.builder.flatbuffer(), mode).Union();
  model.builder.operation(schema::BuiltinOperator_MIRROR_PAD, {input, paddings}, {output},
                          schema::BuiltinOptions_MirrorPadOptions, options);
  CHECK(run(model.builder, input, output, counted(3)) == expected);
}

TEST_CASE("Lists that do not fit the tensor are refused") {
  Rearrangement model;
  const auto input = model.tensor({1, 2, 3}), output = model.tensor({1, 2, 3});
  const auto refused = [&](schema::BuiltinOperator code, std::vector<std::int32_t> inputs) {
    inputs.insert(inputs.begin(), input);
    model.builder.operation(code, inputs, {output});
    return refusal(model.builder, {input}, {output});
  };
  SECTION("too short") {
    CHECK(refused(schema::BuiltinOperator_TRANSPOSE, {model.list({1, 0})}) ==
          "operator 0 (TRANSPOSE): input 1 does not have one number for each dimension of 1x2x3");
  }
  SECTION("too long") {
    CHECK(refused(schema::BuiltinOperator_SPACE_TO_BATCH_ND,
                  {model.list({1, 1, 1}), model.list({0, 0, 0, 0, 0, 0})}) ==
          "operator 0 (SPACE_TO_BATCH_ND): blocks of 3 dimensions with 6 numbers around them, of "
          "1x2x3");
  }
  SECTION("no permutation") {
    CHECK(refused(schema::BuiltinOperator_TRANSPOSE, {model.list({0, 1, 1})})
              .starts_with("operator 0 (TRANSPOSE): perm[2]"));
  }
  SECTION("another shape") {
    CHECK(refused(schema::BuiltinOperator_TRANSPOSE, {model.list({0, 2, 1})}) ==
          "operator 0 (TRANSPOSE): the output has shape 1x2x3 instead of 1x3x2");
  }
}
