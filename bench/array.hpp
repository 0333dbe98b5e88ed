// SPDX-License-Identifier: Apache-2.0
// Operands in memory aligned as an engine aligns its tensors, and random values to fill them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

#include "octet/hosted/aligned_buffer.hpp"

namespace octet_bench {

// `size` values, 0 at first.
template <class T>
class Array {
 public:
  explicit Array(std::int64_t size)
      : buffer_(static_cast<std::size_t>(size) * sizeof(T)),
        values_(reinterpret_cast<T*>(buffer_.span().data()), static_cast<std::size_t>(size)) {
    for (T& value : values_) value = T{};
  }

  std::span<T> span() { return values_; }
  std::span<const T> span() const { return values_; }
  T* data() { return values_.data(); }
  const T* data() const { return values_.data(); }

 private:
  octet::AlignedBuffer buffer_;
  std::span<T> values_;
};

// Every run of a benchmark computes on the same values.
using Generator = std::mt19937;
inline constexpr Generator::result_type kSeed = 20260101;

template <class T>
void fill(std::span<T> values, std::int32_t min, std::int32_t max, Generator& generator) {
  std::uniform_int_distribution<std::int32_t> distribution(min, max);
  for (T& value : values) value = static_cast<T>(distribution(generator));
}

}  // namespace octet_bench
