// SPDX-License-Identifier: Apache-2.0
// Weights of 4 bits, as models store them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// Bytes that hold `count` weights of 4 bits, two a byte.
constexpr std::size_t int4_bytes(std::size_t count) { return count / 2 + count % 2; }

// Weight i, in [-8, 7]; the first one of a byte is its lower half.
constexpr std::int8_t int4_at(std::span<const std::byte> packed, std::size_t i) {
  const int both = std::to_integer<int>(packed[i / 2]);
  const int bits = i % 2 == 0 ? both & 15 : both >> 4;
  return static_cast<std::int8_t>((bits ^ 8) - 8);
}

// The weights that lie in int4_bytes(values.size()) bytes: for prepare, which packs them and keeps
// nothing of the span that it is given.
constexpr void unpack_int4(std::span<const std::byte> packed, std::span<std::int8_t> values) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = int4_at(packed, i);
}

}  // namespace octet::inline OCTET_BASELINE
