// SPDX-License-Identifier: Apache-2.0
// The digits' float network, calibrated, with the test images: what examples quantize.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "octet_quantizer/float_network.hpp"
#include "octet_quantizer/quantizer.hpp"
#include "octet_quantizer/report.hpp"
#include "plot/program.hpp"

namespace digits {

using octet_quantizer::Error, octet_quantizer::Expected;

// What an output is worth, and what it costs.
struct Measured {
  octet_quantizer::OutputReport output;
  std::size_t bytes = 0;  // of the file
  double microseconds = 0;
};

class FloatDigits {
 public:
  static Expected<std::unique_ptr<FloatDigits>> load() {
    namespace quantizer = octet_quantizer;
    const std::filesystem::path folder = OCTET_DIGITS_DIR;
    auto network = quantizer::read_network(folder / "digits_float.tflite");
    if (!network) return network.error();
    if (const auto error = quantizer::normalize(*network)) return *error;
    std::unique_ptr<FloatDigits> loaded(new FloatDigits(std::move(*network)));
    auto evaluator = quantizer::FloatEvaluator::create(loaded->network_);
    if (!evaluator) return evaluator.error();
    loaded->evaluator_.emplace(std::move(*evaluator));
    const auto samples = [&](const char* name) {
      return quantizer::Samples::load(loaded->network_, std::vector{folder / name});
    };
    auto calibration = samples("calibration.npy"), test = samples("images.npy");
    if (!calibration) return calibration.error();
    if (!test) return test.error();
    auto labels = quantizer::load_labels(folder / "labels.npy");
    if (!labels) return labels.error();
    loaded->calibration_ = std::move(*calibration);
    loaded->test_ = std::move(*test);
    loaded->labels_ = std::move(*labels);
    loaded->truth_.emplace(loaded->network_, *loaded->evaluator_, loaded->test_, loaded->labels_);
    loaded->calibrated_.emplace(quantizer::Calibrated{
        loaded->network_, *loaded->evaluator_, loaded->calibration_,
        quantizer::observe(loaded->network_, *loaded->evaluator_, loaded->calibration_)});
    return loaded;
  }
  FloatDigits(const FloatDigits&) = delete;
  FloatDigits& operator=(const FloatDigits&) = delete;

  const octet_quantizer::Network& network() const { return network_; }
  const octet_quantizer::Calibrated& calibrated() const { return *calibrated_; }
  const octet_quantizer::Samples& test() const { return test_; }
  const std::vector<std::int64_t>& labels() const { return labels_; }
  const octet_quantizer::Truth& truth() const { return *truth_; }

  // A choice for every tensor.
  std::vector<octet_quantizer::Choice> choices(const octet_quantizer::Choice& choice) const {
    return std::vector(octet_quantizer::graph_of(network_).tensors.size(), choice);
  }

  Expected<octet_quantizer::Quantized> quantize(
      const std::vector<octet_quantizer::Choice>& choices) const {
    return octet_quantizer::quantize(*calibrated_, {.choices = choices});
  }

  // The test images through the engine.
  Expected<Measured> measure(const std::vector<std::byte>& file) const {
    auto runner = octet_quantizer::IntegerRunner::create(file);
    if (!runner) return runner.error();
    Measured measured{.output = truth_->measure(**runner), .bytes = file.size()};
    measured.microseconds = (*runner)->microseconds(100);
    return measured;
  }

 private:
  explicit FloatDigits(octet_quantizer::Network network) : network_(std::move(network)) {}

  octet_quantizer::Network network_;
  std::optional<octet_quantizer::FloatEvaluator> evaluator_;
  octet_quantizer::Samples calibration_, test_;
  std::vector<std::int64_t> labels_;
  std::optional<octet_quantizer::Truth> truth_;
  std::optional<octet_quantizer::Calibrated> calibrated_;
};

// The main function of such an example: NAME [--plot FILE].
inline int run_program(
    int argc, char** argv,
    const std::function<std::optional<Error>(const FloatDigits&, octet_plot::Chart&)>& measure) {
  return octet_plot::run_program(argc, argv, [&](octet_plot::Chart& chart) {
    const auto loaded = FloatDigits::load();
    const auto error = loaded ? measure(**loaded, chart) : loaded.error();
    if (error) std::fprintf(stderr, "%s: %s\n", argv[0], error->message.c_str());
    return !error;
  });
}

}  // namespace digits
