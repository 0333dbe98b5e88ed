// SPDX-License-Identifier: Apache-2.0
// How much of a tensor is left once it has been integers. Host side. Spans have equal lengths.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include "octet/quantize/range.hpp"

namespace octet::inline OCTET_BASELINE {

// What tells two tensors, or streams of them, apart.
class Differences {
 public:
  void add(std::span<const float> exact, std::span<const float> approximate) {
    for (std::size_t i = 0; i < exact.size(); ++i) add(exact[i], approximate[i]);
  }
  void add(float exact, float approximate) {
    const double a = exact, b = approximate;
    noise_ += (a - b) * (a - b);
    product_ += a * b;
    exact_squared_ += a * a;
    approximate_squared_ += b * b;
  }

  // Signal to quantization noise in dB: 10 log10(sum of exact^2 / sum of (exact - approximate)^2).
  // Infinite without a difference.
  double signal_to_noise() const {
    return noise_ == 0 ? std::numeric_limits<double>::infinity()
                       : 10 * std::log10(exact_squared_ / noise_);
  }

  // The cosine of the angle between both: 1 where they are proportional. 0 if one of them is 0.
  double cosine_similarity() const {
    const double lengths = std::sqrt(exact_squared_) * std::sqrt(approximate_squared_);
    return lengths == 0 ? 0 : product_ / lengths;
  }

 private:
  double noise_ = 0, product_ = 0, exact_squared_ = 0, approximate_squared_ = 0;
};

inline double signal_to_noise(std::span<const float> exact, std::span<const float> approximate) {
  Differences differences;
  differences.add(exact, approximate);
  return differences.signal_to_noise();
}

inline double cosine_similarity(std::span<const float> a, std::span<const float> b) {
  Differences differences;
  differences.add(a, b);
  return differences.cosine_similarity();
}

// The share of values outside of a range, which become its ends.
inline double clipped_share(std::span<const float> values, const RealRange& range) {
  std::size_t outside = 0;
  for (const float value : values) outside += value < range.min || value > range.max ? 1 : 0;
  return values.empty() ? 0 : static_cast<double>(outside) / static_cast<double>(values.size());
}

}  // namespace octet::inline OCTET_BASELINE
