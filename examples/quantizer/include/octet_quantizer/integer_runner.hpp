// SPDX-License-Identifier: Apache-2.0
// A quantized file in octet's engine, with real numbers outside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "octet/quantize/range.hpp"
#include "octet_engine/engine.hpp"
#include "octet_quantizer/float_evaluator.hpp"

namespace octet_quantizer {

class IntegerRunner {
 public:
  static Expected<std::unique_ptr<IntegerRunner>> create(std::vector<std::byte> file);

  // Calls after(i) when operator i of the file has finished.
  void run(const Sample& sample, const std::function<void(std::size_t)>& after = {});

  // What a tensor stands for; for activations while they are there (octet_engine::Engine::tensor).
  std::vector<float> reals_of(std::int32_t tensor) const;
  std::vector<float> output(std::size_t i) const;

  // What its integers can stand for.
  octet::RealRange range_of(std::int32_t tensor) const;

  const octet_engine::Model& model() const { return model_; }

  // The fastest of some runs, in microseconds.
  double microseconds(int runs);

 private:
  explicit IntegerRunner(octet_engine::Model model) : model_(std::move(model)) {}

  octet_engine::Model model_;
  std::unique_ptr<octet_engine::Engine> engine_;
};

}  // namespace octet_quantizer
