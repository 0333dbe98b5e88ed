// SPDX-License-Identifier: Apache-2.0
#include "octet_quantizer/entropy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace octet_quantizer {

namespace {

double count_times_log(std::uint64_t count) {
  const auto value = static_cast<double>(count);
  return count == 0 ? 0 : value * std::log(value);
}

// Bins of one side up to the last that holds something.
template <class Bins>
std::size_t last_used(const Bins& bins) {
  std::size_t used = 0;
  for (std::size_t i = 0; i < octet::Histogram::kBins; ++i) {
    if (bins(i) != 0) used = i + 1;
  }
  return used;
}

}  // namespace

TwoSidedEntropy::TwoSidedEntropy(const octet::Histogram& histogram) {
  const auto below = [&](std::size_t i) { return histogram.negative(std::max<std::size_t>(i, 1)); };
  const auto above = [&](std::size_t i) { return histogram.positive(std::max<std::size_t>(i, 1)); };
  all_ = {last_used(below), last_used(above)};
  counts_ = {0};
  used_ = {0};
  logarithms_ = {0};
  for (std::size_t i = 0; i < all_.below + all_.above; ++i) {
    const std::uint64_t count = i < all_.below ? below(all_.below - 1 - i) : above(i - all_.below);
    counts_.push_back(counts_.back() + count);
    used_.push_back(used_.back() + (count != 0 ? 1 : 0));
    logarithms_.push_back(logarithms_.back() + count_times_log(count));
  }
}

double TwoSidedEntropy::divergence(const BinRange& range) const {
  const std::size_t first = all_.below - range.below, bins = range.below + range.above;
  const std::size_t last = first + bins;
  const std::uint64_t all = counts_.back();
  const std::uint64_t under = counts_[first], over = all - counts_[last];
  const auto count_of = [&](std::size_t i) { return counts_[i + 1] - counts_[i]; };
  if ((under != 0 && count_of(first) == 0) || (over != 0 && count_of(last - 1) == 0)) {
    return std::numeric_limits<double>::infinity();
  }
  // sum p log(p / q) with p = clipped / all and q = values / used / all.
  double sum = 0;
  for (std::size_t level = 0; level < kLevels; ++level) {
    const std::size_t begin = first + level * bins / kLevels,
                      end = first + (level + 1) * bins / kLevels;
    const std::uint64_t values = counts_[end] - counts_[begin], used = used_[end] - used_[begin];
    if (values == 0) continue;
    std::uint64_t clipped = values;
    sum += logarithms_[end] - logarithms_[begin];
    if (level == 0) {
      clipped += under;
      sum += count_times_log(count_of(first) + under) - count_times_log(count_of(first));
    }
    if (level + 1 == kLevels) {
      clipped += over;
      sum += count_times_log(count_of(last - 1) + over) - count_times_log(count_of(last - 1));
    }
    sum -= static_cast<double>(clipped) *
           std::log(static_cast<double>(values) / static_cast<double>(used));
  }
  return sum / static_cast<double>(all);
}

BinRange TwoSidedEntropy::best() const {
  if (all_.below + all_.above <= kLevels) return all_;
  BinRange best = all_;
  double least = divergence(best);
  const auto consider = [&](const BinRange& range) {
    if (range.below + range.above < kLevels) return;
    const double now = divergence(range);
    if (now >= least) return;
    least = now;
    best = range;
  };
  const auto stepped = [](std::size_t bins) {
    std::vector<std::size_t> ends = {bins};
    for (std::size_t end = 0; end < bins; end += kStep) ends.push_back(end);
    return ends;
  };
  for (const std::size_t below : stepped(all_.below)) {
    for (const std::size_t above : stepped(all_.above)) consider({below, above});
  }
  for (BinRange before; !(before == best);) {
    before = best;
    for (std::size_t below = 0; below <= all_.below; ++below) consider({below, before.above});
    const std::size_t below = best.below;
    for (std::size_t above = 0; above <= all_.above; ++above) consider({below, above});
  }
  return best;
}

octet::RealRange two_sided_entropy_range(const octet::Histogram& histogram) {
  const BinRange bins = TwoSidedEntropy(histogram).best();
  const double width = histogram.bin_width();
  const octet::RealRange range = histogram.range();
  return {std::max(range.min, static_cast<float>(-static_cast<double>(bins.below) * width)),
          std::min(range.max, static_cast<float>(static_cast<double>(bins.above) * width))};
}

}  // namespace octet_quantizer
