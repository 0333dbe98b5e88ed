// SPDX-License-Identifier: Apache-2.0
// Pixels of nearly 2^31 channels: a step beyond the last block leaves 32 bits.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "octet/max_pool2d.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"

#if defined(__linux__) && __SIZEOF_POINTER__ == 8
#include <sys/mman.h>
#include <unistd.h>

namespace {

// 2^31 bytes, which are the same 2^20 over and over.
class RepeatedMemory {
 public:
  static constexpr std::size_t kBytes = std::size_t{1} << 31, kPiece = std::size_t{1} << 20;

  RepeatedMemory() {
    const int file = memfd_create("octet", 0);
    REQUIRE(file >= 0);
    REQUIRE(ftruncate(file, kPiece) == 0);
    void* const place =
        mmap(nullptr, kBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    REQUIRE(place != MAP_FAILED);
    first_ = static_cast<std::int8_t*>(place);
    for (std::size_t at = 0; at < kBytes; at += kPiece) {
      REQUIRE(mmap(first_ + at, kPiece, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) !=
              MAP_FAILED);
    }
    close(file);
  }
  RepeatedMemory(const RepeatedMemory&) = delete;
  RepeatedMemory& operator=(const RepeatedMemory&) = delete;
  ~RepeatedMemory() { munmap(first_, kBytes); }

  std::span<std::int8_t> span(std::size_t size) { return {first_, size}; }

 private:
  std::int8_t* first_ = nullptr;
};

}  // namespace

TEST_CASE("pixels of 2^31 - 1 channels are pooled on every backend") {
  constexpr std::int32_t kChannels = std::numeric_limits<std::int32_t>::max();
  RepeatedMemory input, output;
  const auto x = input.span(kChannels), y = output.span(kChannels);
  for (std::size_t i = 0; i < RepeatedMemory::kPiece; ++i) x[i] = 42;
  for_each_backend([&](const octet::Backend& backend) {
    for (std::size_t i = 0; i < RepeatedMemory::kPiece; ++i) y[i] = 0;
    const auto pool = octet::MaxPool2d<std::int8_t>::prepare(
        {.input = {.shape = {1, 1, 1, kChannels}}, .filter = {1, 1}}, backend);
    REQUIRE(pool);
    const auto bound = pool->bind(x, y);
    REQUIRE(bound);
    bound->run();
    std::int64_t right = 0;
    for (std::size_t i = 0; i < RepeatedMemory::kPiece; ++i) right += y[i] == 42;
    CHECK(right == std::int64_t{RepeatedMemory::kPiece});
  });
}
#else
TEST_CASE("pixels of 2^31 - 1 channels need 64-bit addresses") { SUCCEED(); }
#endif
