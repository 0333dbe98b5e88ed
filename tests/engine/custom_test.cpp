// SPDX-License-Identifier: Apache-2.0
// Operators that the program brings along.
#include <algorithm>
#include <memory>
#include <string>

#include "engine/run.hpp"

using namespace engine_test;

namespace {

using octet_engine::CustomMemory;
using octet_engine::CustomNode;
using octet_engine::CustomOperation;
using octet_engine::CustomOperator;

// The largest value seen since the last reset, less what the options say, for each element.
class Peak final : public CustomOperation {
 public:
  Peak(std::size_t elements, int drop) : peaks_(elements, -128), drop_(drop) {}

  std::size_t scratch_bytes() const override { return peaks_.size(); }
  void run(const CustomMemory& memory) override {
    for (std::size_t i = 0; i < peaks_.size(); ++i) {
      peaks_[i] = std::max(peaks_[i], static_cast<std::int8_t>(memory.inputs[0][i]));
      memory.scratch[i] = memory.inputs[0][i];
      memory.outputs[0][i] = static_cast<std::byte>(peaks_[i] - drop_);
    }
  }
  void reset() override { peaks_.assign(peaks_.size(), -128); }

 private:
  std::vector<std::int8_t> peaks_;
  int drop_;
};

octet_engine::Expected<std::unique_ptr<CustomOperation>> prepare_peak(const CustomNode& node) {
  if (node.inputs.size() != 1 || node.options.size() != 1) {
    return octet_engine::invalid("takes one input and one byte of options");
  }
  return std::unique_ptr<CustomOperation>(
      std::make_unique<Peak>(node.inputs[0]->bytes(), std::to_integer<int>(node.options[0])));
}

const CustomOperator kCustom[] = {{"Peak", prepare_peak}};

}  // namespace

TEST_CASE("Custom operators of the program run among the others") {
  ModelBuilder builder;
  const auto input = builder.activation({2}), peak = builder.activation({2});
  const auto output = builder.activation({2}, {1, 10});
  builder.custom("Peak", {input}, {peak}, {3});
  builder.operation(schema::BuiltinOperator_QUANTIZE, {peak}, {output});
  const auto model = engine_test::parse(builder, {input}, {output});
  auto engine = engine_test::create(model, {.custom_operators = kCustom});
  CHECK(engine.operations()[0].name == "CUSTOM Peak");
  CHECK(run(engine, {{1, 5}}) == std::vector<Values>{{8, 12}});
  CHECK(run(engine, {{2, 4}}) == std::vector<Values>{{9, 12}});
  engine.reset();
  CHECK(run(engine, {{0, 0}}) == std::vector<Values>{{7, 7}});
}

TEST_CASE("Custom operators are refused by name, or in their own words") {
  ModelBuilder builder;
  const auto input = builder.activation({2}), output = builder.activation({2});
  builder.custom("Peak", {input}, {output}, {});
  const auto model = engine_test::parse(builder, {input}, {output});
  const auto message = [&](const octet_engine::EngineOptions& options) {
    const auto engine = octet_engine::Engine::create(model, options);
    return engine ? "" : engine.error().message;
  };
  CHECK(message({}) == "1 of 1 operators are not supported: CUSTOM Peak x1");
  CHECK(message({.custom_operators = kCustom}) ==
        "operator 0 (CUSTOM Peak): takes one input and one byte of options");
}
