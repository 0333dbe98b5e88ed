// SPDX-License-Identifier: Apache-2.0
// Builds small float networks for tests, and quantizes them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "octet/quantize/measures.hpp"
#include "octet_quantizer/float_network.hpp"
#include "octet_quantizer/integer_runner.hpp"
#include "octet_quantizer/quantizer.hpp"
#include "octet_quantizer/report.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"

namespace quantizer_test {

using namespace octet_quantizer;

using Shape = std::vector<std::int32_t>;

class NetworkBuilder {
 public:
  NetworkBuilder() {
    network.version = 3;
    network.buffers.push_back(std::make_unique<schema::BufferT>());
    network.subgraphs.push_back(std::make_unique<Graph>());
  }

  std::int32_t input(const Shape& shape) {
    const std::int32_t tensor = activation(shape);
    graph_of(network).inputs.push_back(tensor);
    return tensor;
  }

  std::int32_t activation(const Shape& shape) {
    const std::string name = "tensor " + std::to_string(graph_of(network).tensors.size());
    return add_tensor(network, name, shape, schema::TensorType_FLOAT32);
  }

  std::int32_t constant(const Shape& shape, const std::vector<float>& values) {
    const std::int32_t tensor = activation(shape);
    set_values(network, tensor, values);
    return tensor;
  }

  std::int32_t list(const std::vector<std::int32_t>& values) {
    const std::int32_t tensor = add_tensor(
        network, "list", {static_cast<std::int32_t>(values.size())}, schema::TensorType_INT32);
    set_values(network, tensor, values);
    return tensor;
  }

  // Normal numbers, more or less, scaled.
  std::int32_t random(const Shape& shape, float scale = 1) {
    std::vector<float> values(static_cast<std::size_t>(elements(shape)));
    for (float& value : values) value = scale * draw();
    return constant(shape, values);
  }

  // An operator that writes one new activation, whose index is returned.
  template <class Options = std::nullptr_t>
  std::int32_t operation(Code code, const std::vector<std::int32_t>& inputs, const Shape& output,
                         const Options& options = {}) {
    const std::int32_t tensor = activation(output);
    operation_to(code, inputs, {tensor}, options);
    return tensor;
  }
  template <class Options = std::nullptr_t>
  void operation_to(Code code, const std::vector<std::int32_t>& inputs,
                    const std::vector<std::int32_t>& outputs, const Options& options = {}) {
    auto operation = std::make_unique<Operation>();
    operation->opcode_index = opcode_index(network, code);
    operation->inputs = inputs;
    operation->outputs = outputs;
    if constexpr (!std::is_same_v<Options, std::nullptr_t>) {
      operation->builtin_options.Set(Options(options));
    }
    graph_of(network).operators.push_back(std::move(operation));
  }

  void output(std::int32_t tensor) { graph_of(network).outputs.push_back(tensor); }

  // Samples of normal numbers for every input.
  Samples samples(std::size_t count) {
    return Samples::synthesize(network, count, {-2, 2}, static_cast<std::uint32_t>(rng.seed()));
  }

  static std::int64_t elements(const Shape& shape) {
    std::int64_t product = 1;
    for (const std::int32_t extent : shape) product *= extent;
    return product;
  }

  float draw() {
    float sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<float>(rng.in(-1000, 1000)) / 1000;
    return sum / 2;
  }

  Network network;
  Random rng{test_seed()};
};

// A network with all that is needed to quantize it.
struct Bench {
  explicit Bench(Network given, Samples of) : network(std::move(given)), samples(std::move(of)) {
    REQUIRE_FALSE(normalize(network));
    auto created = FloatEvaluator::create(network);
    if (!created) FAIL(created.error().message);
    evaluator = std::make_unique<FloatEvaluator>(std::move(*created));
    calibrated = std::make_unique<Calibrated>(
        Calibrated{network, *evaluator, samples, observe(network, *evaluator, samples)});
  }

  Recipe recipe(const Choice& choice = {}) const {
    return {.choices = std::vector<Choice>(graph_of(network).tensors.size(), choice)};
  }

  Quantized quantize(const Recipe& with) const {
    auto quantized = octet_quantizer::quantize(*calibrated, with);
    if (!quantized) FAIL(quantized.error().message);
    return std::move(*quantized);
  }

  // dB at the output.
  double signal_to_noise(const Quantized& quantized) const {
    auto runner = IntegerRunner::create(quantized.file);
    if (!runner) FAIL(runner.error().message);
    const Truth truth(network, *evaluator, samples, {});
    return truth.measure(**runner).signal_to_noise;
  }
  double signal_to_noise(const Recipe& with) const { return signal_to_noise(quantize(with)); }

  Network network;
  Samples samples;
  std::unique_ptr<FloatEvaluator> evaluator;
  std::unique_ptr<Calibrated> calibrated;
};

}  // namespace quantizer_test
