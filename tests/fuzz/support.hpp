// SPDX-License-Identifier: Apache-2.0
// What the fuzzers of operations share: values drawn from the fuzzer's bytes, and heap memory of
// exactly the size asked for, beside which AddressSanitizer notices every access.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <new>
#include <span>

#include "octet/backends.hpp"
#include "octet/types.hpp"
#include "support/random.hpp"

// Everything is freed at the end of an execution. AddressSanitizer would keep 256 MB of that from
// further use; this much stays in the cache, which is half of the time.
extern "C" const char* __asan_default_options() { return "quarantine_size_mb=4"; }

namespace fuzz {

// What an operation may take; parameters beyond that are checked, but not run.
struct Limits {
  std::int64_t bytes;
  std::int64_t work;      // products that are summed
  std::int64_t elements;  // which the reference rescales, or walks over, one by one
};
// A block of any kernel and a part of the next, thousands of times in a second; and several blocks.
inline constexpr Limits kSmall{1 << 15, 10'000, 1000};
inline constexpr Limits kLarge{1 << 19, 100'000, 10'000};

inline void expect(bool condition) {
  if (!condition) std::abort();
}

// The fuzzer's bytes; zeros behind them.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), end_(data + size) {
    std::uint32_t hash = 0;
    for (std::size_t i = 0; i < size; ++i) hash = (hash ^ data[i]) * 0x01000193u;
    limits_ = (hash >> 16) % 128 == 0 ? &kLarge : &kSmall;
  }

  // Large ones now and then. Every byte takes part in the choice: the fuzzer, which takes long
  // loops for something new, would soon have nothing but inputs with large ones.
  const Limits& limits() const { return *limits_; }

  std::uint8_t byte() { return data_ < end_ ? *data_++ : std::uint8_t{0}; }
  std::int32_t word() {
    std::uint32_t word = 0;
    for (int i = 0; i < 4; ++i) word = word << 8 | byte();
    return static_cast<std::int32_t>(word);
  }
  bool one_in(int n) { return byte() % n == n - 1; }

  // In [lowest, highest], but one in 32 is anything.
  std::int32_t number(std::int32_t lowest, std::int32_t highest) {
    if (one_in(32) || highest < lowest) return word();
    const std::int64_t values = std::int64_t{highest} - lowest + 1;
    const std::int64_t drawn = values <= 256 ? byte() : static_cast<std::uint32_t>(word());
    return static_cast<std::int32_t>(lowest + drawn % values);
  }

  // Mostly small; now and then some hundreds, close to a power of two, or anything.
  std::int32_t extent(std::int32_t most = 10) {
    switch (byte() % 32) {
      case 31: return word();
      case 30: return std::numeric_limits<std::int32_t>::max() - byte() % 8;
      case 29: return static_cast<std::int32_t>((1u << byte() % 31) + byte() % 4) - 2;
      case 28: return 1 + byte() * 2;
      default: return 1 + byte() % most;
    }
  }
  octet::Extent2d extents(std::int32_t most) { return {extent(most), extent(most)}; }
  octet::ShapeNhwc shape_nhwc() { return {extent(3), extent(), extent(), extent(40)}; }
  octet::Shape shape() {
    octet::Shape shape{.rank = number(1, octet::kMaxRank)};
    for (std::int32_t& extent_of : shape.extent) extent_of = extent(6);
    return shape;
  }
  octet::Padding padding() {
    octet::Padding padding;
    for (auto* side : {&padding.top, &padding.left, &padding.bottom, &padding.right}) {
      *side = one_in(3) ? number(0, 5) : 0;
    }
    return padding;
  }

  template <class T>
  std::int32_t zero_point() {
    return number(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
  }
  octet::Rescale rescale() {
    if (one_in(16)) return {};
    return {number(1 << 30, std::numeric_limits<std::int32_t>::max()), number(-20, 3)};
  }
  octet::Rounding rounding() {
    return one_in(2) ? octet::Rounding::tflite
                     : octet::kRoundings[byte() % std::size(octet::kRoundings)];
  }
  template <class T>
  octet::Output output() {
    octet::Output output{
        .zero_point = zero_point<T>(), .rescale = rescale(), .rounding = rounding()};
    if (one_in(4)) output.min = zero_point<T>();
    if (one_in(4)) output.max = zero_point<T>();
    return output;
  }

  // One that this machine can run.
  const octet::Backend& backend() {
    std::size_t i = byte() % octet::detail::kBackendCount;
    while (!octet::kBackends[i]->available()) i = (i + 1) % octet::detail::kBackendCount;
    return *octet::kBackends[i];
  }

 private:
  const std::uint8_t *data_, *end_;
  const Limits* limits_;
};

// `count` elements on the heap and not a byte more.
template <class T>
class Memory {
 public:
  explicit Memory(std::int64_t count, std::size_t alignment = alignof(std::max_align_t))
      : count_(static_cast<std::size_t>(count)) {
    if (posix_memalign(&data_, alignment, count_ * sizeof(T)) != 0) std::abort();
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() { std::free(data_); }

  T* data() const { return static_cast<T*>(data_); }
  std::span<T> span() const { return {data(), count_}; }
  std::span<const T> values() const { return span(); }

  // Random values, all of them or extreme ones only.
  void fill(Input& input) {
    Random random(static_cast<std::uint32_t>(input.word()));
    if (input.one_in(3)) return random.fill_extreme(span());
    auto* const bytes = static_cast<unsigned char*>(data_);
    const std::size_t size = count_ * sizeof(T);
    for (std::size_t i = 0; i < size; i += sizeof(std::uint64_t)) {
      const std::uint64_t word = random.next();
      std::memcpy(bytes + i, &word, std::min(sizeof(word), size - i));
    }
  }
  bool operator==(const Memory& other) const {
    return std::memcmp(data_, other.data_, count_ * sizeof(T)) == 0;
  }

 private:
  void* data_ = nullptr;
  std::size_t count_;
};

// Whether buffers of those sizes may be allocated; sizes of parameters that make no sense are
// negative or saturate.
inline bool fits(const Input& input, std::initializer_list<std::int64_t> bytes) {
  const std::int64_t most = input.limits().bytes;
  std::int64_t sum = 0;
  for (const std::int64_t size : bytes) {
    if (size < 0 || size > most) return false;
    sum += size;
  }
  return sum <= most;
}

// Refusals name an argument.
inline void expect_refusal(const octet::Status& status) {
  expect(!status.ok());
  expect(status.argument != nullptr && status.argument[0] != '\0');
}

// Runs what was prepared on an input and an output of those sizes.
template <class In, class Out, class Operation, class Reference>
void run(Input& input, const octet::Result<Operation>& operation, std::int64_t inputs,
         std::int64_t outputs, std::int64_t work, Reference reference) {
  if (!operation) return expect_refusal(operation.status());
  if (!fits(input, {octet::detail::saturating_multiply(inputs, sizeof(In)),
                    octet::detail::saturating_multiply(outputs, 2 * sizeof(Out))}) ||
      work > input.limits().elements) {
    return expect_refusal(operation->bind({}, {}).status());
  }
  Memory<In> from(inputs);
  Memory<Out> to(outputs), expected(outputs);
  from.fill(input);
  const auto bound = operation->bind(from.values(), to.span());
  expect(static_cast<bool>(bound));
  bound->run();
  reference(from.data(), expected.data());
  expect(to == expected);
}

}  // namespace fuzz
