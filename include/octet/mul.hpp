// SPDX-License-Identifier: Apache-2.0
// Product of two tensors, element by element.
#pragma once

#include "octet/family/binary.hpp"
#include "octet/reference/mul.hpp"

#define OCTET_KERNEL "octet/kernel/elementwise/mul-inl.hpp"
#include "octet/detail/foreach_target.hpp"

namespace octet::inline OCTET_BASELINE {

struct MulOperation : family::OperationOf<MulParams, compiled::Mul> {
  static constexpr const char* kName = "mul";

  template <class T>
  static constexpr T element(const MulParams& p, T x1, T x2) {
    return reference::mul(p, x1, x2);
  }

  template <class T>
  static constexpr std::int64_t largest_product(const MulParams& p) {
    return check::largest_difference<T>(p.input1.zero_point) *
           check::largest_difference<T>(p.input2.zero_point);
  }

  // The largest product is that of the lowest values, so it is positive, and 2^31 is the only value
  // beyond 32 bits that a left shift can make of int16 with zero points 0: it wraps as in the
  // source.
  template <class T>
  static constexpr Status validate(const MulParams& p) {
    // Only int16 with zero points far from 0 have products beyond 32 bits.
    if (largest_product<T>(p) > check::kHighestInt32) {
      const bool first = check::largest_difference<T>(p.input1.zero_point) >=
                         check::largest_difference<T>(p.input2.zero_point);
      return {StatusCode::unsupported,
              first ? check::kInput1.zero_point : check::kInput2.zero_point,
              first ? p.input1.zero_point : p.input2.zero_point};
    }
    return check::shift("output.rescale.shift", p.output.rescale.shift, largest_product<T>(p) - 1);
  }

  template <class T>
  static constexpr bool suits_vectors(const MulParams& p) {
    return detail::suits_vectors(largest_product<T>(p), p.output.rescale, p.output.zero_point);
  }

  static constexpr BinaryTask task(const MulParams& p) {
    BinaryTask task{};
    task.input1.zero_point = p.input1.zero_point;
    task.input2.zero_point = p.input2.zero_point;
    task.output =
        detail::rescale_constants(p.output.rescale, p.output.rounding, 0, 0, p.output.zero_point);
    return task;
  }
};

// y = clamp(output.zero_point + output.rescale(product), output.min, output.max), in
// reference/mul.hpp
//
// input1, input2: T (int8, uint8, int16) of shapes that broadcast as in NumPy, up to rank 6;
// output: T of their common shape. mul_params() of quantize/multiplier.hpp makes the factor.
// prepare refuses a left shift for which a product could exceed 32 bits. Source: MUL of the
// TensorFlow Lite 8-bit quantization specification.
template <class T>
using Mul = family::Binary<MulOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
