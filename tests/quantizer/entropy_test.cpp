// SPDX-License-Identifier: Apache-2.0
// Entropy with two ends against a search that shares nothing with it.
#include "octet_quantizer/entropy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/random.hpp"

namespace {

using octet::Histogram;
using octet_quantizer::BinRange, octet_quantizer::TwoSidedEntropy;

// More or less normal.
float draw(Random& random) {
  float sum = 0;
  for (int i = 0; i < 6; ++i) sum += static_cast<float>(random.in(-1000, 1000)) / 1000;
  return sum / 2;
}

template <class Draw>
Histogram histogram_of(int count, Draw draw_one) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i) values.push_back(draw_one(i));
  Histogram histogram;
  histogram.add(values);
  return histogram;
}

// All bins on one line, and the vectors P and Q of a range as the slides of GTC 2017 (s7310) have
// them, with 256 levels, values beyond both ends, and Q divided by the sum of P.
class Line {
 public:
  explicit Line(const Histogram& histogram) {
    for (std::size_t i = kBins; i-- > 0;) bins_.push_back(double(histogram.negative(i)));
    for (std::size_t i = 0; i < kBins; ++i) bins_.push_back(double(histogram.positive(i)));
    bins_[kBins - 1] = bins_[kBins - 2];
    bins_[kBins] = bins_[kBins + 1];
  }

  double divergence(const BinRange& range) const {
    const std::size_t first = kBins - range.below, n = range.below + range.above;
    std::vector<double> p(n), q(n), sums(256), members(256);
    std::vector<std::size_t> level(n);
    double p_sum = 0, distance = 0;
    for (std::size_t i = 0; i < n; ++i) {
      level[i] = i == 0 ? 0 : level[i - 1];
      while (level[i] + 1 < 256 && (level[i] + 1) * n / 256 <= i) ++level[i];
      p[i] = bins_[first + i];
      sums[level[i]] += p[i];
      members[level[i]] += p[i] > 0 ? 1 : 0;
    }
    for (std::size_t i = 0; i < n; ++i) q[i] = p[i] > 0 ? sums[level[i]] / members[level[i]] : 0;
    for (std::size_t i = 0; i < first; ++i) p[0] += bins_[i];
    for (std::size_t i = first + n; i < bins_.size(); ++i) p[n - 1] += bins_[i];
    for (std::size_t i = 0; i < n; ++i) p_sum += p[i];
    for (std::size_t i = 0; i < n; ++i) {
      if (p[i] == 0) continue;
      if (q[i] == 0) return std::numeric_limits<double>::infinity();
      distance += p[i] / p_sum * std::log(p[i] / p_sum / (q[i] / p_sum));
    }
    return distance;
  }

 private:
  static constexpr std::size_t kBins = Histogram::kBins;
  std::vector<double> bins_;
};

// What no range of a coarse grid and no other place of one end betters.
void check(const Histogram& histogram) {
  const TwoSidedEntropy entropy(histogram);
  const Line line(histogram);
  const BinRange all = entropy.all(), best = entropy.best();
  const double least = line.divergence(best);
  CHECK(entropy.divergence(best) == Approx(least).margin(1e-9));
  const auto is_no_better = [&](const BinRange& range) {
    return range.below + range.above < 256 || line.divergence(range) >= least - 1e-9;
  };
  for (std::size_t below = 0; below <= all.below; below += 128) {
    for (std::size_t above = 0; above <= all.above; above += 128) {
      if (!is_no_better({below, above})) FAIL(below << " " << above);
    }
  }
  for (std::size_t end = 0; end <= Histogram::kBins; end += 3) {
    if (end <= all.below && !is_no_better({end, best.above})) FAIL("below " << end);
    if (end <= all.above && !is_no_better({best.below, end})) FAIL("above " << end);
  }
}

}  // namespace

TEST_CASE("entropy with two ends equals a brute-force search") {
  Random random(test_seed());
  CAPTURE(random.seed());
  SECTION("symmetric") {
    check(histogram_of(20000, [&](int) { return draw(random); }));
  }
  SECTION("far from zero, with outliers on the other side") {
    check(histogram_of(20000, [&](int i) { return i % 2000 == 0 ? 5.0f : draw(random) - 6; }));
  }
  SECTION("behind a RELU") {
    check(histogram_of(20000, [&](int) { return std::max(0.0f, draw(random)); }));
  }
  SECTION("few bins") {
    check(histogram_of(500, [&](int i) { return static_cast<float>(i % 7) - 2; }));
  }
}

TEST_CASE("entropy with two ends cuts outliers on their side alone") {
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto one_sided =
      histogram_of(50000, [&](int i) { return i % 10000 == 0 ? 15.0f : -std::abs(draw(random)); });
  const octet::RealRange range = octet_quantizer::two_sided_entropy_range(one_sided);
  CHECK(range.max < 10);
  CHECK(range.min < 0.9f * one_sided.range().min);
  // Zeros change nothing.
  auto with_zeros = one_sided;
  with_zeros.add(std::vector<float>(100000, 0.0f));
  CHECK(octet_quantizer::two_sided_entropy_range(with_zeros) == range);
  CHECK(octet_quantizer::two_sided_entropy_range(Histogram()) == octet::RealRange{0, 0});
}
