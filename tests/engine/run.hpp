// SPDX-License-Identifier: Apache-2.0
// Runs the small models that ModelBuilder makes, with elements as plain numbers.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "engine/model_builder.hpp"
#include "engine/support.hpp"

namespace engine_test {

namespace schema = octet_engine::schema;

using Values = std::vector<std::int64_t>;

// The elements of an integer tensor; the machine is little-endian, as files are.
inline Values values_of(const octet_engine::Tensor& tensor, std::span<const std::byte> memory) {
  const std::size_t bytes = octet_engine::element_bytes(tensor.type);
  const int unused_bits = static_cast<int>(64 - 8 * bytes);
  Values values(memory.size() / bytes);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::memcpy(&values[i], memory.data() + i * bytes, bytes);
    if (tensor.type != octet_engine::TensorType::uint8) {
      values[i] = (values[i] << unused_bits) >> unused_bits;
    }
  }
  return values;
}

inline void set_values(const octet_engine::Tensor& tensor, std::span<std::byte> memory,
                       const Values& values) {
  const std::size_t bytes = octet_engine::element_bytes(tensor.type);
  REQUIRE(memory.size() == values.size() * bytes);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::memcpy(memory.data() + i * bytes, &values[i], bytes);
  }
}

inline octet_engine::Model parse(ModelBuilder& builder, const std::vector<std::int32_t>& inputs,
                                 const std::vector<std::int32_t>& outputs) {
  auto model = octet_engine::Model::parse(builder.finish(inputs, outputs));
  if (!model) FAIL(model.error().message);
  return std::move(*model);
}

// All outputs of an engine for these inputs.
inline std::vector<Values> run(octet_engine::Engine& engine, const std::vector<Values>& inputs) {
  const octet_engine::Model& model = engine.model();
  REQUIRE(inputs.size() == model.inputs().size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    set_values(model.tensor(model.inputs()[i]), engine.input(i), inputs[i]);
  }
  engine.run();
  std::vector<Values> outputs;
  for (std::size_t i = 0; i < model.outputs().size(); ++i) {
    outputs.push_back(values_of(model.tensor(model.outputs()[i]), engine.output(i)));
  }
  return outputs;
}

// The outputs of a model, which must be the same on every backend.
inline std::vector<Values> run(ModelBuilder& builder, const std::vector<std::int32_t>& inputs,
                               const std::vector<std::int32_t>& outputs,
                               const std::vector<Values>& values,
                               octet::Rounding rounding = octet::Rounding::tflite) {
  const octet_engine::Model model = parse(builder, inputs, outputs);
  std::vector<Values> result;
  for (const octet::Backend* backend : backends()) {
    CAPTURE(backend->name);
    octet_engine::Engine engine = create(model, {.backend = *backend, .rounding = rounding});
    const std::vector<Values> now = run(engine, values);
    if (result.empty()) result = now;
    CHECK(now == result);
  }
  return result;
}

// The same for one input and one output.
inline Values run(ModelBuilder& builder, std::int32_t input, std::int32_t output,
                  const Values& values, octet::Rounding rounding = octet::Rounding::tflite) {
  return run(builder, {input}, {output}, std::vector<Values>{values}, rounding)[0];
}

// Why a model is refused: by the reader or by the engine. Empty where it is not.
inline std::string refusal(ModelBuilder& builder, const std::vector<std::int32_t>& inputs,
                           const std::vector<std::int32_t>& outputs) {
  const auto model = octet_engine::Model::parse(builder.finish(inputs, outputs));
  if (!model) return model.error().message;
  const auto engine = octet_engine::Engine::create(*model);
  return engine ? "" : engine.error().message;
}

}  // namespace engine_test
