// SPDX-License-Identifier: Apache-2.0
// Which range of real numbers the elements of an activation should cover, from samples of it. Host
// side: samples are streamed, nothing of them is kept but a histogram.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "octet/quantize/range.hpp"

namespace octet::inline OCTET_BASELINE {

// The least and the greatest value, averaged over batches: average = momentum * average + (1 -
// momentum) * of this batch. Source: Jacob et al. 2017, section 3.1 (exponential moving averages).
class MovingAverageRange {
 public:
  explicit MovingAverageRange(float momentum = 0.9f) : momentum_(momentum) {}

  void add(std::span<const float> batch) {
    if (batch.empty()) return;
    const auto [min, max] = std::ranges::minmax(batch);
    if (is_empty_) range_ = {min, max};
    is_empty_ = false;
    const auto average = [&](float& value, float now) {
      value = momentum_ * value + (1 - momentum_) * now;
    };
    average(range_.min, min);
    average(range_.max, max);
  }

  RealRange range() const { return range_; }

 private:
  float momentum_;
  bool is_empty_ = true;
  RealRange range_;
};

// How often which values occur: kBins bins of equal width on either side of 0, and the exact ends.
// The width doubles whenever a value lies beyond the last bin; then two bins become one, exactly.
class Histogram {
 public:
  static constexpr std::size_t kBins = 2048;

  // Infinities and NaN are no values.
  void add(std::span<const float> values) {
    for (const float value : values) {
      if (!std::isfinite(value)) continue;
      reach(std::abs(value));
      ++(value < 0 ? below_ : above_)[bin_of(std::abs(value))];
      range_.min = count_ == 0 ? value : std::min(range_.min, value);
      range_.max = count_ == 0 ? value : std::max(range_.max, value);
      ++count_;
    }
  }

  std::uint64_t count() const { return count_; }
  double bin_width() const { return width_; }

  // Those with magnitudes in [i, i + 1) * bin_width().
  std::uint64_t magnitudes(std::size_t i) const { return below_[i] + above_[i]; }
  std::uint64_t negative(std::size_t i) const { return below_[i]; }
  std::uint64_t positive(std::size_t i) const { return above_[i]; }

  // From the least to the greatest value.
  RealRange range() const { return range_; }

  // The same without what is beyond `bins` bins.
  RealRange range_within(std::size_t bins) const {
    const auto limit = static_cast<float>(static_cast<double>(bins) * width_);
    return {std::max(range_.min, -limit), std::min(range_.max, limit)};
  }

 private:
  std::size_t bin_of(float magnitude) const {
    if (width_ == 0) return 0;  // nothing but zeros so far
    return std::min(static_cast<std::size_t>(magnitude / width_), kBins - 1);
  }

  void reach(float magnitude) {
    // The first value that is not 0 starts in the upper half, so that few have to follow it.
    if (width_ == 0) {
      if (magnitude == 0) return;
      width_ = std::exp2(std::ceil(std::log2(double{magnitude} / kBins)));
      // The zeros so far are in bin 0 whatever its width.
    }
    while (double{magnitude} >= width_ * kBins) {
      for (auto* bins : {&below_, &above_}) {
        for (std::size_t i = 0; i < kBins / 2; ++i) {
          (*bins)[i] = (*bins)[2 * i] + (*bins)[2 * i + 1];
        }
        std::fill(bins->begin() + kBins / 2, bins->end(), 0);
      }
      width_ *= 2;
    }
  }

