// SPDX-License-Identifier: Apache-2.0
// NumPy's .npy files (format 1.0 to 3.0) of little-endian integers or float32 in C order.
// Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "octet_engine/result.hpp"
#include "octet_engine/tensor_type.hpp"

namespace octet_engine {

struct NpyArray {
  TensorType type = TensorType::int8;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> data;
};

// The array of a whole file held in memory.
Expected<NpyArray> parse_npy(std::span<const std::byte> bytes);

Expected<NpyArray> read_npy(const std::filesystem::path& path);

// `type` is one of those that TensorType lists.
std::optional<Error> write_npy(const std::filesystem::path& path, TensorType type,
                               std::span<const std::int64_t> shape,
                               std::span<const std::byte> data);

}  // namespace octet_engine
