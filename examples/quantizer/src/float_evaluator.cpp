// SPDX-License-Identifier: Apache-2.0
#include "octet_quantizer/float_evaluator.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "octet_engine/engine.hpp"
#include "octet_engine/model.hpp"
#include "octet_quantizer/integer_network.hpp"
#include "operators.hpp"

namespace octet_quantizer {

namespace {

std::span<const std::byte> constant_of(const Network& network, const Tensor& tensor) {
  return std::as_bytes(std::span(network.buffers[tensor.buffer]->data));
}

std::size_t element_bytes(schema::TensorType type) {
  return octet_engine::element_bytes(static_cast<octet_engine::TensorType>(type));
}

// The network of one operator alone, whose reals are integers of the same bits.
Network network_of_one(const Network& network, const Operation& operation) {
  Network one;
  one.version = 3;
  one.buffers.push_back(std::make_unique<schema::BufferT>());
  one.subgraphs.push_back(std::make_unique<Graph>());
  Graph& graph = graph_of(one);
  const auto add = [&](std::int32_t index) {
    if (index == kAbsent) return kAbsent;
    const Tensor& tensor = tensor_of(network, index);
    const auto type =
        tensor.type == schema::TensorType_FLOAT32 ? schema::TensorType_INT32 : tensor.type;
    const std::int32_t added = add_tensor(one, tensor.name, tensor.shape, type);
    if (is_constant(network, index)) set_bytes(one, added, constant_of(network, tensor));
    return added;
  };
  auto moved = std::make_unique<Operation>(operation);
  for (std::int32_t& input : moved->inputs) {
    input = add(input);
    if (input != kAbsent && !is_constant(one, input)) graph.inputs.push_back(input);
  }
  for (std::int32_t& output : moved->outputs) output = add(output);
  graph.outputs = moved->outputs;
  moved->opcode_index = opcode_index(one, code_of(network, operation));
  graph.operators.push_back(std::move(moved));
  return one;
}

}  // namespace

struct FloatEvaluator::Mover {
  explicit Mover(octet_engine::Model parsed) : model(std::move(parsed)) {}

  octet_engine::Model model;
  std::unique_ptr<octet_engine::Engine> engine;
};

FloatEvaluator::FloatEvaluator(const Network& network) : network_(&network) {}
FloatEvaluator::FloatEvaluator(FloatEvaluator&&) noexcept = default;
FloatEvaluator& FloatEvaluator::operator=(FloatEvaluator&&) noexcept = default;
FloatEvaluator::~FloatEvaluator() = default;

Expected<FloatEvaluator> FloatEvaluator::create(const Network& network) {
  if (auto error = check_network(network)) return *error;
  FloatEvaluator evaluator(network);
  for (const auto& tensor : graph_of(network).tensors) {
    const bool has_values = !constant_of(network, *tensor).empty();
    const auto elements = static_cast<std::size_t>(shape_of(*tensor).size());
    evaluator.memory_.emplace_back(has_values ? 0 : elements * element_bytes(tensor->type));
  }
  const auto& operators = graph_of(network).operators;
  evaluator.movers_.resize(operators.size());
  for (std::size_t i = 0; i < operators.size(); ++i) {
    if (find_operator(code_of(network, *operators[i]))->evaluate != nullptr) continue;
    auto model = octet_engine::Model::parse(to_bytes(network_of_one(network, *operators[i])));
    if (!model) return invalid(label(network, i) + ": " + model.error().message);
    auto mover = std::make_unique<Mover>(std::move(*model));
    auto engine = octet_engine::Engine::create(mover->model);
    if (!engine) return invalid(label(network, i) + ": " + engine.error().message);
    mover->engine = std::make_unique<octet_engine::Engine>(std::move(*engine));
    evaluator.movers_[i] = std::move(mover);
  }
  return evaluator;
}

std::span<const std::byte> FloatEvaluator::bytes_of(std::int32_t tensor) const {
  const auto& memory = memory_[static_cast<std::size_t>(tensor)];
  return memory.empty() ? constant_of(*network_, tensor_of(*network_, tensor)) : memory;
}

std::span<const float> FloatEvaluator::values(std::int32_t tensor) const {
  const std::span<const std::byte> bytes = bytes_of(tensor);
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

void FloatEvaluator::evaluate(std::size_t index) {
  const Operation& operation = *graph_of(*network_).operators[index];
  if (const auto& mover = movers_[index]) {
    std::size_t input = 0;
    for (const std::int32_t tensor : operation.inputs) {
      if (tensor == kAbsent || is_constant(*network_, tensor)) continue;
      std::ranges::copy(bytes_of(tensor), mover->engine->input(input++).begin());
    }
    mover->engine->run();
    for (std::size_t i = 0; i < operation.outputs.size(); ++i) {
      std::ranges::copy(mover->engine->output(i),
                        memory_[static_cast<std::size_t>(operation.outputs[i])].begin());
    }
    return;
  }
  FloatNode node{*network_, operation, {}, {}};
  for (const std::int32_t tensor : operation.inputs) {
    node.inputs.push_back(tensor == kAbsent ? std::span<const std::byte>() : bytes_of(tensor));
  }
  for (const std::int32_t tensor : operation.outputs) {
    node.outputs.emplace_back(memory_[static_cast<std::size_t>(tensor)]);
  }
  find_operator(code_of(*network_, operation))->evaluate(node);
}

void FloatEvaluator::run(const Sample& sample, const Callback& each) {
  const Graph& graph = graph_of(*network_);
  const auto report = [&](std::int32_t tensor) {
    if (each && tensor_of(*network_, tensor).type == schema::TensorType_FLOAT32) {
      each(tensor, values(tensor));
    }
  };
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    std::ranges::copy(std::as_bytes(std::span(sample[i])),
                      memory_[static_cast<std::size_t>(graph.inputs[i])].begin());
    report(graph.inputs[i]);
  }
  for (std::size_t i = 0; i < graph.operators.size(); ++i) {
    evaluate(i);
    for (const std::int32_t output : graph.operators[i]->outputs) report(output);
  }
}

}  // namespace octet_quantizer
