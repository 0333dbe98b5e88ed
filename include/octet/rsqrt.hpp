// SPDX-License-Identifier: Apache-2.0
// One over the square root.
#pragma once

#include "octet/family/table.hpp"
#include "octet/reference/rsqrt.hpp"

namespace octet::inline OCTET_BASELINE {

struct RsqrtOperation : family::OperationOf<RsqrtParams> {
  static constexpr const char* kName = "rsqrt";

  template <class T>
  static constexpr T element(const RsqrtParams& p, T x) {
    return reference::rsqrt(p, x);
  }

  // The root is at most 2^20.
  template <class T>
  static constexpr Status validate(const RsqrtParams& p) {
    constexpr std::int32_t kBits = reference::kRsqrtFractionalBits;
    return check::first_refusal(
        {check::output<T>(p.output),
         check::range(StatusCode::shift_out_of_range, "output.rescale.shift",
                      p.output.rescale.shift, kBits - 31, 30)});
  }
};

// y = 1 / sqrt(x), in reference/rsqrt.hpp; the highest y where x is not positive
//
// input, output: T (int8, uint8) of input.shape. rsqrt_params() of quantize/unary.hpp makes the
// factor. Source: RSQRT of tflite-micro.
template <class T>
using Rsqrt = family::Table<RsqrtOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
