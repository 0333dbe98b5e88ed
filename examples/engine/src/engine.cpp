// SPDX-License-Identifier: Apache-2.0
#include "octet_engine/engine.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>

#include "octet_engine/arena.hpp"
#include "operations.hpp"

namespace octet_engine {

// Prepares every operation, gives every tensor its place, binds the operations to it.
class EngineBuilder {
 public:
  EngineBuilder(const Model& model, const octet::Backend& backend)
      : model_(model), backend_(backend) {
    engine_.model_ = &model;
  }

  Expected<Engine> build() {
    storage_.resize(model_.tensors().size());
    std::iota(storage_.begin(), storage_.end(), 0);
    if (std::optional<Error> error = prepare_operations()) return *error;
    if (std::optional<Error> error = find_lifetimes()) return *error;
    if (std::optional<Error> error = allocate()) return *error;
    if (std::optional<Error> error = bind_operations()) return *error;
    return std::move(engine_);
  }

 private:
  std::optional<Error> prepare_operations() {
    for (std::size_t i = 0; i < model_.operators().size(); ++i) {
      const Node node(model_, i);
      const OperationType* const type = find_operation(node.operation().code);
      if (type == nullptr) return node.unsupported("this operator is not supported");
      if (std::optional<Error> error = check_operands(node, *type)) return error;
      PreparedOrError operation = type->prepare(node, backend_);
      if (!operation) return operation.error();
      if (type->in_place) {
        storage_[index(node.operation().outputs[0])] = storage_[index(node.operation().inputs[0])];
      }
      engine_.memory_.packed += (*operation)->packed_bytes;
      if (engine_.memory_.packed > kMaxBytes) {
        return node.unsupported("the weights up to here take more than 2 GB");
      }
      engine_.memory_.scratch =
          std::max(engine_.memory_.scratch, align((*operation)->scratch_bytes()));
      engine_.infos_.push_back({.name = node.operation().name,
                                .shape = describe_shapes(node, *type),
                                .backend = (*operation)->backend(),
                                .multiply_adds = (*operation)->multiply_adds});
      engine_.operations_.push_back(std::move(*operation));
    }
    return std::nullopt;
  }

  // Checks that every tensor is written once and before it is read, and notes from when to when it
  // is needed. Inputs and outputs of the model belong to the caller and are needed all the time.
  std::optional<Error> find_lifetimes() {
    const std::size_t last_step = std::max<std::size_t>(model_.operators().size(), 1) - 1;
    std::vector<bool> is_written(model_.tensors().size());
    lifetimes_.resize(model_.tensors().size());
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
      const std::int32_t output = node.operation().outputs[0];
      if (is_written[index(output)] || model_.tensor(output).is_constant()) {
        return node.invalid("tensor " + std::to_string(output) + " is written twice");
      }
      is_written[index(output)] = true;
      if (storage_[index(output)] == index(output)) {
        lifetimes_[index(output)] = {model_.tensor(output).bytes(), i, i};
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
  std::optional<Error> allocate() {
    const ArenaPlan plan = plan_arena(lifetimes_);
    MemoryUse& memory = engine_.memory_;
    memory.arena = plan.bytes;
    for (const Lifetime& lifetime : lifetimes_) memory.tensors += lifetime.bytes;
    if (memory.arena + memory.scratch > kMaxBytes) {
      return Error{ErrorCode::unsupported, "the activations take " + std::to_string(memory.arena) +
                                               " bytes and scratch memory " +
                                               std::to_string(memory.scratch) + ", more than 2 GB"};
    }
    engine_.arena_ = octet::AlignedBuffer(memory.arena + memory.scratch);
    const std::span<std::byte> bytes = engine_.arena_.span();
    std::ranges::fill(bytes, std::byte{0});
    scratch_ = bytes.subspan(memory.arena);
    for (std::size_t i = 0; i < storage_.size(); ++i) {
      const std::size_t place = storage_[i];
      const Tensor& stored = model_.tensors()[place];
      writable_.push_back(bytes.subspan(plan.offsets[place], lifetimes_[place].bytes));
      engine_.tensors_.push_back(stored.is_constant() ? stored.data : writable_.back());
    }
    for (const std::int32_t input : model_.inputs()) {
      engine_.inputs_.push_back(writable_[index(input)]);
      const Tensor& tensor = model_.tensor(input);
      const bool is_bytes = tensor.type == TensorType::int8 || tensor.type == TensorType::uint8;
      if (!is_bytes || tensor.quantization.scales.size() != 1) continue;
      std::ranges::fill(engine_.inputs_.back(),
                        static_cast<std::byte>(tensor.quantization.zero_point(0)));
    }
    return std::nullopt;
  }

  std::optional<Error> bind_operations() {
    for (std::size_t i = 0; i < model_.operators().size(); ++i) {
      const Node node(model_, i);
      Bindings bindings{.inputs = {},
                        .output = writable_[index(node.operation().outputs[0])],
                        .scratch = scratch_};
      for (std::size_t k = 0; k < std::size(bindings.inputs) && node.has_input(k); ++k) {
        bindings.inputs[k] = engine_.tensor(node.operation().inputs[k]);
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
  const octet::Backend& backend_;
  Engine engine_;
  std::vector<std::size_t> storage_;  // the tensor in whose memory a tensor lies: mostly itself
  std::vector<Lifetime> lifetimes_;   // by tensor; 0 bytes where it lies in another one's memory
  std::vector<std::span<std::byte>> writable_;
  std::span<std::byte> scratch_;
};

Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

Expected<Engine> Engine::create(const Model& model, const octet::Backend& backend) {
  return EngineBuilder(model, backend).build();
}

std::span<std::byte> Engine::input(std::size_t i) { return inputs_[i]; }

std::span<const std::byte> Engine::output(std::size_t i) const {
  return tensor(model_->outputs()[i]);
}

std::span<const std::byte> Engine::tensor(std::int32_t index) const {
  return tensors_[static_cast<std::size_t>(index)];
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
