// SPDX-License-Identifier: Apache-2.0
// x * relu6(x + 3) / 6.
#pragma once

#include "octet/family/table.hpp"
#include "octet/reference/hard_swish.hpp"

namespace octet::inline OCTET_BASELINE {

struct HardSwishOperation : family::OperationOf<HardSwishParams> {
  static constexpr const char* kName = "hard_swish";

  template <class T>
  static constexpr T element(const HardSwishParams& p, T x) {
    return reference::hard_swish(p, x);
  }

  template <class T>
  static constexpr Status validate(const HardSwishParams& p) {
    using enum StatusCode;
    return check::first_refusal(
        {check::range(multiplier_out_of_range, check::kInput.multiplier, p.input.rescale.multiplier,
                      0, 32767),
         check::range(shift_out_of_range, check::kInput.shift, p.input.rescale.shift, -31, 31),
         check::zero_point<T>("output.zero_point", p.output.zero_point),
         check::bounds<T>("output.min", p.output.min, "output.max", p.output.max),
         check::range(multiplier_out_of_range, "output.rescale.multiplier",
                      p.output.rescale.multiplier, 0, 32767),
         check::range(shift_out_of_range, "output.rescale.shift", p.output.rescale.shift, -31, 0)});
  }
};

// y = x * relu6(x + 3) / 6, in reference/hard_swish.hpp
//
// input, output: T (int8, uint8) of input.shape. hard_swish_params() of quantize/unary.hpp makes
// the factors; prepare refuses those of outputs whose steps are finer than those of the input by
// 128 or more. Source: HARD_SWISH of tflite-micro.
template <class T>
using HardSwish = family::Table<HardSwishOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
