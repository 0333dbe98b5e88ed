// SPDX-License-Identifier: Apache-2.0
// What a run uses of memory.
#include "octet/detail/check_memory.hpp"

#include <cstdint>

#include "support/catch.hpp"

using octet::check::Used;

TEST_CASE("memory meets what it shares a byte with, not what it touches") {
  std::int16_t memory[8] = {};
  const Used middle(memory + 2, 3);
  for (int first = 0; first < 8; ++first) {
    for (int count = 0; first + count <= 8; ++count) {
      CAPTURE(first, count);
      const Used other(memory + first, count);
      const bool shares = count > 0 && first < 5 && first + count > 2;
      CHECK(middle.meets(other) == shares);
      CHECK(other.meets(middle) == shares);
      CHECK(middle.is(other) == (first == 2 && count == 3));
    }
  }
}
