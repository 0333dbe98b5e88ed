// SPDX-License-Identifier: Apache-2.0
// Real numbers at the edges of a model.
#include <bit>
#include <string>

#include "engine/run.hpp"

using namespace engine_test;

namespace {

Values bits_of(const std::vector<float>& reals) {
  Values bits;
  for (const float real : reals) bits.push_back(std::bit_cast<std::int32_t>(real));
  return bits;
}

// A model that adds 1 to its real input; the index of each of its tensors.
struct AddOne {
  explicit AddOne(schema::TensorType type = schema::TensorType_INT8)
      : input(real()),
        quantized(builder.activation({3}, {0.5f, 2}, type)),
        sum(builder.activation({3}, {0.25f, 8}, type)),
        output(real()) {
    builder.operation(schema::BuiltinOperator_QUANTIZE, {input}, {quantized});
    builder.operation(schema::BuiltinOperator_QUANTIZE, {quantized}, {sum});
    builder.operation(schema::BuiltinOperator_DEQUANTIZE, {sum}, {output});
  }

  std::int32_t real() { return builder.tensor({3}, schema::TensorType_FLOAT32, {}, {}, 0); }

  ModelBuilder builder;
  std::int32_t input, quantized, sum, output;
};

}  // namespace

TEST_CASE("Real inputs are quantized, real outputs dequantized") {
  const auto type =
      GENERATE(schema::TensorType_INT8, schema::TensorType_UINT8, schema::TensorType_INT16);
  AddOne model(type);
  const auto reals = bits_of({0.25f, 2.74f, 0.0f});
  CHECK(run(model.builder, model.input, model.output, reals) == bits_of({0.5f, 2.5f, 0.0f}));
}

TEST_CASE("An engine may start behind QUANTIZE and stop before DEQUANTIZE") {
  AddOne built;
  const auto model = engine_test::parse(built.builder, {built.input}, {built.output});
  auto engine = engine_test::create(model, {.integer_edges = true});
  CHECK(&engine.input_tensor(0) == &model.tensor(built.quantized));
  CHECK(&engine.output_tensor(0) == &model.tensor(built.sum));
  CHECK(values_of(engine.input_tensor(0), engine.input(0)) == Values{2, 2, 2});
  set_values(engine.input_tensor(0), engine.input(0), {3, 4, 1});
  engine.run();
  CHECK(values_of(engine.output_tensor(0), engine.output(0)) == Values{10, 12, 6});
  CHECK(engine.operations()[0].backend == "left out");
  CHECK(engine.memory().tensors == 6);
}

TEST_CASE("Edges stay where somebody else reads the real numbers") {
  AddOne built;
  const auto other = built.builder.activation({3}, {1, 0});
  built.builder.operation(schema::BuiltinOperator_QUANTIZE, {built.input}, {other});
  const auto again = built.builder.activation({3}, {1, 0});
  built.builder.operation(schema::BuiltinOperator_QUANTIZE, {built.output}, {again});
  const auto model = engine_test::parse(built.builder, {built.input}, {built.output, again, other});
  auto engine = engine_test::create(model, {.integer_edges = true});
  CHECK(&engine.input_tensor(0) == &model.tensor(built.input));
  CHECK(&engine.output_tensor(0) == &model.tensor(built.output));
  CHECK(engine.output_tensor(2).type == octet_engine::TensorType::int8);
}

TEST_CASE("Real numbers are legal at the edges alone") {
  ModelBuilder builder;
  const auto input = builder.tensor({3}, schema::TensorType_FLOAT32, {}, {}, 0);
  SECTION("not between operators") {
    const auto output = builder.tensor({3}, schema::TensorType_FLOAT32, {}, {}, 0);
    builder.operation(schema::BuiltinOperator_RESHAPE, {input}, {output});
    CHECK(refusal(builder, {input}, {output})
              .starts_with("1 of 1 operators are not supported: "
                           "RESHAPE of FLOAT32 x1; the engine"));
  }
  SECTION("and not as 32-bit integers") {
    const auto output = builder.activation({3}, {1, 0}, schema::TensorType_INT32);
    builder.operation(schema::BuiltinOperator_QUANTIZE, {input}, {output});
    CHECK(refusal(builder, {input}, {output}) ==
          "operator 0 (QUANTIZE): FLOAT32 becomes INT8, INT16 or UINT8, not INT32");
  }
}
