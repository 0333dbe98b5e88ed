// SPDX-License-Identifier: Apache-2.0
// NumPy's .npy files (format 1.0 to 3.0) of 8-bit integers in C order.
// Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "octet_engine/result.hpp"

namespace octet_engine {

enum class NpyType { int8, uint8 };

struct NpyArray {
  NpyType type = NpyType::int8;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> data;
};

// The array of a whole file held in memory.
Expected<NpyArray> parse_npy(std::span<const std::byte> bytes);

Expected<NpyArray> read_npy(const std::filesystem::path& path);

std::optional<Error> write_npy(const std::filesystem::path& path, NpyType type,
                               std::span<const std::int64_t> shape,
                               std::span<const std::byte> data);

}  // namespace octet_engine
