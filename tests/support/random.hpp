// SPDX-License-Identifier: Apache-2.0
// A small seeded generator, the same sequence on every platform. A test writes
//
//   Random random(test_seed());
//   CAPTURE(random.seed());
//
// and OCTET_TEST_SEED=<number> in the environment repeats the run that failed.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <span>
#include <vector>

class Random {
 public:
  explicit Random(std::uint64_t seed) : seed_(seed), state_(seed) {}

  std::uint64_t seed() const { return seed_; }

  // 64 random bits: splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
  // generators).
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  // Beyond 32 bits too; highest - lowest has to fit 64.
  std::int64_t wide(std::int64_t lowest, std::int64_t highest) {
    return lowest +
           static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(highest - lowest + 1));
  }

  std::int32_t in(std::int32_t lowest, std::int32_t highest) {
    return static_cast<std::int32_t>(wide(lowest, highest));
  }

  bool one_in(std::int32_t n) { return in(1, n) == 1; }

  // Uniform over [lowest, highest].
  template <class T>
  void fill(std::span<T> values, std::int32_t lowest, std::int32_t highest) {
    for (T& value : values) value = static_cast<T>(in(lowest, highest));
  }

  // Uniform over the whole type.
  template <class T>
  void fill(std::span<T> values) {
    for (T& value : values) value = static_cast<T>(next());
  }

  // Only the values at which arithmetic breaks: both ends of the type, their neighbours, -1, 0, 1.
  template <class T>
  void fill_extreme(std::span<T> values) {
    constexpr T lowest = std::numeric_limits<T>::min();
    constexpr T highest = std::numeric_limits<T>::max();
    const T extremes[] = {lowest, T(lowest + 1),  T(-1),   T(0),
                          T(1),   T(highest - 1), highest, T(highest / 2 + 1)};
    for (T& value : values) value = extremes[next() % (sizeof(extremes) / sizeof(extremes[0]))];
  }

  template <class T>
  std::vector<T> vector(std::int64_t size) {
    std::vector<T> values(static_cast<std::size_t>(size));
    fill(std::span<T>(values));
    return values;
  }

  template <class T>
  std::vector<T> extreme_vector(std::int64_t size) {
    std::vector<T> values(static_cast<std::size_t>(size));
    fill_extreme(std::span<T>(values));
    return values;
  }

 private:
  std::uint64_t seed_;
  std::uint64_t state_;
};

// OCTET_TEST_SEED, or a fixed default so that a plain run is the same everywhere.
inline std::uint64_t test_seed() {
  const char* text = std::getenv("OCTET_TEST_SEED");
  return text == nullptr ? 20240607u : std::strtoull(text, nullptr, 0);
}

// OCTET_TEST_ITERATIONS, or the number that keeps the unit test quick; "10x" in the environment
// means ten times that, "0.3x" a third, for slow machines.
inline std::int64_t test_iterations(std::int64_t quick) {
  const char* text = std::getenv("OCTET_TEST_ITERATIONS");
  if (text == nullptr) return quick;
  char* end = nullptr;
  const double number = std::strtod(text, &end);
  const double iterations = *end == 'x' ? number * static_cast<double>(quick) : number;
  return static_cast<std::int64_t>(std::ceil(iterations));
}
