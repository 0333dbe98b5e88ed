// SPDX-License-Identifier: Apache-2.0
#include "octet_quantizer/calibration.hpp"

#include <algorithm>

#include "octet_quantizer/entropy.hpp"

namespace octet_quantizer {

std::string to_string(Method method) {
  switch (method) {
    case Method::minmax: return "minmax";
    case Method::moving_average: return "moving_average";
    case Method::percentile: return "percentile";
    case Method::least_squares: return "least_squares";
    case Method::entropy: return "entropy";
    case Method::entropy_two_sided: return "entropy_two_sided";
  }
  return "unknown";
}

std::optional<Method> find_method(std::string_view name) {
  for (const Method method : kMethods) {
    if (to_string(method) == name) return method;
  }
  return std::nullopt;
}

std::vector<Observations> observe(const Network& network, FloatEvaluator& evaluator,
                                  const Samples& samples, const Progress& progress) {
  std::vector<Observations> all(graph_of(network).tensors.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    evaluator.run(samples[i], [&](std::int32_t tensor, std::span<const float> values) {
      Observations& of_tensor = all[static_cast<std::size_t>(tensor)];
      of_tensor.histogram.add(values);
      of_tensor.moving_average.add(values);
    });
    if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(samples.size()));
  }
  return all;
}

octet::RealRange choose_range(const Observations& observations, const Choice& choice) {
  if (choice.range) return *choice.range;
  const octet::Histogram& histogram = observations.histogram;
  if (histogram.count() == 0) return {};
  switch (choice.method) {
    case Method::minmax: return histogram.range();
    case Method::moving_average: return observations.moving_average.range();
    case Method::percentile: return octet::percentile_range(histogram, choice.percentile);
    case Method::least_squares:
      return choice.bits == 16 ? histogram.range()
                               : octet::least_squares_range<std::int8_t>(histogram);
    case Method::entropy: return octet::entropy_range(histogram);
    case Method::entropy_two_sided: return two_sided_entropy_range(histogram);
  }
  return histogram.range();
}

octet::CalibrationCache to_cache(const Network& network,
                                 const std::vector<octet::RealRange>& ranges, Method method) {
  octet::CalibrationCache cache;
  if (method != Method::entropy) cache.header = "TRT-8503-MinMaxCalibration";
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const float largest = ranges[i].largest();
    if (!(largest > 0)) continue;
    cache.entries.push_back(
        {graph_of(network).tensors[i]->name, octet::symmetric_quantization(largest).scale});
  }
  return cache;
}

void apply_cache(const Network& network, const octet::CalibrationCache& cache,
                 std::vector<octet::RealRange>& ranges) {
  for (const octet::CalibrationCache::Entry& entry : cache.entries) {
    const auto& tensors = graph_of(network).tensors;
    const auto found = std::ranges::find_if(
        tensors, [&](const auto& tensor) { return tensor->name == entry.tensor; });
    if (found == tensors.end()) continue;
    const float largest = 127 * entry.scale;
    ranges[static_cast<std::size_t>(found - tensors.begin())] = {-largest, largest};
  }
}

}  // namespace octet_quantizer
