// SPDX-License-Identifier: Apache-2.0
#include "octet_quantizer/quantizer.hpp"

#include <utility>

namespace octet_quantizer {

std::vector<octet::RealRange> choose_ranges(const Calibrated& calibrated, const Recipe& recipe) {
  std::vector<octet::RealRange> ranges;
  for (std::size_t i = 0; i < calibrated.observations.size(); ++i) {
    ranges.push_back(choose_range(calibrated.observations[i], recipe.choices[i]));
  }
  if (recipe.cache) apply_cache(calibrated.network, *recipe.cache, ranges);
  return ranges;
}

Expected<Quantized> quantize(const Calibrated& calibrated, const Recipe& recipe,
                             const Progress& progress) {
  Quantized quantized{.integers = {}, .plan = {}, .file = {}, .reals = calibrated.network};
  if (recipe.correct_bias) {
    correct_biases(quantized.reals, calibrated.evaluator, calibrated.samples, recipe.options,
                   progress);
  }
  const std::vector<octet::RealRange> ranges = choose_ranges(calibrated, recipe);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    quantized.plan.push_back({ranges[i], recipe.choices[i].bits});
  }
  auto integers = to_integers(quantized.reals, quantized.plan, recipe.options);
  if (!integers) return integers.error();
  quantized.integers = std::move(*integers);
  quantized.file = to_bytes(quantized.integers.network);
  return quantized;
}

}  // namespace octet_quantizer
