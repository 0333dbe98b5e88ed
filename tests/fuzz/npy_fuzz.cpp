// SPDX-License-Identifier: Apache-2.0
// The .npy reader: an array whose bytes are those of its shape, or an error in words.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "octet_engine/npy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto array = octet_engine::parse_npy(std::as_bytes(std::span(data, size)));
  if (!array) {
    if (array.error().message.empty()) std::abort();
    return 0;
  }
  std::size_t bytes = octet_engine::element_bytes(array->type);
  for (const std::int64_t extent : array->shape) bytes *= static_cast<std::size_t>(extent);
  if (bytes != array->data.size()) std::abort();
  return 0;
}
