// SPDX-License-Identifier: Apache-2.0
// From a normalized float network and what was seen of it to a quantized file: all steps at once.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "octet_quantizer/bias_correction.hpp"
#include "octet_quantizer/calibration.hpp"
#include "octet_quantizer/integer_network.hpp"

namespace octet_quantizer {

// A float network that has been calibrated; its parts refer to each other.
struct Calibrated {
  const Network& network;
  FloatEvaluator& evaluator;
  const Samples& samples;
  std::vector<Observations> observations;
};

struct Recipe {
  std::vector<Choice> choices;                        // one for each tensor
  std::optional<octet::CalibrationCache> cache = {};  // whose ranges go before methods
  bool correct_bias = false;
  IntegerOptions options = {};
};

struct Quantized {
  IntegerNetwork integers;
  std::vector<TensorPlan> plan;
  std::vector<std::byte> file;
  Network reals;  // what became integers: the network, with its biases corrected
};

std::vector<octet::RealRange> choose_ranges(const Calibrated& calibrated, const Recipe& recipe);

Expected<Quantized> quantize(const Calibrated& calibrated, const Recipe& recipe,
                             const Progress& progress = {});

}  // namespace octet_quantizer
