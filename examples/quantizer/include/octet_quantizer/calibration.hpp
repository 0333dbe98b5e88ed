// SPDX-License-Identifier: Apache-2.0
// Which range of real numbers each activation of a network gets.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "octet/quantize/calibration.hpp"
#include "octet/quantize/calibration_cache.hpp"
#include "octet_quantizer/float_evaluator.hpp"
#include "octet_quantizer/samples.hpp"

namespace octet_quantizer {

// How a range follows from the values that were seen: octet/quantize/calibration.hpp, and
// entropy.hpp for the last.
enum class Method {
  minmax,
  moving_average,
  percentile,
  least_squares,
  entropy,
  entropy_two_sided,
};

inline constexpr Method kMethods[] = {Method::minmax,     Method::moving_average,
                                      Method::percentile, Method::least_squares,
                                      Method::entropy,    Method::entropy_two_sided};

std::string to_string(Method method);
std::optional<Method> find_method(std::string_view name);

// What is decided for one activation, and for the operator that writes it.
struct Choice {
  Method method = Method::minmax;
  double percentile = 0.9999;                  // the share of values within, for that method
  int bits = 8;                                // 8 or 16: TensorFlow Lite's 16x8 scheme
  std::optional<octet::RealRange> range = {};  // instead of a method
};

// What was seen of an activation.
struct Observations {
  octet::Histogram histogram;
  octet::MovingAverageRange moving_average;
};

// Called with the share of long work that is done.
using Progress = std::function<void(double)>;

// Runs all samples; the result has an entry for each tensor, empty where it is no activation.
std::vector<Observations> observe(const Network& network, FloatEvaluator& evaluator,
                                  const Samples& samples, const Progress& progress = {});

octet::RealRange choose_range(const Observations& observations, const Choice& choice);

// TensorRT's cache: the scale of each tensor as symmetric int8, so that the range is [-127, 127]
// scales; and the ranges that a cache gives, by tensor. Tensors that it does not name keep theirs.
octet::CalibrationCache to_cache(const Network& network,
                                 const std::vector<octet::RealRange>& ranges, Method method);
void apply_cache(const Network& network, const octet::CalibrationCache& cache,
                 std::vector<octet::RealRange>& ranges);

}  // namespace octet_quantizer
