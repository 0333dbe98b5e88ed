// SPDX-License-Identifier: Apache-2.0
// From a graph of a model to an engine.
#pragma once

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "octet_engine/arena.hpp"
#include "octet_engine/engine.hpp"
#include "operators.hpp"
#include "subgraphs.hpp"
#include "variables.hpp"

namespace octet_engine {

// Elements that stand for the real number 0; all bits 0 where the tensor is not quantized.
inline void fill_with_zero_points(std::span<std::byte> memory, const Tensor& tensor) {
  const bool is_quantized =
      tensor.quantization.scales.size() == 1 && tensor.type != TensorType::float32;
  const std::int64_t zero_point = is_quantized ? tensor.quantization.zero_point(0) : 0;
  const std::size_t bytes = element_bytes(tensor.type);
  for (std::size_t i = 0; i < memory.size(); ++i) {
    memory[i] = static_cast<std::byte>(zero_point >> (8 * (i % bytes)) & 0xFF);
  }
}

inline bool uses_named_variables(const Operator& operation) {
  return operation.code == schema::BuiltinOperator_READ_VARIABLE ||
         operation.code == schema::BuiltinOperator_ASSIGN_VARIABLE;
}

inline std::size_t index(std::int32_t tensor) { return static_cast<std::size_t>(tensor); }

// Prepares every operation of a graph, gives every tensor its place, binds the operations to it.
// What can be computed from constants alone becomes one, and so do shapes.
class EngineBuilder {
 public:
  // Named variables of graph 0 get memory here; other graphs, which it calls, find it in them.
  EngineBuilder(const Model& model, std::size_t graph, NamedVariables& variables,
                const EngineOptions& options)
      : model_(model),
        graph_index_(graph),
        graph_(model.graphs()[graph]),
        variables_(variables),
        options_(options) {
    engine_.model_ = &model;
  }

  Expected<Engine> build() {
    start();
    if (std::optional<Error> error = prepare_operations()) return *error;
    if (std::optional<Error> error = find_lifetimes()) return *error;
    if (std::optional<Error> error = allocate_tensors()) return *error;
    if (std::optional<Error> error = bind_operations()) return *error;
    if (std::optional<Error> error = run_once()) return *error;
    for (Engine::Variable& variable : engine_.variables_) {
      variable.fresh.assign(variable.memory.begin(), variable.memory.end());
    }
    return std::move(engine_);
  }

  // Adds why operators are refused, each by itself. What follows from a refusal is left out: lists
  // that would have been folded.
  void add_refusals(std::vector<std::string>& refusals) {
    start();
    std::vector<bool> is_unknown(graph_.tensors.size());
    for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
      const Operator& operation = graph_.operators[i];
      const bool follows = std::ranges::any_of(operation.inputs, [&](std::int32_t input) {
        return input != kAbsent && is_unknown[index(input)];
      });
      std::optional<Error> error;
      bool is_refused = !unsupported_name(graph_, operation, options_.custom_operators).empty();
      if (!is_refused) {
        error = prepare_operation(Node(graph_, i, options_), i);
        is_refused = error.has_value();
      }
      const bool is_constant_missing = error && error->message.ends_with("is not a constant");
      if (error && !(follows && is_constant_missing)) {
        refusals.push_back((is_main() ? "" : "subgraph " + std::to_string(graph_index_) + ": ") +
                           error->message);
      }
      for (const std::int32_t output : operation.outputs) {
        is_unknown[index(output)] = !graph_.tensor(output).is_constant() && (is_refused || follows);
      }
    }
  }

 private:
  void start() {
    engine_.input_tensors_.assign(graph_.inputs.begin(), graph_.inputs.end());
    engine_.output_tensors_.assign(graph_.outputs.begin(), graph_.outputs.end());
    is_done_.resize(graph_.operators.size());
    if (options_.integer_edges) leave_out_edges();
    storage_.resize(graph_.tensors.size());
    std::iota(storage_.begin(), storage_.end(), 0);
  }

  bool is_main() const { return graph_index_ == 0; }

