// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/broadcast.hpp"
#include "octet/reference/output_element.hpp"

namespace octet::inline OCTET_BASELINE {

enum class Comparison : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };

OCTET_INLINE constexpr const char* to_string(Comparison comparison) {
  switch (comparison) {
    case Comparison::equal: return "equal";
    case Comparison::not_equal: return "not_equal";
    case Comparison::less: return "less";
    case Comparison::less_equal: return "less_equal";
    case Comparison::greater: return "greater";
    case Comparison::greater_equal: break;
  }
  return "greater_equal";
}

// Both inputs are brought to real numbers with left_shift binary digits.
struct ComparisonParams {
  Operand input1 = {}, input2 = {};
  std::int32_t left_shift = 8;
};

namespace reference {

template <Comparison kind, class T>
constexpr bool holds(T x1, T x2) {
  switch (kind) {
    case Comparison::equal: return x1 == x2;
    case Comparison::not_equal: return x1 != x2;
    case Comparison::less: return x1 < x2;
    case Comparison::less_equal: return x1 <= x2;
    case Comparison::greater: return x1 > x2;
    case Comparison::greater_equal: break;
  }
  return x1 >= x2;
}

// 1 where s1 compares to s2, otherwise 0
//
//   s1 = input1.rescale((x1 - input1.zero_point) * 2^left_shift), s2 likewise
//
// T: int8, uint8, int16; int32, which is compared as it is.
// Source: kernels/internal/reference/comparisons.h of tflite-micro.
template <Comparison kind, class T>
constexpr std::uint8_t compare(const ComparisonParams& p, T x1, T x2) {
  if constexpr (sizeof(T) == 4) {
    return holds<kind>(x1, x2) ? 1 : 0;
  } else {
    const auto scaled = [&](std::int32_t x, const Operand& operand) {
      return rescale(shift_left_wrapping(x - operand.zero_point, p.left_shift), operand.rescale,
                     Rounding::tflite);
    };
    return holds<kind>(scaled(x1, p.input1), scaled(x2, p.input2)) ? 1 : 0;
  }
}

// The same of tensors, with broadcasting.
template <Comparison kind, class T>
constexpr void compare(const ComparisonParams& p, const T* input1, const T* input2,
                       std::uint8_t* output) {
  broadcast<T, std::uint8_t>(p, input1, input2, output, compare<kind, T>);
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
