// SPDX-License-Identifier: Apache-2.0
// How much of a tensor is left once it has been integers. Host side. Spans have equal lengths.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include "octet/quantize/range.hpp"

namespace octet::inline OCTET_BASELINE {

// Signal to quantization noise in dB: 10 log10(sum of exact^2 / sum of (exact - approximate)^2).
// Infinite without a difference.
inline double signal_to_noise(std::span<const float> exact, std::span<const float> approximate) {
  double signal = 0, noise = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double difference = double{exact[i]} - double{approximate[i]};
    signal += double{exact[i]} * double{exact[i]};
    noise += difference * difference;
  }
  return noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(signal / noise);
}

// The cosine of the angle between both: 1 where they are proportional. 0 if one of them is 0.
inline double cosine_similarity(std::span<const float> a, std::span<const float> b) {
  double product = 0, a_squared = 0, b_squared = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += double{a[i]} * double{b[i]};
    a_squared += double{a[i]} * double{a[i]};
    b_squared += double{b[i]} * double{b[i]};
  }
  const double lengths = std::sqrt(a_squared) * std::sqrt(b_squared);
  return lengths == 0 ? 0 : product / lengths;
}

// The share of values outside of a range, which become its ends.
inline double clipped_share(std::span<const float> values, const RealRange& range) {
  std::size_t outside = 0;
  for (const float value : values) outside += value < range.min || value > range.max ? 1 : 0;
  return values.empty() ? 0 : static_cast<double>(outside) / static_cast<double>(values.size());
}

}  // namespace octet::inline OCTET_BASELINE
