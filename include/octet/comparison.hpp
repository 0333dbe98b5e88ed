// SPDX-License-Identifier: Apache-2.0
// Comparisons of two tensors, element by element.
#pragma once

#include "octet/family/binary.hpp"
#include "octet/reference/comparison.hpp"

#define OCTET_KERNEL "octet/kernel/elementwise/comparison-inl.hpp"
#include "octet/detail/foreach_target.hpp"

namespace octet::inline OCTET_BASELINE {

template <Comparison kind>
struct ComparisonOperation : family::OperationOf<ComparisonParams, compiled::Comparison> {
  static constexpr const char* kName = to_string(kind);

  template <class T>
  static constexpr std::uint8_t element(const ComparisonParams& p, T x1, T x2) {
    return reference::compare<kind>(p, x1, x2);
  }

  template <class T>
  static constexpr Status validate(const ComparisonParams& p) {
    if constexpr (sizeof(T) == 4) {
      return check::first_refusal({check::range(StatusCode::unsupported, check::kInput1.zero_point,
                                                p.input1.zero_point, 0, 0),
                                   check::range(StatusCode::unsupported, check::kInput2.zero_point,
                                                p.input2.zero_point, 0, 0)});
    } else {
      if (const Status s = check::range(StatusCode::shift_out_of_range, "left_shift", p.left_shift,
                                        0, kLargestLeftShift<T>);
          !s.ok()) {
        return s;
      }
      return check::first_refusal(
          {check::multiplier(check::kInput1.multiplier, p.input1.rescale.multiplier),
           check::multiplier(check::kInput2.multiplier, p.input2.rescale.multiplier),
           check::range(StatusCode::shift_out_of_range, check::kInput1.shift,
                        p.input1.rescale.shift, -31, 0),
           check::range(StatusCode::shift_out_of_range, check::kInput2.shift,
                        p.input2.rescale.shift, -31, 0)});
    }
  }

  // Differences stay below 2^29, and those of two of them below 2^30.
  template <class T>
  static constexpr bool suits_vectors(const ComparisonParams& /*p*/) {
    return true;
  }

  static constexpr BinaryTask task(const ComparisonParams& p) {
    const auto of = [&](const Operand& operand) {
      return detail::rescale_constants(operand.rescale, Rounding::tflite, operand.zero_point,
                                       p.left_shift, 0);
    };
    constexpr bool is_equality = kind == Comparison::equal || kind == Comparison::not_equal;
    constexpr bool is_less = kind == Comparison::less || kind == Comparison::greater_equal;
    constexpr bool is_negated = kind == Comparison::equal || kind == Comparison::less_equal ||
                                kind == Comparison::greater_equal;
    BinaryTask task{};
    task.input1 = of(p.input1);
    task.input2 = of(p.input2);
    task.comparison = {is_less ? -1 : 1, is_equality ? -1 : 0, is_negated ? 1 : 0};
    return task;
  }

  template <class T>
  static constexpr std::int32_t kLargestLeftShift = 29 - 8 * std::int32_t{sizeof(T)};
};

// y = 1 where x1 compares to x2 as real numbers, otherwise 0: in reference/comparison.hpp
//
// input1, input2: T (int8, uint8, int16, int32) of shapes that broadcast as in NumPy, up to rank 6;
// output: uint8 of their common shape. comparison_params() of quantize/binary.hpp makes the
// factors, which are below 1; int32 has neither factors nor zero points. prepare refuses a left
// shift above 21 for 8 bits and 13 for 16. Source: EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER and
// GREATER_EQUAL of the TensorFlow Lite 8-bit quantization specification.
template <Comparison kind, class T>
using Compare = family::Binary<ComparisonOperation<kind>, T, std::uint8_t>;

template <class T>
using Equal = Compare<Comparison::equal, T>;
template <class T>
using NotEqual = Compare<Comparison::not_equal, T>;
template <class T>
using Less = Compare<Comparison::less, T>;
template <class T>
using LessEqual = Compare<Comparison::less_equal, T>;
template <class T>
using Greater = Compare<Comparison::greater, T>;
template <class T>
using GreaterEqual = Compare<Comparison::greater_equal, T>;

}  // namespace octet::inline OCTET_BASELINE
