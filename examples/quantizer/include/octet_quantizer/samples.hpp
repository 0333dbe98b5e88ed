// SPDX-License-Identifier: Apache-2.0
// Inputs of a network, many of them: for calibration, and for what did not calibrate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "octet/quantize/range.hpp"
#include "octet_quantizer/float_evaluator.hpp"
#include "octet_quantizer/network.hpp"

namespace octet_quantizer {

class Samples {
 public:
  Samples() = default;

  // A file for each input of the network: .npy of float32, uint8 or int8, whose first dimension
  // counts the samples, or else raw float32, as many samples as there are.
  static Expected<Samples> load(const Network& network,
                                std::span<const std::filesystem::path> files);

  // Made-up inputs within a range: images of sines of random direction and low frequency with some
  // noise, at a random brightness and contrast, whose channels differ by a tint: smooth and pale,
  // as photographs are for the most part. Other inputs are images of one row. The same seed gives
  // the same samples.
  static Samples synthesize(const Network& network, std::size_t count,
                            const octet::RealRange& range, std::uint32_t seed);

  std::size_t size() const { return size_; }
  Sample operator[](std::size_t i) const;

 private:
  std::size_t size_ = 0;
  std::vector<std::vector<float>> inputs_;  // of each input all samples
};

// The class of each sample: a .npy of integers, one for each.
Expected<std::vector<std::int64_t>> load_labels(const std::filesystem::path& path);

}  // namespace octet_quantizer
