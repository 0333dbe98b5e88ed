// SPDX-License-Identifier: Apache-2.0
#include "subgraphs.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace octet_engine {

namespace {

// Runs an engine on other memory.
template <class Inputs>
void call(Engine& engine, const Inputs& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::ranges::copy(inputs[i], engine.input(i).begin());
  }
  engine.run();
}

void take_outputs(const Engine& engine, std::span<const std::span<std::byte>> outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    std::ranges::copy(engine.output(i), outputs[i].begin());
  }
}

class Call : public Operation {
 public:
  explicit Call(std::vector<Engine> engines)
      : engines_(std::make_unique<std::vector<Engine>>(std::move(engines))) {}

  octet::Status bind(const Bindings& bindings) override {
    bindings_ = bindings;
    return {};
  }
  void reset() override {
    for (Engine& engine : *engines_) engine.reset();
  }

 protected:
  Engine& engine(std::size_t i) const { return (*engines_)[i]; }

  Bindings bindings_;

 private:
  std::unique_ptr<std::vector<Engine>> engines_;
};

// One of two graphs, as the first input says.
class If final : public Call {
 public:
  using Call::Call;

  void run() const override {
    Engine& callee = engine(bindings_.inputs[0][0] != std::byte{0} ? 0 : 1);
    call(callee, std::span(bindings_.inputs).subspan(1));
    take_outputs(callee, bindings_.outputs);
  }
};

// As long as the first graph gives true, the second one makes new values of those that there are.
class While final : public Call {
 public:
  using Call::Call;

  void run() const override {
    // By way of memory that is neither: variables may be inputs and outputs.
    for (std::size_t i = 0; i < bindings_.inputs.size(); ++i) {
      std::ranges::copy(bindings_.inputs[i], engine(1).input(i).begin());
    }
    for (std::size_t i = 0; i < bindings_.outputs.size(); ++i) {
      std::ranges::copy(engine(1).input(i), bindings_.outputs[i].begin());
    }
    while (true) {
      call(engine(0), bindings_.outputs);
      if (engine(0).output(0)[0] == std::byte{0}) return;
      call(engine(1), bindings_.outputs);
      take_outputs(engine(1), bindings_.outputs);
    }
  }
};

bool same_memory(const Tensor& a, const Tensor& b) {
  return a.type == b.type && a.bytes() == b.bytes();
}

// Tensors of a graph that stand for those of the operator from `first` on.
std::optional<Error> check_passed(const Node& node, const Graph& graph, std::size_t callee,
                                  std::span<const std::int32_t> of_graph,
                                  std::span<const Tensor* const> of_node, const char* what) {
  const std::string name = "subgraph " + std::to_string(callee);
  if (of_graph.size() != of_node.size()) {
    return node.invalid(name + " has " + std::to_string(of_graph.size()) + " " + what +
                        " instead of " + std::to_string(of_node.size()));
  }
  for (std::size_t i = 0; i < of_node.size(); ++i) {
    const Tensor& inner = graph.tensor(of_graph[i]);
    if (same_memory(inner, *of_node[i])) continue;
    return node.invalid(name + " has " + to_string(inner.type) + " of shape " +
                        to_string(inner.shape) + " among its " + what + " for " +
                        to_string(of_node[i]->type) + " of shape " + to_string(of_node[i]->shape));
  }
  return std::nullopt;
}

}  // namespace

bool calls_subgraphs(const Operator& operation) {
  return operation.code == schema::BuiltinOperator_IF ||
         operation.code == schema::BuiltinOperator_WHILE;
}

Expected<std::size_t> find_callee(const Node& node, const Model& model, std::int32_t index) {
  if (index > 0 && static_cast<std::size_t>(index) < model.graphs().size()) {
    return static_cast<std::size_t>(index);
  }
  return node.invalid("subgraph " + std::to_string(index) +
                      " does not exist or is the model itself; there are " +
                      std::to_string(model.graphs().size()));
}

Expected<std::array<std::size_t, 2>> find_callees(const Node& node, const Model& model) {
  const bool is_while = node.operation().code == schema::BuiltinOperator_WHILE;
  std::int32_t indices[2];
  if (is_while) {
    const auto& options = *node.options<schema::WhileOptions>();
    indices[0] = options.cond_subgraph_index();
    indices[1] = options.body_subgraph_index();
  } else {
    const auto& options = *node.options<schema::IfOptions>();
    indices[0] = options.then_subgraph_index();
    indices[1] = options.else_subgraph_index();
  }
  for (std::size_t i = 0; i < node.inputs(); ++i) {
    if (!node.has_input(i)) return node.invalid("input " + std::to_string(i) + " is missing");
  }
  std::vector<const Tensor*> inputs, outputs;
  for (std::size_t i = is_while ? 0 : 1; i < node.inputs(); ++i) inputs.push_back(&node.input(i));
  for (std::size_t i = 0; i < node.outputs(); ++i) outputs.push_back(&node.output(i));
  if (is_while && !std::ranges::equal(inputs, outputs, [](const Tensor* a, const Tensor* b) {
        return same_memory(*a, *b);
      })) {
    return node.invalid("its inputs and outputs are not alike");
  }
  if (!is_while && node.input(0).shape.size() != 1) {
    return node.invalid("the condition has shape " + to_string(node.input(0).shape));
  }
  const Tensor condition{.type = TensorType::boolean};
  const std::vector<const Tensor*> one = {&condition};
  std::array<std::size_t, 2> callees{};
  for (std::size_t k = 0; k < 2; ++k) {
    const auto callee = find_callee(node, model, indices[k]);
    if (!callee) return callee.error();
    const Graph& graph = model.graphs()[*callee];
    const bool is_condition = is_while && k == 0;
    if (auto error = check_passed(node, graph, *callee, graph.inputs, inputs, "inputs")) {
      return *error;
    }
    if (auto error = check_passed(node, graph, *callee, graph.outputs, is_condition ? one : outputs,
                                  "outputs")) {
      return *error;
    }
    callees[k] = *callee;
  }
  return callees;
}

std::unique_ptr<Operation> make_call(const Node& node, std::vector<Engine> engines) {
  if (node.operation().code == schema::BuiltinOperator_WHILE) {
    return std::make_unique<While>(std::move(engines));
  }
  return std::make_unique<If>(std::move(engines));
}

}  // namespace octet_engine
