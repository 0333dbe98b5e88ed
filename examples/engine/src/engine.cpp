// SPDX-License-Identifier: Apache-2.0
#include "octet_engine/engine.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>

#include "octet_engine/arena.hpp"
#include "operators.hpp"

namespace octet_engine {

namespace {

// Elements that stand for the real number 0; all bits 0 where the tensor is not quantized.
void fill_with_zero_points(std::span<std::byte> memory, const Tensor& tensor) {
  const std::int64_t zero_point =
      tensor.quantization.scales.size() == 1 ? tensor.quantization.zero_point(0) : 0;
  const std::size_t bytes = element_bytes(tensor.type);
  for (std::size_t i = 0; i < memory.size(); ++i) {
    memory[i] = static_cast<std::byte>(zero_point >> (8 * (i % bytes)) & 0xFF);
  }
}

}  // namespace

// Prepares every operation, gives every tensor its place, binds the operations to it.
class EngineBuilder {
 public:
  EngineBuilder(const Model& model, const EngineOptions& options)
      : model_(model), options_(options) {
    engine_.model_ = &model;
  }

  Expected<Engine> build() {
    if (std::optional<Error> error = refuse_unsupported()) return *error;
    storage_.resize(model_.tensors().size());
    std::iota(storage_.begin(), storage_.end(), 0);
    if (std::optional<Error> error = prepare_operations()) return *error;
    if (std::optional<Error> error = find_lifetimes()) return *error;
    if (std::optional<Error> error = allocate_tensors()) return *error;
    if (std::optional<Error> error = bind_operations()) return *error;
    return std::move(engine_);
  }

 private:
  std::optional<Error> refuse_unsupported() {
    const std::vector<UnsupportedOperator> unsupported = unsupported_operators(model_);
    if (unsupported.empty()) return std::nullopt;
    std::size_t count = 0;
    std::string list;
    bool is_float = false;
    for (const UnsupportedOperator& entry : unsupported) {
      count += entry.count;
      list += (list.empty() ? "" : ", ") + entry.name + " x" + std::to_string(entry.count);
      is_float = is_float || entry.name.ends_with("FLOAT32");
    }
    return Error{
        ErrorCode::unsupported,
        std::to_string(count) + " of " + std::to_string(model_.operators().size()) +
            " operators are not supported: " + list +
            (is_float ? "; the engine computes on integers: FLOAT32 has to be quantized" : "")};
  }

