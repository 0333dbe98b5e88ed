// SPDX-License-Identifier: Apache-2.0
// A tensor in another scale, zero point or type.
#pragma once

#include "octet/family/unary.hpp"
#include "octet/reference/requantize.hpp"

#define OCTET_KERNEL "octet/kernel/elementwise/requantize-inl.hpp"
#include "octet/detail/foreach_target.hpp"

namespace octet::inline OCTET_BASELINE {

struct RequantizeOperation : family::OperationOf<RequantizeParams, compiled::Requantize> {
  static constexpr const char* kName = "requantize";

  template <class Out, class In>
  static constexpr Out element(const RequantizeParams& p, In x) {
    return reference::requantize<Out>(p, x);
  }

  template <class In>
  static constexpr Status validate(const RequantizeParams& p) {
    if constexpr (sizeof(In) == 4) {
      return check::first_refusal(
          {check::range(StatusCode::unsupported, "input.zero_point", p.input.zero_point, 0, 0),
           check::shift("output.rescale.shift", p.output.rescale.shift)});
    } else {
      return check::shift("output.rescale.shift", p.output.rescale.shift,
                          check::largest_difference<In>(p.input.zero_point));
    }
  }

  template <class In>
  static constexpr bool suits_vectors(const RequantizeParams& p) {
    return detail::suits_vectors(check::largest_difference<In>(p.input.zero_point),
                                 p.output.rescale, p.output.zero_point);
  }

  static constexpr UnaryTask task(const RequantizeParams& p) {
    UnaryTask task{};
    task.rescale = detail::rescale_constants(p.output.rescale, p.output.rounding,
                                             p.input.zero_point, 0, p.output.zero_point);
    return task;
  }
};

// y = clamp(output.zero_point + output.rescale(x - input.zero_point), output.min, output.max)
//
// input: In of input.shape, output: Out of the same shape; In and Out: int8, uint8, int16, int32.
// prepare refuses shifts for which an 8 or 16-bit x could exceed 32 bits; an int32 x wraps as in
// the source, and its zero point is 0. Source: QUANTIZE (requantization) of the TensorFlow Lite
// 8-bit quantization specification; reference/requantize.hpp.
template <class In, class Out = In>
using Requantize = family::Unary<RequantizeOperation, In, Out>;

}  // namespace octet::inline OCTET_BASELINE
