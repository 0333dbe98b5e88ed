// SPDX-License-Identifier: Apache-2.0
// TensorRT's recipe on the digits: the network is quantized with each way to choose thresholds, and
// the entropy's ones are compared with a search that computes every divergence as it was published.
// Source: Migacz, 8-bit Inference with TensorRT, GTC 2017 (s7310).
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "digits/float_digits.hpp"

namespace {

using digits::Error, digits::FloatDigits;
using octet_quantizer::Method;

constexpr std::size_t kLevels = 128;
constexpr double kMostLost = 0.005;  // of the float accuracy

// The published loop: P is the first `bins` bins, what lies beyond added to the last; Q the same
// bins merged into 128 levels and expanded again over the bins that are not empty.
double published_divergence(const octet::Histogram& histogram, std::size_t bins) {
  std::vector<double> p, q(bins);
  for (std::size_t i = 0; i < bins; ++i) {
    p.push_back(static_cast<double>(histogram.magnitudes(i == 0 ? 1 : i)));  // zeros are exact
  }
  const std::vector<double> inside = p;
  for (std::size_t i = bins; i < octet::Histogram::kBins; ++i) {
    p[bins - 1] += static_cast<double>(histogram.magnitudes(i));
  }
  for (std::size_t level = 0; level < kLevels; ++level) {
    const std::size_t begin = level * bins / kLevels, end = (level + 1) * bins / kLevels;
    double sum = 0, used = 0;
    for (std::size_t i = begin; i < end; ++i) {
      sum += inside[i];
      used += inside[i] != 0 ? 1 : 0;
    }
    for (std::size_t i = begin; i < end; ++i) q[i] = inside[i] != 0 ? sum / used : 0;
  }
  double all_p = 0, all_q = 0, divergence = 0;
  for (std::size_t i = 0; i < bins; ++i) {
    all_p += p[i];
    all_q += q[i];
  }
  for (std::size_t i = 0; i < bins; ++i) {
    if (p[i] == 0) continue;
    if (q[i] == 0) return std::numeric_limits<double>::infinity();
    divergence += p[i] / all_p * std::log((p[i] / all_p) / (q[i] / all_q));
  }
  return divergence;
}

// Whether the library's threshold has the least of all published divergences.
bool is_best(const octet::Histogram& histogram) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t bins = kLevels; bins <= octet::Histogram::kBins; ++bins) {
    least = std::min(least, published_divergence(histogram, bins));
  }
  const double ours = published_divergence(histogram, octet::entropy_bins(histogram));
  return ours == least || std::abs(ours - least) <= 1e-12;
}

// The magnitudes of an activation, with the thresholds of every method.
void draw(const FloatDigits& digits, std::size_t tensor, octet_plot::Chart& chart) {
  const auto& observations = digits.calibrated().observations[tensor];
  const octet::Histogram& histogram = observations.histogram;
  chart.title = "Values of the addition over 200 images, and where they are cut";
  chart.x.label = "magnitude";
  chart.y = {.label = "values in a bin", .logarithmic = true};
  octet_plot::Series series{.mark = octet_plot::Mark::points};
  for (std::size_t i = 0; i < octet::Histogram::kBins; ++i) {
    if (histogram.magnitudes(i) == 0) continue;
    series.x.push_back((static_cast<double>(i) + 0.5) * histogram.bin_width());
    series.y.push_back(static_cast<double>(histogram.magnitudes(i)));
  }
  chart.series.push_back(std::move(series));
  for (const Method method : octet_quantizer::kMethods) {
    const auto range = octet_quantizer::choose_range(observations, {.method = method});
    chart.thresholds.push_back({to_string(method), double{range.largest()}});
  }
}

std::optional<Error> run(const FloatDigits& digits, octet_plot::Chart& chart) {
  const auto& tensors = octet_quantizer::graph_of(digits.network()).tensors;
  std::printf("largest magnitude within the range of each activation\n%-14s", "");
  for (const Method method : octet_quantizer::kMethods) {
    std::printf(" %17s", to_string(method).c_str());
  }
  std::puts("");
  std::size_t searched = 0, wrong = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& observations = digits.calibrated().observations[i];
    if (observations.histogram.count() == 0) continue;
    std::printf("%-14s", tensors[i]->name.c_str());
    for (const Method method : octet_quantizer::kMethods) {
      const auto range = octet_quantizer::choose_range(observations, {.method = method});
      std::printf(" %17.3f", double{range.largest()});
    }
    std::puts("");
    ++searched;
    wrong += is_best(observations.histogram) ? 0 : 1;
    if (tensors[i]->name == "add") draw(digits, i, chart);
  }
  std::printf("entropy: %zu of %zu thresholds differ from a search by brute force\n\n", wrong,
              searched);
  std::printf("%-18s %10s %26s\n", "method", "accuracy", "signal to noise at the end");
  bool is_near = true;
  double float_accuracy = 0;
  for (const Method method : octet_quantizer::kMethods) {
    const auto quantized = digits.quantize(digits.choices({.method = method}));
    if (!quantized) return quantized.error();
    const auto measured = digits.measure(quantized->file);
    if (!measured) return measured.error();
    const auto& output = measured->output;
    std::printf("%-18s %8.2f %% %23.1f dB\n", to_string(method).c_str(),
                100 * *output.integer_accuracy, output.signal_to_noise);
    float_accuracy = *output.float_accuracy;
    is_near = is_near && *output.integer_accuracy >= float_accuracy - kMostLost;
  }
  std::printf("%-18s %8.2f %%\n", "float32", 100 * float_accuracy);
  if (wrong != 0) return octet_quantizer::invalid("the search by brute force finds others");
  if (!is_near) return octet_quantizer::invalid("a method loses more than half a point");
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) { return digits::run_program(argc, argv, run); }