  std::optional<Error> prepare_operations() {
    for (std::size_t i = 0; i < model_.operators().size(); ++i) {
      const Node node(model_, i, options_);
      const OperatorType& type = *find_operator(node.operation().code);
      if (std::optional<Error> error = check_operands(node, type)) return error;
      PreparedOrError operation = type.prepare(node);
      if (!operation) return operation.error();
      if (type.in_place && may_share(node.input(0)) && may_share(node.output())) {
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
                                .backend = (*operation)->backend(),
                                .multiply_adds = (*operation)->multiply_adds});
      engine_.operations_.push_back(std::move(*operation));
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
    const std::size_t last_step = std::max<std::size_t>(model_.operators().size(), 1) - 1;
    std::vector<bool> is_written(model_.tensors().size());
    lifetimes_.resize(model_.tensors().size());
    for (std::size_t i = 0; i < model_.tensors().size(); ++i) {
      const Tensor& tensor = model_.tensors()[i];
      if (!tensor.is_variable) continue;
      is_written[i] = true;
      lifetimes_[i] = {tensor.bytes(), 0, last_step};
    }
    for (const std::int32_t input : model_.inputs()) {
      if (model_.tensor(input).is_constant()) {
        return Error{ErrorCode::invalid, "model input " + std::to_string(input) + " is a constant"};
      }
      is_written[index(input)] = true;
      lifetimes_[index(input)] = {model_.tensor(input).bytes(), 0, last_step};
    }
    for (std::size_t i = 0; i < model_.operators().size(); ++i) {
      const Node node(model_, i);
      for (const std::int32_t input : node.operation().inputs) {
        if (input == kAbsent || model_.tensor(input).is_constant()) continue;
        if (!is_written[index(input)]) {
          return node.invalid("tensor " + std::to_string(input) + " is read before it is written");
        }
        Lifetime& lifetime = lifetimes_[storage_[index(input)]];
        lifetime.last = std::max(lifetime.last, i);
      }
      for (const std::int32_t output : node.operation().outputs) {
        const Tensor& tensor = model_.tensor(output);
        if (tensor.is_variable) continue;
        if (is_written[index(output)] || tensor.is_constant()) {
          return node.invalid("tensor " + std::to_string(output) + " is written twice");
        }
        is_written[index(output)] = true;
        if (storage_[index(output)] == index(output)) {
          lifetimes_[index(output)] = {tensor.bytes(), i, i};
        }
      }
    }
    for (const std::int32_t output : model_.outputs()) {
      if (model_.tensor(output).is_constant()) continue;
      if (!is_written[index(output)]) {
        return Error{ErrorCode::invalid,
                     "model output " + std::to_string(output) + " is never written"};
      }
      Lifetime& lifetime = lifetimes_[storage_[index(output)]];
      lifetime.last = last_step;
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
    for (std::size_t i = 0; i < storage_.size(); ++i) {
      const std::size_t place = storage_[i];
      const Tensor& tensor = model_.tensors()[i];
      writable_.push_back(bytes.subspan(plan.offsets[place], lifetimes_[place].bytes));
      engine_.tensors_.push_back(tensor.is_constant() ? tensor.data : writable_.back());
      if (tensor.is_variable) engine_.variables_.push_back({writable_.back(), &tensor});
    }
    for (const std::int32_t input : model_.inputs()) {
      engine_.inputs_.push_back(writable_[index(input)]);
      fill_with_zero_points(engine_.inputs_.back(), model_.tensor(input));
    }
    engine_.reset();
    return std::nullopt;
  }

  std::optional<Error> bind_operations() {
    for (std::size_t i = 0; i < model_.operators().size(); ++i) {
      const Node node(model_, i);
      Bindings bindings{.inputs = {}, .outputs = {}, .scratch = scratch_};
      for (const std::int32_t input : node.operation().inputs) {
        bindings.inputs.push_back(input == kAbsent ? std::span<const std::byte>()
                                                   : engine_.tensor(input));
      }
      for (const std::int32_t output : node.operation().outputs) {
        bindings.outputs.push_back(writable_[index(output)]);
      }
      const octet::Status status = engine_.operations_[i]->bind(bindings);
      if (!status.ok()) return node.refused(status);
    }
    return std::nullopt;
  }

  static std::size_t index(std::int32_t tensor) { return static_cast<std::size_t>(tensor); }
  static std::size_t align(std::size_t bytes) {
    return (bytes + octet::kAlignment - 1) / octet::kAlignment * octet::kAlignment;
  }

  const Model& model_;
  const EngineOptions options_;
  Engine engine_;
  std::vector<std::size_t> storage_;  // the tensor in whose memory a tensor lies: mostly itself
  std::vector<Lifetime> lifetimes_;   // by tensor; 0 bytes where it lies in another one's memory
  std::vector<std::span<std::byte>> writable_;
  std::span<std::byte> scratch_;
};

Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

Expected<Engine> Engine::create(const Model& model, const EngineOptions& options) {
  return unless_out_of_memory("this model", [&] { return EngineBuilder(model, options).build(); });
}

std::span<std::byte> Engine::input(std::size_t i) { return inputs_[i]; }

std::span<const std::byte> Engine::output(std::size_t i) const {
  return tensor(model_->outputs()[i]);
}

std::span<const std::byte> Engine::tensor(std::int32_t index) const {
  return tensors_[static_cast<std::size_t>(index)];
}

void Engine::reset() {
  for (const Variable& variable : variables_) {
    fill_with_zero_points(variable.memory, *variable.tensor);
  }
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
