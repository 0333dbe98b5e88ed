// SPDX-License-Identifier: Apache-2.0
// Operators that resize, reduce, add up and normalize.
#include "engine/run.hpp"

using namespace engine_test;

TEST_CASE("RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR take the size from a constant") {
  ModelBuilder builder;
  const auto input = builder.activation({1, 1, 2, 1}, {0.5f, 3});
  const auto size = builder.constant<std::int32_t>({2}, {1, 4});
  const auto output = builder.activation({1, 1, 4, 1}, {0.5f, 3});
  SECTION("bilinear") {
    builder.operation(schema::BuiltinOperator_RESIZE_BILINEAR, {input, size}, {output});
    CHECK(run(builder, input, output, {0, 10}) == Values{0, 5, 10, 10});
  }
  SECTION("bilinear with half-pixel centers") {
    const auto options = schema::CreateResizeBilinearOptions(builder.flatbuffer(), false, true);
    builder.operation(schema::BuiltinOperator_RESIZE_BILINEAR, {input, size}, {output},
                      schema::BuiltinOptions_ResizeBilinearOptions, options.Union());
    CHECK(run(builder, input, output, {0, 8}) == Values{0, 2, 6, 8});
  }
  SECTION("nearest neighbor") {
    builder.operation(schema::BuiltinOperator_RESIZE_NEAREST_NEIGHBOR, {input, size}, {output});
    CHECK(run(builder, input, output, {0, 10}) == Values{0, 0, 10, 10});
  }
  SECTION("another shape") {
    const auto other = builder.activation({1, 2, 2, 1}, {0.5f, 3});
    builder.operation(schema::BuiltinOperator_RESIZE_NEAREST_NEIGHBOR, {input, size}, {other});
    CHECK(refusal(builder, {input}, {other})
              .ends_with("the output has shape 1x2x2x1 instead of 1x1x4x1"));
  }
}

TEST_CASE("SUM rescales, REDUCE_MAX and REDUCE_MIN do not") {
  ModelBuilder builder;
  const auto input = builder.activation({2, 3}, {0.5f, 1});
  const auto axes = builder.constant<std::int32_t>({1}, {-1});
  const auto sum = builder.activation({2}, {1, 0});
  const auto max = builder.activation({2, 1}, {0.5f, 1});
  const auto min = builder.activation({2}, {0.5f, 1});
  builder.operation(schema::BuiltinOperator_SUM, {input, axes}, {sum});
  builder.operation(schema::BuiltinOperator_REDUCE_MAX, {input, axes}, {max});
  builder.operation(schema::BuiltinOperator_REDUCE_MIN, {input, axes}, {min});
  CHECK(run(builder, {input}, {sum, max, min}, {{1, 2, 6, -1, -2, -6}}) ==
        std::vector<Values>{{3, -6}, {6, -1}, {1, -6}});
}

TEST_CASE("ARG_MAX, ARG_MIN and CUMSUM take one axis") {
  ModelBuilder builder;
  const auto input = builder.activation({2, 3}, {0.5f, 0});
  const auto axis = builder.constant<std::int32_t>({}, {1});
  const auto places = builder.tensor({2}, schema::TensorType_INT32, {}, {}, 0);
  const auto sums = builder.activation({2, 3}, {0.5f, 0});
  SECTION("ARG_MAX") {
    builder.operation(schema::BuiltinOperator_ARG_MAX, {input, axis}, {places});
    CHECK(run(builder, input, places, {1, 6, 6, -1, -2, -6}) == Values{1, 0});
  }
  SECTION("ARG_MIN") {
    builder.operation(schema::BuiltinOperator_ARG_MIN, {input, axis}, {places});
    CHECK(run(builder, input, places, {1, 6, 6, -1, -2, -6}) == Values{0, 2});
  }
  SECTION("CUMSUM") {
    const auto options = schema::CreateCumsumOptions(builder.flatbuffer(), true, false);
    builder.operation(schema::BuiltinOperator_CUMSUM, {input, axis}, {sums},
                      schema::BuiltinOptions_CumsumOptions, options.Union());
    CHECK(run(builder, input, sums, {1, 6, 6, -1, -2, -6}) == Values{0, 1, 7, 0, -1, -3});
  }
}

TEST_CASE("SOFTMAX takes 16-bit activations, LOG_SOFTMAX and L2_NORMALIZATION bytes") {
  ModelBuilder builder;
  const auto bytes = builder.activation({1, 2}, {0.5f, 0});
  SECTION("SOFTMAX") {
    constexpr auto kInt16 = schema::TensorType_INT16;
    const auto input = builder.activation({1, 2}, {0.001f, 0}, kInt16);
    const auto output = builder.activation({1, 2}, {1.0f / 32768, 0}, kInt16);
    const auto options = schema::CreateSoftmaxOptions(builder.flatbuffer(), 1.0f);
    builder.operation(schema::BuiltinOperator_SOFTMAX, {input}, {output},
                      schema::BuiltinOptions_SoftmaxOptions, options.Union());
    CHECK(run(builder, input, output, {5, 5}) == Values{16384, 16384});
  }
  SECTION("LOG_SOFTMAX") {
    const auto output = builder.activation({1, 2}, {1.0f / 16, 127});
    builder.operation(schema::BuiltinOperator_LOG_SOFTMAX, {bytes}, {output});
    // log(1/2) is -11 steps of 1/16.
    CHECK(run(builder, bytes, output, {5, 5}) == Values{116, 116});
  }
  SECTION("L2_NORMALIZATION") {
    const auto output = builder.activation({1, 2}, {1.0f / 128, 0});
    builder.operation(schema::BuiltinOperator_L2_NORMALIZATION, {bytes}, {output});
    CHECK(run(builder, bytes, output, {3, -4}) == Values{77, -102});
  }
}
