// SPDX-License-Identifier: Apache-2.0
// Memory that touches a page which nobody may access: reading or writing one element too far ends
// the process.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <new>
#include <span>
#include <vector>

#include "octet/hosted/aligned_buffer.hpp"
#include "octet/types.hpp"

#if __has_include(<sys/mman.h>)
#define OCTET_TEST_GUARD_PAGES 1
#include <sys/mman.h>
#include <unistd.h>
#else
#define OCTET_TEST_GUARD_PAGES 0
#endif

// Which end of the buffer touches the forbidden page.
enum class Guard { after, before };

// What fresh buffers hold in every byte, so that whoever relies on zeros is found out.
inline constexpr std::byte kUnset{0xa5};

#if OCTET_TEST_GUARD_PAGES

// One page on either side is forbidden, the whole pages between them hold the buffer. Mappings are
// kept for the next buffer of the same size: asking the kernel each time would take most of a
// test's time.
class GuardedMemory {
 public:
  GuardedMemory(std::size_t bytes, Guard guard)
      : pages_(std::max((bytes + page() - 1) / page(), std::size_t{1})) {
    std::vector<std::byte*>& unused = mappings_[pages_];
    if (unused.empty()) unused.push_back(map(pages_));
    first_ = unused.back();
    unused.pop_back();
    data_ = guard == Guard::before ? first_ : first_ + pages_ * page() - bytes;
    std::fill_n(first_, pages_ * page(), kUnset);
  }
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;
  ~GuardedMemory() {
    std::fill_n(first_, pages_ * page(), kUnset);  // so that late reads are found out
    mappings_[pages_].push_back(first_);
  }

  std::byte* data() const { return data_; }

 private:
  static std::size_t page() {
    static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return size;
  }
  static std::byte* map(std::size_t pages) {
    void* const mapping =
        mmap(nullptr, (pages + 2) * page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED) throw std::bad_alloc();
    std::byte* const first = static_cast<std::byte*>(mapping) + page();
    if (mprotect(first, pages * page(), PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
    return first;
  }

  static inline thread_local std::map<std::size_t, std::vector<std::byte*>> mappings_;

  std::size_t pages_;
  std::byte* first_;
  std::byte* data_;
};

#else

// Aligned, but not guarded.
class GuardedMemory {
 public:
  GuardedMemory(std::size_t bytes, Guard) : buffer_(bytes) { std::fill_n(data(), bytes, kUnset); }
  std::byte* data() { return buffer_.span().data(); }

 private:
  octet::AlignedBuffer buffer_;
};

#endif

// `size` elements of T in guarded memory, kUnset before they are written. With a size in bytes that
// is a multiple of kAlignment the buffer is aligned to kAlignment whatever the guard.
template <class T>
class GuardedBuffer {
 public:
  GuardedBuffer(std::int64_t size, Guard guard)
      : memory_(static_cast<std::size_t>(size) * sizeof(T), guard),
        size_(static_cast<std::size_t>(size)) {}
  GuardedBuffer(std::span<const T> content, Guard guard)
      : GuardedBuffer(static_cast<std::int64_t>(content.size()), guard) {
    std::copy(content.begin(), content.end(), span().begin());
  }

  std::size_t size() const { return size_; }
  std::span<T> span() { return {reinterpret_cast<T*>(memory_.data()), size_}; }

 private:
  GuardedMemory memory_;
  std::size_t size_;
};
