// SPDX-License-Identifier: Apache-2.0
// Runs a model on integers alone.
//
//   auto model = octet_engine::Model::load("model.tflite");
//   auto engine = octet_engine::Engine::create(*model);
//   std::ranges::copy(pixels, engine->input(0).begin());
//   engine->run();
//   use(engine->output(0));
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "octet/backends.hpp"
#include "octet/hosted/aligned_buffer.hpp"
#include "octet_engine/custom.hpp"
#include "octet_engine/model.hpp"
#include "octet_engine/result.hpp"

namespace octet_engine {

class Operation;

struct EngineOptions {
  const octet::Backend& backend = octet::best_backend();
  octet::Rounding rounding = octet::Rounding::tflite;  // of every operation that rescales
  // Where real numbers only come in through a QUANTIZE or go out of a DEQUANTIZE: the integers
  // behind and before it are the engine's inputs and outputs.
  bool integer_edges = false;
  // For operators that the file calls CUSTOM.
  std::span<const CustomOperator> custom_operators = {};
};

// What describe() and profiles say of one operation.
struct OperationInfo {
  std::string name;                // "CONV_2D"
  std::string shape;               // "1x8x8x1 * 16x3x3x1 -> 1x8x8x16"
  std::string backend;             // "-" where no kernel runs, "folded" or "left out"
  std::int64_t multiply_adds = 0;  // 0 for operations without multiplications by weights
};

// Bytes of memory an engine holds.
struct MemoryUse {
  std::size_t tensors = 0;  // the sum over all activations
  std::size_t arena = 0;    // what they take once those that never meet share memory
  std::size_t scratch = 0;  // one region, shared by all operations
  std::size_t packed = 0;   // weights
  std::size_t folded = 0;   // constants that were computed from others when prepared
};

// Operators of a model that the engine has no implementation of.
struct UnsupportedOperator {
  std::string name;       // "LOGISTIC"; "CONV_2D of FLOAT32" where only the element type is missing
  std::size_t count = 0;  // of them in the model
};

// All of them, in the order in which the model first uses them; empty where it may run.
std::vector<UnsupportedOperator> unsupported_operators(
    const Model& model, std::span<const CustomOperator> custom_operators = {});

// What Engine::create refuses beside them, all of it at once.
std::vector<std::string> refusals(const Model& model, const EngineOptions& options = {});

// A model prepared for one backend: weights packed, memory planned, every pointer bound.
class Engine {
 public:
  // Fails with all operators that are not supported, or with "operator 3 (CONV_2D): ..." where one
  // asks for what the engine or octet refuses. The model is kept by reference and must outlive the
  // engine.
  static Expected<Engine> create(const Model& model, const EngineOptions& options = {});
  static Expected<Engine> create(const Model& model, const octet::Backend& backend) {
    return create(model, EngineOptions{.backend = backend});
  }
  static Expected<Engine> create(Model&& model, const EngineOptions& options = {}) = delete;
  static Expected<Engine> create(Model&& model, const octet::Backend& backend) = delete;

  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  const Model& model() const { return *model_; }

  // The memory of the i-th input and output of the model. Inputs start at their zero points, and
  // neither is changed by anything but the caller and run().
  std::span<std::byte> input(std::size_t i);
  std::span<const std::byte> output(std::size_t i) const;

  // What they hold: the model's, but for options.integer_edges.
  const Tensor& input_tensor(std::size_t i) const { return model_->tensor(input_tensors_[i]); }
  const Tensor& output_tensor(std::size_t i) const { return model_->tensor(output_tensors_[i]); }

  // Allocates nothing and cannot fail.
  void run();

  // As run(), but calls after(i) when operation i has finished.
  void run(const std::function<void(std::size_t)>& after);

  // Puts every variable back to its zero point, or to what CALL_ONCE assigns to it: the next run is
  // the first one of a stream. Inputs stay as they are.
  void reset();

  // As run(), and sets nanoseconds[i] to the time that operation i took.
  void run_timed(std::span<std::int64_t> nanoseconds);

  // A tensor's bytes. For activations they hold until an operation that comes later reuses them:
  // read them in run's callback.
  std::span<const std::byte> tensor(std::int32_t index) const;

  std::span<const OperationInfo> operations() const { return infos_; }
  const MemoryUse& memory() const { return memory_; }

 private:
  // What outlives a run, with the bytes it starts from.
  struct Variable {
    std::span<std::byte> memory;
    std::vector<std::byte> fresh;
  };

  Engine() = default;

  const Model* model_ = nullptr;
  std::vector<std::unique_ptr<Operation>> operations_;
  std::vector<OperationInfo> infos_;
  octet::AlignedBuffer arena_;
  std::vector<octet::AlignedBuffer> folded_;
  std::vector<std::span<const std::byte>> tensors_;  // where each tensor of the model lies
  std::vector<std::int32_t> input_tensors_;
  std::vector<std::int32_t> output_tensors_;
  std::vector<std::span<std::byte>> inputs_;
  std::vector<Variable> variables_;
  MemoryUse memory_;

  friend class EngineBuilder;
};

// Tensors with their quantization, then operators: what the file says, and all that the engine does
// not support of it.
void describe(const Model& model, std::ostream& out, const EngineOptions& options = {});

// Operations with their shapes and backends, and the memory: what will run.
void describe(const Engine& engine, std::ostream& out);

}  // namespace octet_engine
