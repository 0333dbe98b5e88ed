// SPDX-License-Identifier: Apache-2.0
// TensorRT's calibration cache, a text of one scale for each tensor: read and written. Host side.
//
//   TRT-8503-EntropyCalibration2
//   input_1: 3c010a14
//
// A number is the scale's float32 in hexadecimal, its sign first.
#pragma once

#include <bit>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "octet/detail/config.hpp"

namespace octet::inline OCTET_BASELINE {

struct CalibrationCache {
  struct Entry {
    std::string tensor;
    float scale = 0;
  };

  std::string header = "TRT-8503-EntropyCalibration2";  // version and calibrator
  std::vector<Entry> entries;
};

inline std::string write_calibration_cache(const CalibrationCache& cache) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = cache.header + "\n";
  for (const CalibrationCache::Entry& entry : cache.entries) {
    text += entry.tensor + ": ";
    const auto bits = std::bit_cast<std::uint32_t>(entry.scale);
    for (int shift = 28; shift >= 0; shift -= 4) text += kDigits[bits >> shift & 15];
    text += "\n";
  }
  return text;
}

// Nothing where a line is no tensor with eight hexadecimal digits. Names may hold colons.
inline std::optional<CalibrationCache> read_calibration_cache(std::string_view text) {
  const auto next_line = [&] {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  };
  CalibrationCache cache{std::string(next_line()), {}};
  if (!cache.header.starts_with("TRT-")) return std::nullopt;
  while (!text.empty()) {
    const std::string_view line = next_line();
    if (line.empty()) continue;
    const std::size_t colon = line.rfind(": ");
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    const std::string_view digits = line.substr(colon + 2);
    std::uint32_t bits = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), bits, 16);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.size() != 8) {
      return std::nullopt;
    }
    cache.entries.push_back({std::string(line.substr(0, colon)), std::bit_cast<float>(bits)});
  }
  return cache;
}

}  // namespace octet::inline OCTET_BASELINE
