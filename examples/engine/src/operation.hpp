// SPDX-License-Identifier: Apache-2.0
// A prepared operation of a model, and how octet's operations become one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "node.hpp"
#include "octet/backends.hpp"
#include "octet/hosted/aligned_buffer.hpp"
#include "octet/types.hpp"
#include "octet_engine/result.hpp"

namespace octet_engine {

// The memory of one operation.
struct Bindings {
  std::span<const std::byte> inputs[2];
  std::span<std::byte> output;
  std::span<std::byte> scratch;
};

class Operation {
 public:
  virtual ~Operation() = default;

  virtual std::size_t scratch_bytes() const { return 0; }
  virtual octet::Status bind(const Bindings& bindings) = 0;
  virtual void run() const = 0;

  virtual const char* backend() const { return "-"; }

  std::int64_t multiply_adds = 0;
  std::size_t packed_bytes = 0;  // of its weights
};

// No engine's memory, arena or weights, may be larger than this.
inline constexpr std::size_t kMaxBytes = std::size_t{1} << 31;

// One of octet's operations, In to Out, with the memory of its packed weights.
template <class Prepared, class In, class Out = In>
class PreparedOperation final : public Operation {
 public:
  explicit PreparedOperation(const Prepared& prepared, octet::AlignedBuffer packed = {})
      : prepared_(prepared), packed_(std::move(packed)) {}

  std::size_t scratch_bytes() const override { return prepared_.scratch_bytes(); }

  octet::Status bind(const Bindings& bindings) override {
    const auto input = elements<const In>(bindings.inputs[0]);
    const auto output = elements<Out>(bindings.output);
    auto bound = [&] {
      if constexpr (kIsBinary) {
        const auto input2 = elements<const In>(bindings.inputs[1]);
        return prepared_.bind(input, input2, output, bindings.scratch);
      } else {
        return prepared_.bind(input, output, bindings.scratch);
      }
    }();
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
  static constexpr bool kIsBinary =
      requires(const Prepared& prepared, std::span<const In> input, std::span<Out> output) {
    prepared.bind(input, input, output, std::span<std::byte>());
  };

  template <class T, class Byte>
  static std::span<T> elements(std::span<Byte> bytes) {
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }

  Prepared prepared_;
  octet::AlignedBuffer packed_;
  typename Prepared::Bound bound_;
};

using PreparedOrError = Expected<std::unique_ptr<Operation>>;

// An operation without weights, from the result of its prepare.
template <class In, class Out = In, class Prepared>
PreparedOrError finish(const Node& node, const octet::Result<Prepared>& prepared) {
  if (!prepared) return node.refused(prepared.status());
  return std::unique_ptr<Operation>(
      std::make_unique<PreparedOperation<Prepared, In, Out>>(*prepared));
}

// An operation with weights in input 1 and optional biases in input 2: packs them.
template <class Prepared, class Params>
PreparedOrError finish_with_weights(const Node& node, const Params& params,
                                    const octet::Backend& backend, std::int64_t multiply_adds) {
  const std::span<const std::byte> data = node.input(1).data;
  const std::span filter(reinterpret_cast<const std::int8_t*>(data.data()), data.size());
  std::vector<std::int32_t> bias;
  if (node.has_input(2)) bias = int32_values(node.input(2));

  const std::size_t packed_bytes = Prepared::packed_bytes(params, backend);
  if (packed_bytes > kMaxBytes) return node.unsupported("the weights take more than 2 GB");
  octet::AlignedBuffer packed(packed_bytes);
  const auto prepared = Prepared::prepare(params, filter, bias, packed.span(), backend);
  if (!prepared) return node.refused(prepared.status());
  auto operation =
      std::make_unique<PreparedOperation<Prepared, std::int8_t>>(*prepared, std::move(packed));
  operation->multiply_adds = multiply_adds;
  operation->packed_bytes = packed_bytes;
  return std::unique_ptr<Operation>(std::move(operation));
}

}  // namespace octet_engine