  double width_ = 0;  // 0 while nothing but 0 was added
  std::uint64_t count_ = 0;
  RealRange range_;
  std::vector<std::uint64_t> below_ = std::vector<std::uint64_t>(kBins);
  std::vector<std::uint64_t> above_ = std::vector<std::uint64_t>(kBins);
};

// The bins that hold at least `share` of all values: 0.9999 leaves one value of 10,000 outside.
inline RealRange percentile_range(const Histogram& histogram, double share) {
  const double wanted = share * static_cast<double>(histogram.count());
  double found = 0;
  for (std::size_t i = 0; i < Histogram::kBins; ++i) {
    found += static_cast<double>(histogram.magnitudes(i));
    if (found >= wanted) return histogram.range_within(i + 1);
  }
  return histogram.range();
}

// The least number of bins that calibrators look at: as many as there are levels.
inline constexpr std::size_t kCalibrationLevels = 128;

// The range, cut to a number of bins, whose elements of T are nearest to the values: the least sum
// of squared differences, where a value counts as the middle of its bin.
template <class T>
RealRange least_squares_range(const Histogram& histogram) {
  double least = std::numeric_limits<double>::infinity();
  RealRange best = histogram.range();
  for (std::size_t bins = kCalibrationLevels; bins <= Histogram::kBins; ++bins) {
    const RealRange range = histogram.range_within(bins);
    const TensorQuantization quantization = asymmetric_quantization<T>(range);
    double sum = 0;
    for (std::size_t i = 0; i < Histogram::kBins && sum < least; ++i) {
      const double middle = (static_cast<double>(i) + 0.5) * histogram.bin_width();
      const auto add = [&](double value, std::uint64_t count) {
        if (count == 0) return;
        const double error =
            value - double{fake_quantize<T>(static_cast<float>(value), quantization)};
        sum += static_cast<double>(count) * error * error;
      };
      add(middle, histogram.positive(i));
      add(-middle, histogram.negative(i));
    }
    if (sum < least) {
      least = sum;
      best = range;
    }
  }
  return best;
}

// What calibrators by entropy count in bin i: zeros are exact whatever the range, and activations
// hold so many of them that nothing else would count, so bin 0 has as many as bin 1.
// Source: Nvidia's pytorch-quantization, calib/histogram.py.
inline std::uint64_t counted_magnitudes(const Histogram& histogram, std::size_t i) {
  return histogram.magnitudes(std::max<std::size_t>(i, 1));
}

// The Kullback-Leibler divergence of `bins` bins, into the last of which falls what is beyond, from
// the same bins as 128 levels show them: each level has the values of its bins, evenly in those
// that are not empty. Infinite where a level is empty and its bin is not.
inline double divergence(const Histogram& histogram, std::size_t bins) {
  std::uint64_t all = 0, outside = 0;
  for (std::size_t i = 0; i < Histogram::kBins; ++i) {
    all += counted_magnitudes(histogram, i);
    outside += i < bins ? 0 : counted_magnitudes(histogram, i);
  }
  const auto inside = static_cast<double>(all - outside);
  double sum = 0;
  for (std::size_t level = 0; level < kCalibrationLevels; ++level) {
    const std::size_t begin = level * bins / kCalibrationLevels,
                      end = (level + 1) * bins / kCalibrationLevels;
    std::uint64_t values = 0, used = 0;
    for (std::size_t i = begin; i < end; ++i) {
      values += counted_magnitudes(histogram, i);
      used += counted_magnitudes(histogram, i) != 0 ? 1 : 0;
    }
    for (std::size_t i = begin; i < end; ++i) {
      const std::uint64_t here = counted_magnitudes(histogram, i);
      const std::uint64_t clipped = here + (i + 1 == bins ? outside : 0);
      if (clipped == 0) continue;
      if (here == 0) return std::numeric_limits<double>::infinity();
      const double p = static_cast<double>(clipped) / static_cast<double>(all);
      const double q = static_cast<double>(values) / static_cast<double>(used) / inside;
      sum += p * std::log(p / q);
    }
  }
  return sum;
}

// The number of bins, from 128 on, with the least divergence.
inline std::size_t entropy_bins(const Histogram& histogram) {
  double least = std::numeric_limits<double>::infinity();
  std::size_t best = Histogram::kBins;
  for (std::size_t bins = kCalibrationLevels; bins <= Histogram::kBins; ++bins) {
    const double now = divergence(histogram, bins);
    if (now < least) {
      least = now;
      best = bins;
    }
  }
  return best;
}

// The range of these bins, which loses least information. Zero points of 0 go with it:
// symmetric_quantization(range.largest()).
// Source: Migacz, 8-bit Inference with TensorRT, GTC 2017 (s7310), entropy calibration.
inline RealRange entropy_range(const Histogram& histogram) {
  return histogram.range_within(entropy_bins(histogram));
}

}  // namespace octet::inline OCTET_BASELINE
