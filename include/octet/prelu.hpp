// SPDX-License-Identifier: Apache-2.0
// Rectified linear units with a slope of each channel, or of each element, below zero.
#pragma once

#include "octet/mul.hpp"
#include "octet/reference/prelu.hpp"

#define OCTET_KERNEL "octet/kernel/elementwise/prelu-inl.hpp"
#include "octet/detail/foreach_target.hpp"

namespace octet::inline OCTET_BASELINE {

struct PreluOperation : family::OperationOf<PreluParams, compiled::Prelu> {
  static constexpr const char* kName = "prelu";

  template <class T>
  static constexpr T element(const PreluParams& p, T x1, T x2) {
    return reference::prelu(p, x1, x2);
  }

  template <class T>
  static constexpr Status validate(const PreluParams& p) {
    if (const Status s = check::first_refusal(
            {check::multiplier(check::kInput1.multiplier, p.input1.rescale.multiplier),
             check::shift(check::kInput1.shift, p.input1.rescale.shift,
                          check::largest_difference<T>(p.input1.zero_point))});
        !s.ok()) {
      return s;
    }
    return MulOperation::validate<T>(p);
  }

  template <class T>
  static constexpr bool suits_vectors(const PreluParams& p) {
    return detail::suits_vectors(check::largest_difference<T>(p.input1.zero_point),
                                 p.input1.rescale) &&
           MulOperation::suits_vectors<T>(p);
  }

  static constexpr BinaryTask task(const PreluParams& p) {
    BinaryTask task = MulOperation::task(p);
    task.input1 =
        detail::rescale_constants(p.input1.rescale, p.output.rounding, p.input1.zero_point, 0, 0);
    return task;
  }
};

// y = clamp(output.zero_point + value, output.min, output.max), value = x where x >= 0 and
// alpha * x below: in reference/prelu.hpp
//
// input1: T (int8, uint8, int16), the input; input2: T, alpha, of a shape that broadcasts with it
// as in NumPy, up to rank 6; output: T of their common shape. prelu_params() of quantize/binary.hpp
// makes the factors. Refusals are those of Mul. Source: PRELU of tflite-micro; the TensorFlow Lite
// 8-bit quantization specification does not have it.
template <class T>
using Prelu = family::Binary<PreluOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
