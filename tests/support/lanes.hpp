// SPDX-License-Identifier: Apache-2.0
// Vectors of a target as tests hand them to it, and what its lanes hold.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>

#include "support/guarded_buffer.hpp"
#include "support/random.hpp"

inline constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
inline constexpr std::int32_t kHighest = std::numeric_limits<std::int32_t>::max();

// One vector of values in guarded memory.
template <class T>
struct Vector : GuardedBuffer<T> {
  explicit Vector(std::int64_t size) : GuardedBuffer<T>(size, Guard::after) {}
  Vector(std::span<const T> content) : GuardedBuffer<T>(content, Guard::after) {}
  T* data() { return this->span().data(); }
  T& operator[](int i) { return this->span()[static_cast<std::size_t>(i)]; }
};

// Any value, values near the ends of the range, near zero, and powers of two with their neighbours.
inline std::int32_t random_accumulator(Random& random, std::int32_t magnitude) {
  switch (random.in(0, 4)) {
    case 0: return magnitude - random.in(0, 3);
    case 1: return -magnitude + random.in(0, 3);
    case 2: return random.in(-300, 300);
    case 3: {
      const std::int32_t power = (1 << random.in(0, 30)) + random.in(-1, 1);
      return std::clamp(random.one_in(2) ? power : -power, -magnitude, magnitude);
    }
    default: return random.in(-magnitude, magnitude);
  }
}
