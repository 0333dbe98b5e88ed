// SPDX-License-Identifier: Apache-2.0
// Quotient of two tensors, element by element.
#pragma once

#include "octet/family/binary.hpp"
#include "octet/reference/div.hpp"

namespace octet::inline OCTET_BASELINE {

struct DivOperation : family::OperationOf<DivParams> {
  static constexpr const char* kName = "div";

  template <class T>
  static constexpr T element(const DivParams& p, T x1, T x2) {
    return reference::div(p, x1, x2);
  }

  // The factor is applied by a right shift, behind those by the exponents of dividend and divisor.
  template <class T>
  static constexpr Status validate(const DivParams& p) {
    const auto largest =
        static_cast<std::uint32_t>(check::largest_difference<T>(p.input1.zero_point));
    return check::range(StatusCode::shift_out_of_range, "output.rescale.shift",
                        p.output.rescale.shift, -31, std::countl_zero(largest) - 1);
  }
};

// y = clamp(output.zero_point + output.rescale(quotient), output.min, output.max), in
// reference/div.hpp
//
// input1, input2: T (int8, uint8, int16) of shapes that broadcast as in NumPy, up to rank 6;
// output: T of their common shape. div_params() of quantize/binary.hpp makes the factor. Element by
// element, without vectors. prepare refuses left shifts beyond the headroom of the dividend.
// Source: DIV of tflite-micro; the TensorFlow Lite 8-bit quantization specification does not have
// it.
template <class T>
using Div = family::Binary<DivOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
