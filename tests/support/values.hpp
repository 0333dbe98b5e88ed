// SPDX-License-Identifier: Apache-2.0
// Values of elements: random ones that favour the ends of their type, and where two runs differ.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "support/random.hpp"

// A type of elements, chosen at run time.
struct ElementType {
  const char* name;
  std::int32_t lowest, highest;  // 0 where these are wider
  std::size_t bytes;

  // value, stored as one element.
  void store(std::int64_t value, std::byte* element) const {
    switch (bytes) {
      case 1: return copy(static_cast<std::uint8_t>(value), element);
      case 2: return copy(static_cast<std::int16_t>(value), element);
      case 4: return copy(static_cast<std::int32_t>(value), element);
      default: return copy(value, element);
    }
  }
  template <class Value>
  void store(const std::vector<Value>& values, std::byte* elements) const {
    for (std::size_t i = 0; i < values.size(); ++i) store(values[i], elements + i * bytes);
  }
  std::int64_t load(const std::byte* element) const {
    switch (bytes) {
      case 1: return lowest == 0 ? load_as<std::uint8_t>(element) : load_as<std::int8_t>(element);
      case 2: return load_as<std::int16_t>(element);
      case 4: return load_as<std::int32_t>(element);
      default: return load_as<std::int64_t>(element);
    }
  }

 private:
  template <class T>
  static void copy(T value, std::byte* element) {
    std::memcpy(element, &value, sizeof value);
  }
  template <class T>
  static std::int64_t load_as(const std::byte* element) {
    T value;
    std::memcpy(&value, element, sizeof value);
    return value;
  }
};

template <class T>
constexpr ElementType element_type() {
  const char* const name = std::is_unsigned_v<T> ? "uint8"
                           : sizeof(T) == 1      ? "int8"
                           : sizeof(T) == 2      ? "int16"
                           : sizeof(T) == 4      ? "int32"
                                                 : "int64";
  if constexpr (sizeof(T) > 4) return {name, 0, 0, sizeof(T)};
  return {name, static_cast<std::int32_t>(std::numeric_limits<T>::min()),
          static_cast<std::int32_t>(std::numeric_limits<T>::max()), sizeof(T)};
}

// Uniform values, extreme ones, or all of them the lowest or the highest.
inline std::vector<std::int32_t> random_values(Random& random, const ElementType& type,
                                               std::int64_t size) {
  const std::int32_t lowest = type.lowest, highest = type.highest;
  std::vector<std::int32_t> values(static_cast<std::size_t>(size));
  switch (random.in(0, 7)) {
    case 0: {
      const std::int32_t extremes[] = {lowest,      lowest + 1, std::max(lowest, -1), 0, 1,
                                       highest - 1, highest,    highest / 2 + 1};
      for (std::int32_t& value : values) value = extremes[random.in(0, 7)];
      break;
    }
    case 1: std::fill(values.begin(), values.end(), lowest); break;
    case 2: std::fill(values.begin(), values.end(), highest); break;
    default: random.fill(std::span(values), lowest, highest);
  }
  return values;
}

template <class T>
std::vector<T> random_values(Random& random, std::int64_t size) {
  std::vector<T> values;
  for (const std::int32_t value : random_values(random, element_type<T>(), size)) {
    values.push_back(static_cast<T>(value));
  }
  return values;
}

// Both ends of the type as often as all other values together.
inline std::int32_t random_zero_point(Random& random, const ElementType& type) {
  switch (random.in(0, 3)) {
    case 0: return type.lowest;
    case 1: return type.highest;
    default: return random.in(type.lowest, type.highest);
  }
}

template <class T>
std::int32_t random_zero_point(Random& random) {
  return random_zero_point(random, element_type<T>());
}

// "" or where the first difference is.
inline std::string difference(const ElementType& type, std::span<const std::byte> actual,
                              std::span<const std::byte> expected) {
  if (actual.size() != expected.size()) return "sizes differ";
  for (std::size_t i = 0; i < actual.size(); i += type.bytes) {
    if (std::equal(&actual[i], &actual[i] + type.bytes, &expected[i])) continue;
    return "[" + std::to_string(i / type.bytes) + "] is " + std::to_string(type.load(&actual[i])) +
           ", expected " + std::to_string(type.load(&expected[i]));
  }
  return "";
}

template <class T>
std::string difference(std::span<const T> actual, std::span<const T> expected) {
  return difference(element_type<T>(), std::as_bytes(actual), std::as_bytes(expected));
}