  std::vector<std::size_t> readers_of(std::int32_t tensor) const {
    std::vector<std::size_t> readers;
    for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
      if (std::ranges::count(graph_.operators[i].inputs, tensor) != 0) readers.push_back(i);
    }
    return readers;
  }

  // A real input that one QUANTIZE alone reads, a real output that a DEQUANTIZE writes and nobody
  // reads: what is behind or before it takes their place.
  void leave_out_edges() {
    const auto is_edge = [&](std::size_t i, schema::BuiltinOperator code) {
      const Operator& operation = graph_.operators[i];
      return operation.code == code && operation.inputs.size() == 1 &&
             operation.inputs[0] != kAbsent && operation.outputs.size() == 1;
    };
    for (std::int32_t& input : engine_.input_tensors_) {
      const std::vector<std::size_t> readers = readers_of(input);
      if (graph_.tensor(input).type != TensorType::float32 || readers.size() != 1 ||
          !is_edge(readers[0], schema::BuiltinOperator_QUANTIZE) ||
          std::ranges::count(graph_.outputs, input) != 0) {
        continue;
      }
      input = graph_.operators[readers[0]].outputs[0];
      is_done_[readers[0]] = true;
    }
    for (std::int32_t& output : engine_.output_tensors_) {
      if (!readers_of(output).empty()) continue;
      for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
        if (!is_edge(i, schema::BuiltinOperator_DEQUANTIZE)) continue;
        if (graph_.operators[i].outputs[0] != output) continue;
        output = graph_.operators[i].inputs[0];
        is_done_[i] = true;
        break;
      }
    }
  }

  std::optional<Error> prepare_operations() {
    for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
      if (std::optional<Error> error = prepare_operation(Node(graph_, i, options_), i)) {
        return error;
      }
    }
    return std::nullopt;
  }

  std::optional<Error> prepare_operation(const Node& node, std::size_t i) {
    const OperatorType& type = *find_operator(node.operation(), options_.custom_operators);
    if (std::optional<Error> error = check_operands(node, type)) return error;
    PreparedOrError operation = type.prepare(node);
    if (!operation) return operation.error();
    const char* backend = (*operation)->backend();
    if (is_done_[i]) {
      *operation = std::make_unique<Nothing>();
      backend = kLeftOut;
    } else if (is_known(node, **operation)) {
      if (std::optional<Error> error = fold(node, **operation)) return error;
      *operation = std::make_unique<Nothing>();
      backend = "folded";
      is_done_[i] = true;
    } else if (type.in_place && may_share(node.input(0)) && may_share(node.output())) {
      storage_[index(node.operation().outputs[0])] = storage_[index(node.operation().inputs[0])];
    }
    engine_.memory_.packed += (*operation)->packed_bytes;
    if (engine_.memory_.packed > kMaxBytes) {
      return node.unsupported("the weights up to here take more than 2 GB");
    }
    engine_.memory_.scratch =
        std::max(engine_.memory_.scratch, align((*operation)->scratch_bytes()));
    engine_.infos_.push_back({.name = node.operation().name,
                              .shape = describe_shapes(node, type),
                              .backend = backend,
                              .multiply_adds = (*operation)->multiply_adds});
    engine_.operations_.push_back(std::move(*operation));
    return std::nullopt;
  }

  // Whether the outputs are the same in every run.
  static bool is_known(const Node& node, const Operation& operation) {
    if (node.inputs() == 0 || node.outputs() == 0) return false;
    if (node.operation().code == schema::BuiltinOperator_CUSTOM) return false;
    if (calls_subgraphs(node.operation())) return false;
    for (std::size_t i = 0; i < node.inputs(); ++i) {
      if (operation.reads_inputs && node.has_input(i) && !node.input(i).is_constant()) return false;
    }
    for (std::size_t i = 0; i < node.outputs(); ++i) {
      if (!may_share(node.output(i))) return false;
    }
    return true;
  }

  // Runs an operation now, whose outputs are constants from here on.
  std::optional<Error> fold(const Node& node, Operation& operation) {
    auto scratch = allocate(operation.scratch_bytes(), "scratch memory");
    if (!scratch) return node.refused(scratch.error());
    Bindings bindings{.inputs = {}, .outputs = {}, .scratch = scratch->span(), .variables = {}};
    for (std::size_t i = 0; i < node.inputs(); ++i) {
      bindings.inputs.push_back(node.has_input(i) ? node.input(i).data
                                                  : std::span<const std::byte>());
    }
    for (std::size_t i = 0; i < node.outputs(); ++i) {
      engine_.memory_.folded += node.output(i).bytes();
      if (engine_.memory_.folded > kMaxBytes) {
        return node.unsupported("the constants up to here take more than 2 GB");
      }
      auto memory = allocate(node.output(i).bytes(), "constants");
      if (!memory) return node.refused(memory.error());
      bindings.outputs.push_back(memory->span());
      engine_.folded_.push_back(std::move(*memory));
    }
    const octet::Status status = operation.bind(bindings);
    if (!status.ok()) return node.refused(status);
    operation.run();
    for (std::size_t i = 0; i < node.outputs(); ++i) {
      graph_.tensors[index(node.operation().outputs[i])].data = bindings.outputs[i];
    }
    return std::nullopt;
  }

  // Whether another tensor may lie in the same memory: not in that of the file, and not where
  // values have to last.
  static bool may_share(const Tensor& tensor) {
    return !tensor.is_constant() && !tensor.is_variable;
  }

  // Checks that every tensor is written once and before it is read, and notes from when to when it
  // is needed. Inputs and outputs of the model belong to the caller and are needed all the time,
  // and so are variables, which may also be written more than once.
  std::optional<Error> find_lifetimes() {
    const std::size_t last_step = std::max<std::size_t>(graph_.operators.size(), 1) - 1;
    std::vector<bool> is_written(graph_.tensors.size());
    lifetimes_.resize(graph_.tensors.size());
    for (std::size_t i = 0; i < graph_.tensors.size(); ++i) {
      const Tensor& tensor = graph_.tensors[i];
      if (!tensor.is_variable) continue;
      is_written[i] = true;
      lifetimes_[i] = {tensor.bytes(), 0, last_step};
    }
    for (const std::int32_t input : engine_.input_tensors_) {
      if (graph_.tensor(input).is_constant()) {
        return Error{ErrorCode::invalid, "model input " + std::to_string(input) + " is a constant"};
      }
      is_written[index(input)] = true;
      lifetimes_[index(input)] = {graph_.tensor(input).bytes(), 0, last_step};
    }
    for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
      if (engine_.infos_[i].backend == kLeftOut) continue;
      const Node node(graph_, i);
      for (const std::int32_t input : node.operation().inputs) {
        if (is_done_[i] || input == kAbsent || graph_.tensor(input).is_constant()) continue;
        if (!is_written[index(input)]) {
          return node.invalid("tensor " + std::to_string(input) + " is read before it is written");
        }
        Lifetime& lifetime = lifetimes_[storage_[index(input)]];
        lifetime.last = std::max(lifetime.last, i);
      }
      for (const std::int32_t output : node.operation().outputs) {
        const Tensor& tensor = graph_.tensor(output);
        if (tensor.is_variable) continue;
        if (is_written[index(output)] || (tensor.is_constant() && !is_done_[i])) {
          return node.invalid("tensor " + std::to_string(output) + " is written twice");
        }
        is_written[index(output)] = true;
        if (storage_[index(output)] == index(output) && !is_done_[i]) {
          lifetimes_[index(output)] = {tensor.bytes(), i, i};
        }
      }
    }
    for (const std::int32_t output : engine_.output_tensors_) {
      if (graph_.tensor(output).is_constant()) continue;
      if (!is_written[index(output)]) {
        return Error{ErrorCode::invalid,
                     "model output " + std::to_string(output) + " is never written"};
      }
      Lifetime& lifetime = lifetimes_[storage_[index(output)]];
      lifetime.last = last_step;
    }
    if (is_main()) {
      for (const NamedVariable& variable : variables_.all()) {
        lifetimes_.push_back({variable.tensor ? variable.tensor->bytes() : 0, 0, last_step});
      }
    }
    return std::nullopt;
  }

  // Tensors that nobody uses and constants have lifetimes of 0 bytes and take no place.
  std::optional<Error> allocate_tensors() {
    const ArenaPlan plan = plan_arena(lifetimes_);
    MemoryUse& memory = engine_.memory_;
    memory.arena = plan.bytes;
    for (const Lifetime& lifetime : lifetimes_) memory.tensors += lifetime.bytes;
    if (memory.arena + memory.scratch > kMaxBytes) {
      return Error{ErrorCode::unsupported, "the activations take " + std::to_string(memory.arena) +
                                               " bytes and scratch memory " +
                                               std::to_string(memory.scratch) + ", more than 2 GB"};
    }
    auto arena = allocate(memory.arena + memory.scratch, "activations and scratch memory");
    if (!arena) return arena.error();
    engine_.arena_ = std::move(*arena);
    const std::span<std::byte> bytes = engine_.arena_.span();
    std::ranges::fill(bytes, std::byte{0});
    scratch_ = bytes.subspan(memory.arena);
    const auto place_of = [&](std::size_t i) {
      return bytes.subspan(plan.offsets[i], lifetimes_[i].bytes);
    };
    const auto add_variable = [&](std::span<std::byte> place, const Tensor& tensor) {
      fill_with_zero_points(place, tensor);
      engine_.variables_.push_back({place, {}});
    };
    for (std::size_t i = 0; i < graph_.tensors.size(); ++i) {
      const Tensor& tensor = graph_.tensors[i];
      writable_.push_back(place_of(storage_[i]));
      engine_.tensors_.push_back(tensor.is_constant() ? tensor.data : writable_.back());
      if (tensor.is_variable) add_variable(writable_.back(), tensor);
    }
    for (std::size_t i = graph_.tensors.size(); i < lifetimes_.size(); ++i) {
      NamedVariable& variable = variables_.all()[i - graph_.tensors.size()];
      variable.memory = place_of(i);
      if (variable.tensor) add_variable(variable.memory, *variable.tensor);
    }
    for (const std::int32_t input : engine_.input_tensors_) {
      engine_.inputs_.push_back(writable_[index(input)]);
      fill_with_zero_points(engine_.inputs_.back(), graph_.tensor(input));
    }
    return std::nullopt;
  }

  std::optional<Error> bind_operations() {
    for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
      const Node node(graph_, i);
      Bindings bindings{.inputs = {}, .outputs = {}, .scratch = scratch_, .variables = {}};
      for (const std::int32_t input : node.operation().inputs) {
        const bool is_variable = input != kAbsent && graph_.tensor(input).is_variable;
        bindings.inputs.push_back(input == kAbsent ? std::span<const std::byte>()
                                                   : engine_.tensor(input));
        bindings.variables.push_back(is_variable ? writable_[index(input)]
                                                 : std::span<std::byte>());
      }
      for (const std::int32_t output : node.operation().outputs) {
        bindings.outputs.push_back(writable_[index(output)]);
      }
      if (calls_subgraphs(node.operation())) {
        if (std::optional<Error> error = prepare_callees(node, i)) return error;
      }
      if (uses_named_variables(node.operation())) {
        const std::span<std::byte> memory =
            variables_.named_by(graph_index_, node.operation().inputs[0])->memory;
        bindings.inputs[0] = memory;
        if (bindings.outputs.empty()) bindings.outputs.push_back(memory);
      }
      const octet::Status status = engine_.operations_[i]->bind(bindings);
      if (!status.ok()) return node.refused(status);
    }
    return std::nullopt;
  }

  Expected<Engine> build_callee(std::size_t callee) const {
    EngineOptions options = options_;
    options.integer_edges = false;
    auto engine = EngineBuilder(model_, callee, variables_, options).build();
    if (engine) return engine;
    return Error{engine.error().code,
                 "subgraph " + std::to_string(callee) + ": " + engine.error().message};
  }

  // IF and WHILE have the engines of the graphs that they call, which have memory of their own.
  std::optional<Error> prepare_callees(const Node& node, std::size_t i) {
    if (!is_main()) return node.unsupported("is called in a subgraph");
    const auto callees = find_callees(node, model_);
    if (!callees) return callees.error();
    std::vector<Engine> engines;
    for (const std::size_t callee : *callees) {
      auto engine = build_callee(callee);
      if (!engine) return engine.error();
      MemoryUse& memory = engine_.memory_;
      memory.tensors += engine->memory().tensors;
      memory.arena += engine->memory().arena;
      memory.scratch += engine->memory().scratch;
      memory.packed += engine->memory().packed;
      memory.folded += engine->memory().folded;
      const std::uint64_t all =
          std::uint64_t{memory.arena} + memory.scratch + memory.packed + memory.folded;
      if (all > kMaxBytes) {
        return node.unsupported("with the subgraphs up to here the model takes more than 2 GB");
      }
      std::int64_t multiply_adds = 0;
      for (const OperationInfo& info : engine->operations()) multiply_adds += info.multiply_adds;
      engine_.infos_[i].multiply_adds = std::max(engine_.infos_[i].multiply_adds, multiply_adds);
      engines.push_back(std::move(*engine));
    }
    engine_.operations_[i] = make_call(node, std::move(engines));
    return std::nullopt;
  }

  // What CALL_ONCE names runs now. That is before all operators: none may use variables earlier.
  std::optional<Error> run_once() {
    bool variables_used = false;
    for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
      const Node node(graph_, i);
      variables_used = variables_used || uses_named_variables(node.operation());
      if (node.operation().code != schema::BuiltinOperator_CALL_ONCE) continue;
      if (!is_main()) return node.unsupported("is called in a subgraph");
      if (variables_used) return node.unsupported("behind operators that use variables");
      const auto callee =
          find_callee(node, model_, node.options<schema::CallOnceOptions>()->init_subgraph_index());
      if (!callee) return callee.error();
      if (!model_.graphs()[*callee].inputs.empty()) {
        return node.unsupported("subgraph " + std::to_string(*callee) + " has inputs");
      }
      auto once = build_callee(*callee);
      if (!once) return once.error();
      once->run();
    }
    return std::nullopt;
  }

  static constexpr const char* kLeftOut = "left out";

  const Model& model_;
  const std::size_t graph_index_;
  Graph graph_;  // with constants for what is folded
  NamedVariables& variables_;
  const EngineOptions options_;
  Engine engine_;
  std::vector<bool> is_done_;         // by operator: folded, or left out
  std::vector<std::size_t> storage_;  // the tensor in whose memory a tensor lies: mostly itself
  std::vector<Lifetime> lifetimes_;   // by tensor, 0 bytes where it lies in another one's memory;
                                      // then by named variable
  std::vector<std::span<std::byte>> writable_;
  std::span<std::byte> scratch_;
};

}  // namespace octet_engine
