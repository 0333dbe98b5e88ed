// SPDX-License-Identifier: Apache-2.0
// Calibrators: entropy against a search that shares nothing with it, known answers on known
// distributions, and what is said of a quantized tensor.
#include "octet/quantize/calibration.hpp"

#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "octet/quantize/calibration_cache.hpp"
#include "octet/quantize/measures.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"

namespace {

using octet::Histogram;
using octet::RealRange;

float uniform(Random& random) { return static_cast<float>(random.in(0, 1 << 24)) / 0x1p24f; }

// Box and Muller.
float normal(Random& random) {
  const float u = std::max(uniform(random), 1e-7f), v = uniform(random);
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi_v<float> * v);
}

template <class Draw>
Histogram histogram_of(std::int64_t count, Draw draw) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(draw(i));
  Histogram histogram;
  // In batches of several sizes.
  for (std::size_t i = 0; i < values.size(); i += 1000) {
    histogram.add(std::span(values).subspan(i, std::min<std::size_t>(1000, values.size() - i)));
  }
  return histogram;
}

// The calibrator of GTC 2017, s7310, as its slides have it: vectors P and Q for each number of
// bins. Zeros are exact and not counted.
std::size_t brute_force(const Histogram& histogram) {
  std::vector<double> bins;
  for (std::size_t i = 0; i < Histogram::kBins; ++i) {
    bins.push_back(static_cast<double>(histogram.magnitudes(i)));
  }
  bins[0] = bins[1];
  double least = 1e300;
  std::size_t best = bins.size();
  for (std::size_t n = 128; n <= bins.size(); ++n) {
    std::vector<double> p(bins.begin(), bins.begin() + static_cast<std::ptrdiff_t>(n));
    std::vector<double> q(n, 0);
    double outliers = 0;
    for (std::size_t i = n; i < bins.size(); ++i) outliers += bins[i];
    std::vector<double> sums(128, 0), members(128, 0);
    std::vector<std::size_t> level(n, 0);  // of a bin: the last one that does not begin behind it
    for (std::size_t i = 0; i < n; ++i) {
      level[i] = i == 0 ? 0 : level[i - 1];
      while (level[i] + 1 < 128 && (level[i] + 1) * n / 128 <= i) ++level[i];
      sums[level[i]] += p[i];
      members[level[i]] += p[i] > 0 ? 1 : 0;
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (p[i] > 0) q[i] = sums[level[i]] / members[level[i]];
    }
    p[n - 1] += outliers;
    double p_sum = 0, q_sum = 0, distance = 0;
    for (std::size_t i = 0; i < n; ++i) p_sum += p[i], q_sum += q[i];
    for (std::size_t i = 0; i < n; ++i) {
      if (p[i] == 0) continue;
      distance += q[i] == 0 ? 1e301 : p[i] / p_sum * std::log(p[i] / p_sum / (q[i] / q_sum));
    }
    if (distance < least) least = distance, best = n;
  }
  return best;
}

}  // namespace

TEST_CASE("histograms count every value once, however far values reach") {
  Random random(test_seed());
  CAPTURE(random.seed());
  std::vector<float> values = {0, 0, 1e-3f};
  for (int i = 0; i < 5000; ++i) {
    values.push_back(normal(random) * (i % 100 == 0 ? 1000.0f : 1.0f));
  }
  Histogram histogram;
  histogram.add(values);
  histogram.add(std::vector<float>{std::numeric_limits<float>::infinity(), std::nanf("")});
  CHECK(histogram.count() == values.size());
  const auto [min, max] = std::ranges::minmax(values);
  CHECK(histogram.range() == RealRange{min, max});
  std::vector<std::uint64_t> below(Histogram::kBins), above(Histogram::kBins);
  for (const float value : values) {
    ++(value < 0 ? below
                 : above)[static_cast<std::size_t>(std::abs(value) / histogram.bin_width())];
  }
  for (std::size_t i = 0; i < Histogram::kBins; ++i) {
    REQUIRE(histogram.negative(i) == below[i]);
    REQUIRE(histogram.positive(i) == above[i]);
  }
  CHECK(octet::entropy_range(Histogram()) == RealRange{0, 0});
}

TEST_CASE("entropy calibration equals a brute-force search") {
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto check = [&](const Histogram& histogram) {
    CHECK(octet::entropy_bins(histogram) == brute_force(histogram));
  };
  check(histogram_of(20000, [&](std::int64_t) { return normal(random); }));
  check(histogram_of(
      20000, [&](std::int64_t i) { return normal(random) * (i % 1000 == 0 ? 20.0f : 1.0f); }));
  check(histogram_of(5000, [&](std::int64_t) { return std::max(0.0f, normal(random)); }));
}

