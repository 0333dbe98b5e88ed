// SPDX-License-Identifier: Apache-2.0
// One row of a softmax of bytes, with a table of what depends on a difference from the row's
// maximum alone. Look-ups and 32-bit arithmetic: no target has a kernel of its own.
#pragma once

#include "octet/reference/softmax.hpp"

namespace octet::inline OCTET_BASELINE {

struct SoftmaxTable {
  static constexpr std::int32_t kDifferences = 256;

  std::int32_t exp[kDifferences];  // of -i at [i], Q0.31

  constexpr void fill(const SoftmaxParams& p) {
    for (std::int32_t i = 0; i < kDifferences; ++i) exp[i] = reference::softmax_exp(p, -i);
  }
};

namespace detail {

// The sum of a row's exponentials in Q12.19.
template <class In>
inline std::int32_t softmax_sum(const SoftmaxTable& table, const In* x, std::int64_t depth,
                                std::int32_t max) {
  constexpr std::int32_t kMostSummands = (1 << reference::kSoftmaxSumBits) - 1;
  std::int32_t sum = 0;
  if (depth > kMostSummands) {
    for (std::int64_t i = 0; i < depth; ++i) {
      sum = reference::softmax_accumulate(sum, table.exp[max - x[i]]);
    }
    return sum;
  }
  // Of what is not negative, rounding_divide_by_pot is this.
  constexpr std::uint32_t kHalf = std::uint32_t{1} << (reference::kSoftmaxSumBits - 1);
  for (std::int64_t i = 0; i < depth; ++i) {
    const auto exp = static_cast<std::uint32_t>(table.exp[max - x[i]]);
    sum += static_cast<std::int32_t>((exp + kHalf) >> reference::kSoftmaxSumBits);
  }
  return sum;
}

template <class In, class Out>
inline void softmax_row(const SoftmaxTable& table, const In* x, std::int64_t depth, Out* y) {
  std::int32_t max = x[0], min = x[0];
  for (std::int64_t i = 1; i < depth; ++i) {
    max = x[i] > max ? x[i] : max;
    min = x[i] < min ? x[i] : min;
  }
  int num_bits_over_unit = 0;
  const std::int32_t reciprocal = get_reciprocal(softmax_sum(table, x, depth, max),
                                                 reference::kSoftmaxSumBits, &num_bits_over_unit);
  const auto quotient = [&](std::int32_t difference) {
    return reference::softmax_quotient<Out>(table.exp[difference], reciprocal, num_bits_over_unit);
  };
  if (max - min + 1 >= depth) {
    for (std::int64_t i = 0; i < depth; ++i) y[i] = quotient(max - x[i]);
    return;
  }
  // Fewer differences than elements: each quotient once.
  Out quotients[SoftmaxTable::kDifferences];
  for (std::int32_t d = 0; d <= max - min; ++d) quotients[d] = quotient(d);
  for (std::int64_t i = 0; i < depth; ++i) y[i] = quotients[max - x[i]];
}

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE
