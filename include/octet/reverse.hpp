// SPDX-License-Identifier: Apache-2.0
// A tensor from behind.
#pragma once

#include "octet/family/move.hpp"
#include "octet/reference/reverse.hpp"

namespace octet::inline OCTET_BASELINE {

struct ReverseOperation : family::OperationOf<ReverseParams> {
  static constexpr const char* kName = "reverse";

  template <class T>
  static constexpr Status validate(const ReverseParams& /*p*/) {
    return {};
  }

  static constexpr StridedCopy plan(const ReverseParams& p) {
    const Strides strides(p.input.shape);
    StridedCopy copy;
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      const std::int32_t extent = p.input.shape.extent[d];
      if (p.reverse[d]) copy.input_first += (extent - 1) * strides[d];
      copy.add_loop(extent, p.reverse[d] ? -strides[d] : strides[d], strides[d]);
    }
    return copy;
  }
};

// The dimensions that params.reverse names from behind: reference::reverse has the formula. input,
// output: params.input, dense, of T (1, 2, 4 or 8 bytes) and of one quantization.
// Source: REVERSE_V2 of TensorFlow Lite.
template <class T>
using Reverse = family::Move<ReverseOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
