// SPDX-License-Identifier: Apache-2.0
#include "octet_engine/files.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <system_error>

namespace octet_engine {

Expected<std::vector<std::byte>> read_file(const std::filesystem::path& path) {
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(path, failure);
  if (failure) return Error{ErrorCode::file, path.string() + ": " + failure.message()};
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{ErrorCode::file, path.string() + ": cannot be opened"};
  // More than there is of memory where pointers are too short for the file.
  const auto memory = static_cast<std::size_t>(std::min<std::uintmax_t>(size, PTRDIFF_MAX));
  auto bytes = unless_out_of_memory(path.string(), [&] {
    return Expected<std::vector<std::byte>>(std::vector<std::byte>(memory));
  });
  if (bytes &&
      !file.read(reinterpret_cast<char*>(bytes->data()), static_cast<std::streamsize>(size))) {
    return Error{ErrorCode::file, path.string() + ": cannot be read"};
  }
  return bytes;
}

std::optional<Error> write_file(const std::filesystem::path& path,
                                std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.flush();
  if (!file) return Error{ErrorCode::file, path.string() + ": cannot be written"};
  return std::nullopt;
}

}  // namespace octet_engine
