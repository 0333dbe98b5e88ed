// SPDX-License-Identifier: Apache-2.0
// A prepared operation of a model, and how octet's operations become one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "node.hpp"
#include "octet/hosted/aligned_buffer.hpp"
#include "octet/types.hpp"
#include "octet_engine/result.hpp"

namespace octet_engine {

// The memory of one operation: every input and output in the order of the file, variables among
// them, and the scratch memory that all operations share. A handle stands for the memory of its
// variable; ASSIGN_VARIABLE has it as its output.
struct Bindings {
  std::vector<std::span<const std::byte>> inputs;  // empty where an optional one is absent
  std::vector<std::span<std::byte>> outputs;
  std::span<std::byte> scratch;
  std::vector<std::span<std::byte>> variables;  // by input; empty where that is none

  template <class T>
  std::span<const T> input(std::size_t i) const {
    return {reinterpret_cast<const T*>(inputs[i].data()), inputs[i].size() / sizeof(T)};
  }
  template <class T>
  std::span<T> output(std::size_t i) const {
    return {reinterpret_cast<T*>(outputs[i].data()), outputs[i].size() / sizeof(T)};
  }
  template <class T>
  std::span<T> variable(std::size_t i) const {
    return {reinterpret_cast<T*>(variables[i].data()), variables[i].size() / sizeof(T)};
  }
};

class Operation {
 public:
  virtual ~Operation() = default;

  virtual std::size_t scratch_bytes() const { return 0; }
  virtual octet::Status bind(const Bindings& bindings) = 0;
  virtual void run() const = 0;
  virtual void reset() {}  // of state that is no variable of the model

  virtual const char* backend() const { return "-"; }

  std::int64_t multiply_adds = 0;
  std::size_t packed_bytes = 0;  // of its weights
  bool reads_inputs = true;      // false: their shapes are enough
};

// What has nothing left to do in a run.
class Nothing final : public Operation {
 public:
  octet::Status bind(const Bindings& /*bindings*/) override { return {}; }
  void run() const override {}
};

// The bytes of an input.
class Copy final : public Operation {
 public:
  explicit Copy(std::size_t input = 0) : from_(input) {}

  octet::Status bind(const Bindings& bindings) override {
    input_ = bindings.inputs[from_];
    output_ = bindings.outputs[0];
    return {};
  }
  void run() const override {
    if (output_.data() != input_.data()) {
      std::memcpy(output_.data(), input_.data(), input_.size());
    }
  }

 private:
  std::size_t from_;
  std::span<const std::byte> input_;
  std::span<std::byte> output_;
};

using PreparedOrError = Expected<std::unique_ptr<Operation>>;

// No engine's memory, arena or weights, may be larger than this.
inline constexpr std::size_t kMaxBytes = std::size_t{1} << 31;

// Memory that `what` needs: "packed weights".
inline Expected<octet::AlignedBuffer> allocate(std::size_t bytes, const char* what) {
  return unless_out_of_memory(std::to_string(bytes) + " bytes of " + what, [&] {
    return Expected<octet::AlignedBuffer>(octet::AlignedBuffer(bytes));
  });
}

// One of octet's operations, with the memory of its packed weights. `bind(prepared, bindings)`
// gives its inputs and outputs their types.
template <class Prepared, class Bind>
class PreparedOperation final : public Operation {
 public:
  PreparedOperation(const Prepared& prepared, const Bind& bind, octet::AlignedBuffer packed)
      : prepared_(prepared), bind_(bind), packed_(std::move(packed)) {}

  std::size_t scratch_bytes() const override {
    if constexpr (requires { prepared_.scratch_bytes(); }) {
      return prepared_.scratch_bytes();
    } else {
      return 0;
    }
  }

  octet::Status bind(const Bindings& bindings) override {
    const auto bound = bind_(prepared_, bindings);
    if (bound) bound_ = *bound;
    return bound.status();
  }

  void run() const override { bound_.run(); }

  const char* backend() const override {
    if constexpr (requires { prepared_.backend().name; }) {
      return prepared_.backend().name;
    } else {
      return Operation::backend();
    }
  }

 private:
  Prepared prepared_;
  Bind bind_;
  octet::AlignedBuffer packed_;
  typename Prepared::Bound bound_;
};

// The commonest ways to bind: one input, In to Out, with scratch memory where it is needed; two
// inputs, all of one type.
template <class In, class Out = In>
inline constexpr auto kUnary = [](const auto& prepared, const Bindings& bindings) {
  const std::span<const In> input = bindings.input<In>(0);
  const std::span<Out> output = bindings.output<Out>(0);
  if constexpr (requires { prepared.bind(input, output, bindings.scratch); }) {
    return prepared.bind(input, output, bindings.scratch);
  } else {
    return prepared.bind(input, output);
  }
};
template <class T>
inline constexpr auto kBinary = [](const auto& prepared, const Bindings& bindings) {
  return prepared.bind(bindings.input<T>(0), bindings.input<T>(1), bindings.output<T>(0));
};

// The operation of a node, from the result of its prepare.
template <class Prepared, class Bind>
PreparedOrError finish(const Node& node, const octet::Result<Prepared>& prepared, const Bind& bind,
                       octet::AlignedBuffer packed = {}) {
  if (!prepared) return node.refused(prepared.status());
  return std::unique_ptr<Operation>(
      std::make_unique<PreparedOperation<Prepared, Bind>>(*prepared, bind, std::move(packed)));
}

// The same of an operation that fills a table in memory of the caller.
template <class Operation, class Params, class Bind>
PreparedOrError finish_with_table(const Node& node, const Params& params, const Bind& bind) {
  auto table = allocate(Operation::packed_bytes(params), "a table");
  if (!table) return node.refused(table.error());
  const auto prepared = Operation::prepare(params, table->span(), node.backend());
  return finish(node, prepared, bind, std::move(*table));
}

template <class T>
inline constexpr TensorType kTypeOf{-1};
template <>
inline constexpr TensorType kTypeOf<std::int8_t> = TensorType::int8;
template <>
inline constexpr TensorType kTypeOf<std::uint8_t> = TensorType::uint8;
template <>
inline constexpr TensorType kTypeOf<std::int16_t> = TensorType::int16;
template <>
inline constexpr TensorType kTypeOf<std::int32_t> = TensorType::int32;
template <>
inline constexpr TensorType kTypeOf<std::int64_t> = TensorType::int64;

// call(T{}) for the one of the listed types that a tensor holds. The table of operators, which was
// asked before, lists the same ones.
template <class First, class... Rest, class Call>
auto for_type(const Tensor& tensor, const Call& call) {
  if constexpr (sizeof...(Rest) != 0) {
    if (tensor.type != kTypeOf<First>) return for_type<Rest...>(tensor, call);
  }
  return call(First{});
}

}  // namespace octet_engine
