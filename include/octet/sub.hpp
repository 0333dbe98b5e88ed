// SPDX-License-Identifier: Apache-2.0
// Difference of two tensors, element by element.
#pragma once

#include "octet/family/shared_scale.hpp"
#include "octet/reference/sub.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace family {

struct SubOperation : SharedScale<SubOperation> {
  using Name = compiled::Sub;
  static constexpr const char* kName = "sub";
  static constexpr bool kSubtracts = true;

  template <class T>
  static constexpr T element(const SubParams& p, T x1, T x2) {
    return reference::sub(p, x1, x2);
  }
};

}  // namespace family

// y = clamp(output.zero_point + output.rescale(s1 - s2), output.min, output.max), in
// reference/sub.hpp
//
// Otherwise as Add; sub_params() of quantize/multiplier.hpp makes the factors. Source: SUB of the
// TensorFlow Lite 8-bit quantization specification.
template <class T>
using Sub = family::Binary<family::SubOperation, T>;

}  // namespace OCTET_BASELINE
}  // namespace octet
