// SPDX-License-Identifier: Apache-2.0
// The guards of guarded buffers hold.
#include "support/guarded_buffer.hpp"

#include "support/catch.hpp"

#if OCTET_TEST_GUARD_PAGES

#include <cerrno>

// Whether the byte may be read: asked of the kernel, which answers with an error and not a signal.
static bool is_readable(const std::byte* address) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const bool readable = write(ends[1], address, 1) == 1;
  if (!readable) REQUIRE(errno == EFAULT);
  close(ends[0]);
  close(ends[1]);
  return readable;
}

TEST_CASE("a guarded buffer ends or starts at a forbidden page") {
  for (const std::int64_t size : {0, 1, 63, 64, 4096, 5000, 65536, 70000}) {
    CAPTURE(size);
    GuardedBuffer<std::byte> ends(size, Guard::after);
    REQUIRE_FALSE(is_readable(ends.span().data() + size));
    GuardedBuffer<std::byte> starts(size, Guard::before);
    REQUIRE_FALSE(is_readable(starts.span().data() - 1));
    if (size == 0) continue;
    REQUIRE(is_readable(ends.span().data()));
    REQUIRE(is_readable(ends.span().data() + size - 1));
    REQUIRE(is_readable(starts.span().data()));
    REQUIRE(is_readable(starts.span().data() + size - 1));
  }
}

#endif

TEST_CASE("a guarded buffer whose size is a multiple of the alignment is aligned") {
  for (const Guard guard : {Guard::after, Guard::before}) {
    for (const std::int64_t lines : {1, 2, 63, 64, 65, 1000}) {
      GuardedBuffer<std::byte> buffer(lines * static_cast<std::int64_t>(octet::kAlignment), guard);
      REQUIRE(reinterpret_cast<std::uintptr_t>(buffer.span().data()) % octet::kAlignment == 0);
    }
  }
}