TEST_CASE("known distributions have known ranges") {
  Random random(test_seed());
  CAPTURE(random.seed());
  // Uniform: nothing can be clipped without loss.
  const Histogram even = histogram_of(200000, [&](std::int64_t) { return uniform(random); });
  CHECK(even.range().max == Approx(1).margin(1e-3));
  CHECK(octet::entropy_range(even).max > 0.97f);
  CHECK(octet::least_squares_range<std::int8_t>(even).max > 0.97f);
  CHECK(octet::percentile_range(even, 0.9).max == Approx(0.9).margin(5e-3));
  CHECK(octet::percentile_range(even, 1).max == even.range().max);
  CHECK(octet::entropy_range(even).min >= 0);

  // One value in 20,000 is fifty times as large: only the least and the greatest value look at it.
  const Histogram outliers =
      histogram_of(200000, [&](std::int64_t i) { return i % 20000 == 0 ? 50.0f : normal(random); });
  CHECK(outliers.range().max == 50);
  CHECK(octet::entropy_range(outliers).max < 10);
  CHECK(octet::percentile_range(outliers, 0.999).max < 5);

  // Zeros, of which activations have many, change nothing: every scale has them exactly.
  const auto positive = [&](std::int64_t) { return std::abs(normal(random)); };
  Histogram with_zeros = histogram_of(20000, positive);
  const RealRange range = octet::entropy_range(with_zeros);
  with_zeros.add(std::vector<float>(100000, 0.0f));
  CHECK(octet::entropy_range(with_zeros).max == range.max);

  // A normal distribution in 256 levels: the least squared error is at about four deviations.
  const Histogram bell = histogram_of(200000, [&](std::int64_t) { return normal(random); });
  const RealRange best = octet::least_squares_range<std::int8_t>(bell);
  CHECK(best.largest() > 3.3f);
  CHECK(best.largest() < 4.5f);
}

TEST_CASE("moving averages of ranges") {
  octet::MovingAverageRange average(0.5f);
  average.add(std::vector<float>{-1, 3});
  CHECK(average.range() == RealRange{-1, 3});
  average.add(std::vector<float>{-3, 1});
  average.add({});
  CHECK(average.range() == RealRange{-2, 2});
}

TEST_CASE("TensorRT's calibration cache is read and written") {
  const std::string text =
      "TRT-8503-EntropyCalibration2\ninput_1: 3c010a14\nconv1/Relu:0: 3d2e3b1a\n";
  const auto cache = octet::read_calibration_cache(text);
  REQUIRE(cache);
  CHECK(cache->header == "TRT-8503-EntropyCalibration2");
  REQUIRE(cache->entries.size() == 2);
  CHECK(cache->entries[0].tensor == "input_1");
  CHECK(cache->entries[0].scale == Approx(1.0 / 127).epsilon(1e-3));
  CHECK(cache->entries[1].tensor == "conv1/Relu:0");
  CHECK(octet::write_calibration_cache(*cache) == text);
  CHECK(octet::read_calibration_cache("TRT-1-x\r\na: 3c010a14\r\n")->entries.size() == 1);
  CHECK(octet::read_calibration_cache("TRT-1-x")->entries.empty());
  for (const char* wrong : {"", "no cache\n", "TRT-1-x\nno colon\n", "TRT-1-x\na: 123\n",
                            "TRT-1-x\na: 3c010a1g\n", "TRT-1-x\n: 3c010a14\n"}) {
    CAPTURE(wrong);
    CHECK(!octet::read_calibration_cache(wrong));
  }
}

TEST_CASE("a sine in n bits has 6.02 n + 1.76 dB") {
  std::vector<float> sound, rounded;
  for (const int bits : {8, 12, 16}) {
    sound.clear();
    rounded.clear();
    const auto q = octet::symmetric_quantization(1, bits);
    for (int i = 0; i < 100000; ++i) {
      sound.push_back(std::sin(static_cast<float>(i) * 0.7071f));
      rounded.push_back(octet::fake_quantize<std::int16_t>(sound.back(), q));
    }
    CAPTURE(bits);
    CHECK(octet::signal_to_noise(sound, rounded) ==
          Approx(20 * std::log10(std::pow(2, bits) - 2) + 1.76).margin(0.3));
  }
  CHECK(octet::cosine_similarity(sound, sound) == Approx(1));
  CHECK(std::isinf(octet::signal_to_noise(sound, sound)));
  CHECK(octet::clipped_share(sound, {-2, 2}) == 0);
  CHECK(octet::clipped_share(sound, {-1, 0}) == Approx(0.5).margin(0.01));
}
