// SPDX-License-Identifier: Apache-2.0
#include "octet_engine/engine.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "engine_builder.hpp"
#include "operators.hpp"
#include "variables.hpp"

namespace octet_engine {

namespace {

std::optional<Error> refuse_unsupported(const Model& model,
                                        std::span<const CustomOperator> custom_operators) {
  const std::vector<UnsupportedOperator> unsupported =
      unsupported_operators(model, custom_operators);
  if (unsupported.empty()) return std::nullopt;
  std::size_t count = 0, operators = 0;
  std::string list;
  bool is_float = false;
  for (const Graph& graph : model.graphs()) operators += graph.operators.size();
  for (const UnsupportedOperator& entry : unsupported) {
    count += entry.count;
    list += (list.empty() ? "" : ", ") + entry.name + " x" + std::to_string(entry.count);
    is_float = is_float || entry.name.ends_with("FLOAT32");
  }
  return Error{
      ErrorCode::unsupported,
      std::to_string(count) + " of " + std::to_string(operators) +
          " operators are not supported: " + list +
          (is_float ? "; the engine computes on integers: FLOAT32 has to be quantized" : "")};
}

}  // namespace

std::vector<std::string> refusals(const Model& model, const EngineOptions& options) {
  std::vector<std::string> all;
  auto variables = NamedVariables::find(model);
  if (!variables) return {variables.error().message};
  for (std::size_t i = 0; i < model.graphs().size(); ++i) {
    EngineBuilder(model, i, *variables, options).add_refusals(all);
  }
  if (!all.empty() || !unsupported_operators(model, options.custom_operators).empty()) return all;
  const auto engine = Engine::create(model, options);
  if (!engine) all.push_back(engine.error().message);
  return all;
}

Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

Expected<Engine> Engine::create(const Model& model, const EngineOptions& options) {
  return unless_out_of_memory("this model", [&]() -> Expected<Engine> {
    if (std::optional<Error> error = refuse_unsupported(model, options.custom_operators))
      return *error;
    auto variables = NamedVariables::find(model);
    if (!variables) return variables.error();
    return EngineBuilder(model, 0, *variables, options).build();
  });
}

std::span<std::byte> Engine::input(std::size_t i) { return inputs_[i]; }

std::span<const std::byte> Engine::output(std::size_t i) const {
  return tensor(output_tensors_[i]);
}

std::span<const std::byte> Engine::tensor(std::int32_t index) const {
  return tensors_[static_cast<std::size_t>(index)];
}

void Engine::reset() {
  for (const Variable& variable : variables_) {
    std::ranges::copy(variable.fresh, variable.memory.begin());
  }
  for (const std::unique_ptr<Operation>& operation : operations_) operation->reset();
}

void Engine::run() {
  for (const std::unique_ptr<Operation>& operation : operations_) operation->run();
}

void Engine::run(const std::function<void(std::size_t)>& after) {
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    operations_[i]->run();
    after(i);
  }
}

void Engine::run_timed(std::span<std::int64_t> nanoseconds) {
  using Clock = std::chrono::steady_clock;
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    const Clock::time_point start = Clock::now();
    operations_[i]->run();
    nanoseconds[i] = std::chrono::nanoseconds(Clock::now() - start).count();
  }
}

}  // namespace octet_engine
