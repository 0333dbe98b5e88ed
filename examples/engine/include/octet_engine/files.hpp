// SPDX-License-Identifier: Apache-2.0
// Whole files of raw bytes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "octet_engine/result.hpp"

namespace octet_engine {

Expected<std::vector<std::byte>> read_file(const std::filesystem::path& path);

std::optional<Error> write_file(const std::filesystem::path& path,
                                std::span<const std::byte> bytes);

}  // namespace octet_engine
