// SPDX-License-Identifier: Apache-2.0
// Absolute values.
#pragma once

#include "octet/reference/abs.hpp"
#include "octet/requantize.hpp"

#define OCTET_KERNEL "octet/kernel/elementwise/abs-inl.hpp"
#include "octet/detail/foreach_target.hpp"

namespace octet::inline OCTET_BASELINE {

struct AbsOperation : RequantizeOperation {
  using Name = compiled::Abs;

  static constexpr const char* kName = "abs";

  template <class Out>
  static constexpr Out element(const AbsParams& p, Out x) {
    return reference::abs(p, x);
  }

  static constexpr UnaryTask task(const AbsParams& p) {
    UnaryTask task{};
    task.rescale =
        detail::rescale_constants(p.output.rescale, p.output.rounding, 0, 0, p.output.zero_point);
    task.zero_point = p.input.zero_point;
    return task;
  }
};

// y = clamp(output.zero_point + output.rescale(|x - input.zero_point|), output.min, output.max)
//
// input, output: T (int8, uint8, int16) of input.shape. abs_params() of
// quantize/unary.hpp makes the factor; refusals are those of Requantize. Source: ABS of
// tflite-micro; reference/abs.hpp.
template <class T>
using Abs = family::Unary<AbsOperation, T, T>;

}  // namespace octet::inline OCTET_BASELINE
