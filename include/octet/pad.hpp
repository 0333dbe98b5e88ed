// SPDX-License-Identifier: Apache-2.0
// A tensor surrounded by one value.
#pragma once

#include "octet/family/move.hpp"
#include "octet/reference/pad.hpp"

namespace octet::inline OCTET_BASELINE {

struct PadOperation : family::OperationOf<PadParams> {
  static constexpr const char* kName = "pad";

  template <class T>
  static constexpr Status validate(const PadParams& p) {
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      const Status s = family::check_padding(d, p.input.shape.extent[d], p.before[d], p.after[d]);
      if (!s.ok()) return s;
    }
    return check::first_refusal(
        {check::count("output", output_shape(p).size()), family::check_value<T>(p.value)});
  }

  static constexpr StridedCopy plan(const PadParams& p) {
    return family::copy_inside(p.input.shape, output_shape(p), p.before);
  }

  static constexpr std::int64_t filled_with(const PadParams& p) { return p.value; }
};

// The input surrounded by params.value: reference::pad has the formula. input: params.input,
// output: output_shape(params), dense, of T (any integer) and of the same quantization, which the
// value has too: that of PAD is the zero point. Source: PAD and PADV2 of TensorFlow Lite.
template <class T>
using Pad = family::Move<PadOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
