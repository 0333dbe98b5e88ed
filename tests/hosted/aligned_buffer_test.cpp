// SPDX-License-Identifier: Apache-2.0
#include "octet/hosted/aligned_buffer.hpp"

#include <cstdint>
#include <utility>

#include "support/catch.hpp"

using octet::AlignedBuffer;

TEST_CASE("an aligned buffer owns aligned bytes") {
  for (const std::size_t bytes : {0u, 1u, 63u, 64u, 1000u}) {
    AlignedBuffer buffer(bytes);
    CHECK(buffer.span().size() == bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(buffer.span().data()) % octet::kAlignment == 0);
    for (std::byte& byte : buffer.span()) byte = std::byte{1};
  }
}

TEST_CASE("an aligned buffer moves") {
  AlignedBuffer first(100);
  std::byte* const data = first.span().data();
  AlignedBuffer second = std::move(first);
  CHECK(second.span().data() == data);
  CHECK(second.span().size() == 100);
  CHECK(AlignedBuffer().span().empty());
}
