// SPDX-License-Identifier: Apache-2.0
// Variants of a layer timed in turns, so that what disturbs the machine disturbs all of them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "layer.hpp"
#include "octet/backends.hpp"
#include "octet/hosted/aligned_buffer.hpp"

namespace octet_bench {

// A layer with its memory.
template <class Operation, class Params>
class BoundLayer {
 public:
  BoundLayer(const Params& params, const octet::Backend& backend)
      : layer_(params),
        packed_(Operation::packed_bytes(layer_.params(), backend)),
        operation_(Operation::prepare(layer_.params(), layer_.weights(), layer_.bias(),
                                      packed_.span(), backend)),
        scratch_(operation_->scratch_bytes()),
        output_(layer_.extents().outputs()),
        bound_(operation_->bind(layer_.input(), output_.span(), scratch_.span())) {}

  // Seconds of `runs` runs, each.
  double time(int runs) const {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = Clock::now();
    for (int i = 0; i < runs; ++i) bound_->run();
    return std::chrono::duration<double>(Clock::now() - start).count() / runs;
  }
  bool is_exact() const {
    bound_->run();
    return layer_.template differing<std::int8_t>(output_.span(), 0) == 0;
  }
  std::int64_t outputs() const { return layer_.extents().outputs(); }

 private:
  Layer<Params, std::int8_t> layer_;
  octet::AlignedBuffer packed_;
  decltype(Operation::prepare({}, {}, {}, {}, *octet::kBackends[0])) operation_;
  octet::AlignedBuffer scratch_;
  Array<std::int8_t> output_;
  decltype(operation_->bind({}, {}, {})) bound_;
};

inline double median(std::vector<double> times) {
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  return *middle;
}

// Median times, of each layer.
template <class Bound>
std::vector<double> median_times(const std::vector<std::unique_ptr<Bound>>& layers) {
  constexpr int kTurns = 25;
  constexpr double kSecondsOfTurn = 1e-4;
  const int runs = 1 + static_cast<int>(kSecondsOfTurn / layers[0]->time(1));
  std::vector<std::vector<double>> taken(layers.size());
  for (int turn = 0; turn < kTurns; ++turn) {
    for (std::size_t i = 0; i < layers.size(); ++i) taken[i].push_back(layers[i]->time(runs));
  }
  std::vector<double> medians;
  for (const std::vector<double>& of_layer : taken) medians.push_back(median(of_layer));
  return medians;
}

}  // namespace octet_bench
