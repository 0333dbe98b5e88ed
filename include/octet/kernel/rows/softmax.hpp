// SPDX-License-Identifier: Apache-2.0
// One row of a softmax of bytes, with a table of what depends on a difference from the row's
// maximum alone: 32-bit arithmetic, between what the kernels of each target find and look up.
#pragma once

#include "octet/kernel/table/look_up.hpp"
#include "octet/reference/softmax.hpp"

namespace octet::inline OCTET_BASELINE {

struct SoftmaxTable {
  static constexpr std::int32_t kDifferences = 256;

  std::int32_t exp[kDifferences];  // of -i, Q0.31, at [kDifferences - 1 - i]

  constexpr void fill(const SoftmaxParams& p) {
    for (std::int32_t i = 0; i < kDifferences; ++i) {
      exp[kDifferences - 1 - i] = reference::softmax_exp(p, -i);
    }
  }

  // [x] is the exponential of x - max.
  struct OfElements {
    const std::int32_t* exp;
    std::int32_t place_of_zero;

    OCTET_INLINE std::int32_t operator[](std::int32_t x) const { return exp[place_of_zero + x]; }
  };
  OfElements of_elements(std::int32_t max) const { return {exp, kDifferences - 1 - max}; }
};

namespace detail {

// What depends on the type and the machine.
struct RowKernels {
  void (*look_up)(const std::uint8_t* entries, std::int64_t count, const void* x, void* y);
  void (*find_highest)(std::int64_t count, const void* x, std::int32_t* highest);
};

// The sum of a row's exponentials in Q12.19.
template <class In>
inline std::int32_t softmax_sum(const SoftmaxTable& table, const In* x, std::int64_t depth,
                                std::int32_t max) {
  constexpr std::int32_t kMostSummands = (1 << reference::kSoftmaxSumBits) - 1;
  const SoftmaxTable::OfElements exp = table.of_elements(max);
  if (depth > kMostSummands) {
    std::int32_t sum = 0;
    for (std::int64_t i = 0; i < depth; ++i) {
      sum = reference::softmax_accumulate(sum, exp[x[i]]);
    }
    return sum;
  }
  // Of what is not negative, rounding_divide_by_pot is this.
  const auto summand = [&](std::int64_t i) {
    constexpr std::uint32_t kHalf = std::uint32_t{1} << (reference::kSoftmaxSumBits - 1);
    return (static_cast<std::uint32_t>(exp[x[i]]) + kHalf) >> reference::kSoftmaxSumBits;
  };
  std::uint32_t sums[4] = {};
  std::int64_t i = 0;
  for (; i + 4 <= depth; i += 4) {
    for (int j = 0; j < 4; ++j) sums[j] += summand(i + j);
  }
  for (; i < depth; ++i) sums[0] += summand(i);
  return static_cast<std::int32_t>(sums[0] + sums[1] + sums[2] + sums[3]);
}

// y[i] = element(x[i]) for elements up to max. Of many each result is computed once.
template <class In, class Out, class Element>
inline void for_each_in_row(const RowKernels& kernels, const In* x, std::int64_t depth,
                            std::int32_t max, Out* y, const Element& element) {
  constexpr std::int32_t kLowest = std::numeric_limits<In>::min();
  if (depth <= max - kLowest) {
    for (std::int64_t i = 0; i < depth; ++i) y[i] = element(x[i]);
    return;
  }
  Out results[SoftmaxTable::kDifferences] = {};
  for (std::int32_t i = kLowest; i <= max; ++i) results[static_cast<std::uint8_t>(i)] = element(i);
  if constexpr (sizeof(Out) == 1) {
    kernels.look_up(reinterpret_cast<const std::uint8_t*>(results), depth, x, y);
  } else {
    for (std::int64_t i = 0; i < depth; ++i) y[i] = results[static_cast<std::uint8_t>(x[i])];
  }
}

template <class In, class Out>
inline void softmax_row(const RowKernels& kernels, const SoftmaxTable& table, const In* x,
                        std::int64_t depth, Out* y) {
  std::int32_t max;
  kernels.find_highest(depth, x, &max);
  int num_bits_over_unit = 0;
  const auto reciprocal = static_cast<std::uint32_t>(get_reciprocal(
      softmax_sum(table, x, depth, max), reference::kSoftmaxSumBits, &num_bits_over_unit));
  // reference::softmax_quotient of what is not negative: both roundings are upwards.
  const int shift = num_bits_over_unit + 31 - 8 * static_cast<int>(sizeof(Out));
  const std::uint64_t half = std::uint64_t{1} << (shift - 1);
  constexpr std::int32_t kZeroPoint = std::numeric_limits<Out>::min();
  constexpr std::uint64_t kLargest = std::numeric_limits<Out>::max() - kZeroPoint;
  const SoftmaxTable::OfElements exp = table.of_elements(max);
  for_each_in_row(kernels, x, depth, max, y, [&](std::int32_t element) {
    const auto product = std::uint64_t{reciprocal} * static_cast<std::uint32_t>(exp[element]);
    const std::uint64_t quotient = (((product + (1u << 30)) >> 31) + half) >> shift;
    return static_cast<Out>(static_cast<std::int32_t>(quotient < kLargest ? quotient : kLargest) +
                            kZeroPoint);
  });
}

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE
