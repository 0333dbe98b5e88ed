// SPDX-License-Identifier: Apache-2.0
// Runs a network in float32 with plain loops: what its integers are measured against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "octet_quantizer/network.hpp"

namespace octet_quantizer {

// The elements of each input of a network, in their order.
using Sample = std::vector<std::vector<float>>;

class FloatEvaluator {
 public:
  // Fails as check_network does, or with what is wrong with an operator. The network
  // is kept by reference; its constants are read at each run.
  static Expected<FloatEvaluator> create(const Network& network);

  FloatEvaluator(FloatEvaluator&&) noexcept;
  FloatEvaluator& operator=(FloatEvaluator&&) noexcept;
  ~FloatEvaluator();

  // The sample has an entry of the right size for each input. Calls each(tensor, values) for every
  // input and every float32 output of an operator, in the order in which they get values.
  using Callback = std::function<void(std::int32_t, std::span<const float>)>;
  void run(const Sample& sample, const Callback& each = {});

  // Of a tensor, after a run.
  std::span<const float> values(std::int32_t tensor) const;

 private:
  struct Mover;  // an operator that moves elements: the engine does it, with the bits of the reals

  explicit FloatEvaluator(const Network& network);

  std::span<const std::byte> bytes_of(std::int32_t tensor) const;
  void evaluate(std::size_t operation);

  const Network* network_;
  std::vector<std::vector<std::byte>> memory_;  // of activations
  std::vector<std::unique_ptr<Mover>> movers_;  // by operator; null pointers for the others
};

}  // namespace octet_quantizer
