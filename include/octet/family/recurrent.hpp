// SPDX-License-Identifier: Apache-2.0
// Layers that keep a state from run to run, in memory of the caller: preparing, binding and running
// all of them. They are made of fully connected layers with constant weights and of steps element
// by element between these. An operation is a struct with
//
//   Params, kName                    reference/; its name for messages
//   Weights                          spans of all constants, which prepare copies
//   Product, kProducts               FullyConnected of T to Value, and how many it has
//   Value                            of the outputs of its products
//   kStates                          names of its states
//   validate(params, weights)        what it refuses beyond what the products do
//   product(params, i)               FullyConnectedParams
//   filter(weights, i), bias(weights, i)
//   kNames[i]                        what the arguments of a product are called here
//   used(weights)                    memory of the weights
//   constant_bytes(params)           of what it packs besides
//   pack(params, weights, constants)
//   sizes(params)                    elements of the tensors, and values of products in scratch
//   run(params, constants, products, values, input, states..., output)
//                                    products(i, input, output) runs one of them
#pragma once

#include <string_view>

#include "octet/family/bound.hpp"
#include "octet/family/product.hpp"

namespace octet::inline OCTET_BASELINE::family {

// Elements of the operands of one run, and of the values in scratch memory.
template <std::size_t kStates>
struct RecurrentSizes {
  std::int64_t inputs, outputs, values;
  std::int64_t states[kStates];
};

// The name of a product's argument, and what it is here.
struct ArgumentName {
  std::string_view product;
  const char* name;
};

template <class Operation, class T, class... States>
class Recurrent
    : public BindableTo<Recurrent<Operation, T, States...>, const T, States..., T, std::byte> {
  using Value = typename Operation::Value;
  using Product = typename Operation::Product;
  static constexpr int kProducts = Operation::kProducts;

 public:
  using Params = typename Operation::Params;
  using Weights = typename Operation::Weights;

  static constexpr const char* kName = Operation::kName;

  // Bytes of memory that prepare packs the constants into; 0 for parameters that it refuses.
  static constexpr std::size_t packed_bytes(const Params& params,
                                            const Backend& backend = best_backend()) {
    if (!Operation::validate(params).ok()) return 0;
    std::size_t bytes = aligned(Operation::constant_bytes(params));
    for (int i = 0; i < kProducts; ++i) {
      bytes += aligned(Product::packed_bytes(Operation::product(params, i), backend));
    }
    return bytes;
  }

  // Bytes of scratch memory, aligned to kAlignment, that each concurrent run needs; 0 as above.
  static constexpr std::size_t scratch_bytes(const Params& params,
                                             const Backend& backend = best_backend()) {
    if (!Operation::validate(params).ok()) return 0;
    std::size_t most = 0;
    for (int i = 0; i < kProducts; ++i) {
      const std::size_t bytes = Product::scratch_bytes(Operation::product(params, i), backend);
      most = bytes > most ? bytes : most;
    }
    return values_bytes(params) + most;
  }

  // What any backend of this build needs at the most: constants for static memory.
  static constexpr std::size_t max_packed_bytes(const Params& params) {
    return detail::max_over_backends([&](const Backend& b) { return packed_bytes(params, b); });
  }
  static constexpr std::size_t max_scratch_bytes(const Params& params) {
    return detail::max_over_backends([&](const Backend& b) { return scratch_bytes(params, b); });
  }

  // Checks every parameter and packs the weights into `packed`, which must stay in place as long as
  // the result is used. The weights and the spans of params are not kept.
  static Result<Recurrent> prepare(const Params& params, const Weights& weights,
                                   std::span<std::byte> packed,
                                   const Backend& backend = best_backend()) {
    if (const Status s = Operation::validate(params); !s.ok()) return {s};
    if (const Status s = Operation::validate(params, weights); !s.ok()) return {s};
    const std::size_t bytes = packed_bytes(params, backend);
    if (const Status s = check::memory("packed", packed, bytes); !s.ok()) return {s};
    for (const check::Used& constants : Operation::used(weights)) {
      if (constants.meets({packed.data(), bytes})) return {{StatusCode::overlap, "packed"}};
    }
    Recurrent result;
    std::size_t place = aligned(Operation::constant_bytes(params));
    for (int i = 0; i < kProducts; ++i) {
      const typename Product::Params product = Operation::product(params, i);
      const auto prepared =
          Product::prepare(product, Operation::filter(weights, i), Operation::bias(weights, i),
                           packed.subspan(place < bytes ? place : 0), backend);
      if (!prepared) return {renamed(prepared.status(), i)};
      result.products_[i] = *prepared;
      place += aligned(Product::packed_bytes(product, backend));
    }
    Operation::pack(params, weights, packed.data());
    result.params_ = params;
    result.backend_ = &backend;
    result.packed_ = {packed.data(), bytes};
    result.scratch_bytes_ = scratch_bytes(params, backend);
    return {{}, result};
  }

  const Backend& backend() const { return *backend_; }
  std::size_t scratch_bytes() const { return scratch_bytes_; }

 private:
  friend typename Recurrent::Bound;
  friend typename Recurrent::BindableTo;

  static constexpr std::size_t aligned(std::size_t bytes) {
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
  }
  static constexpr std::size_t values_bytes(const Params& params) {
    return aligned(static_cast<std::size_t>(Operation::sizes(params).values) * sizeof(Value));
  }

  static constexpr Status renamed(Status status, int product) {
    for (const ArgumentName& argument : Operation::kNames[product]) {
      if (argument.product == status.argument) {
        status.argument = argument.name;
        break;
      }
    }
    return status;
  }

  Status ready() const {
    if (backend_ == nullptr) return {StatusCode::not_prepared, kName};
    return check::backend(*backend_);
  }

  Status check_memory(std::span<const T> input, std::span<States>... states, std::span<T> output,
                      std::span<std::byte> scratch) const {
    constexpr std::size_t kStates = sizeof...(States);
    const auto sizes = Operation::sizes(params_);
    if (const Status s = check::first_refusal({check::buffer("input", input, sizes.inputs),
                                               check::buffer("output", output, sizes.outputs),
                                               check::memory("scratch", scratch, scratch_bytes_)});
        !s.ok()) {
      return s;
    }
    std::size_t i = 0;
    Status refused;
    ((refused =
          refused.ok() ? check::buffer(Operation::kStates[i], states, sizes.states[i]) : refused,
      ++i),
     ...);
    if (!refused.ok()) return refused;
    i = 0;
    const check::Used read[] = {{input.data(), sizes.inputs}, {packed_.data(), packed_.size()}};
    const check::Used written[] = {check::Used(states.data(), sizes.states[i++])...,
                                   {output.data(), sizes.outputs},
                                   {scratch.data(), scratch_bytes_}};
    for (std::size_t w = 0; w < kStates + 2; ++w) {
      const char* const name = w < kStates    ? Operation::kStates[w]
                               : w == kStates ? "output"
                                              : "scratch";
      for (const check::Used& other : read) {
        if (written[w].meets(other)) return {StatusCode::overlap, name};
      }
      for (std::size_t other = 0; other < w; ++other) {
        if (written[w].meets(written[other])) return {StatusCode::overlap, name};
      }
    }
    return {};
  }

  void run(const T* input, States*... states, T* output, std::byte* scratch) const {
    const std::size_t front = values_bytes(params_);
    const std::span<std::byte> block(scratch + front, scratch_bytes_ - front);
    const auto products = [&](int i, std::span<const T> x, std::span<Value> y) {
      const auto bound = products_[i].bind(x, y, block);
      assert(bound && "the memory of a product was checked by bind");
      bound->run();
    };
    Operation::run(params_, packed_.data(), products, reinterpret_cast<Value*>(scratch), input,
                   states..., output);
  }

  Params params_ = {};  // of which the spans are not read
  const Backend* backend_ = nullptr;
  std::span<const std::byte> packed_;
  std::size_t scratch_bytes_ = 0;
  Product products_[kProducts] = {};
};

}  // namespace octet::inline OCTET_BASELINE::family
