// SPDX-License-Identifier: Apache-2.0
// Calibration by entropy with both ends of the range apart, for activations that are far from
// symmetric; octet::entropy_range cuts both at one magnitude.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "octet/quantize/calibration.hpp"

namespace octet_quantizer {

// How many bins of a histogram a range has below and above 0.
struct BinRange {
  std::size_t below = 0, above = 0;

  friend bool operator==(const BinRange&, const BinRange&) = default;
};

// The divergences of a histogram from what 256 levels of a range show of it.
class TwoSidedEntropy {
 public:
  static constexpr std::size_t kLevels = 256;

  explicit TwoSidedEntropy(const octet::Histogram& histogram);

  // The Kullback-Leibler divergence of the bins of a range, into whose ends falls what is beyond,
  // from the same bins as the levels show them: each level has the values of its bins, evenly in
  // those that are not empty. Infinite where a bin at an end is empty and something is beyond.
  // Unlike TensorRT's, shares of levels are those of all values, not of those inside: what is cut
  // off is missing, or one bin that holds all at its end would be best. Zeros are exact whatever
  // the range: the bins beside 0 count as their neighbours.
  double divergence(const BinRange& range) const;

  // From the bin of the least value to that of the greatest.
  const BinRange& all() const { return all_; }

  // The least divergence of all ranges of at least 256 bins whose ends are multiples of kStep or
  // those of all(), and from there on while one end moved alone, anywhere, lowers it.
  static constexpr std::size_t kStep = 64;
  BinRange best() const;

 private:
  BinRange all_;
  // Of the bins from the lowest of all() on: sums of all before each.
  std::vector<std::uint64_t> counts_, used_;
  std::vector<double> logarithms_;  // of count * log(count)
};

// The range of the best bins. Zero points follow from it: asymmetric_quantization.
octet::RealRange two_sided_entropy_range(const octet::Histogram& histogram);

}  // namespace octet_quantizer
