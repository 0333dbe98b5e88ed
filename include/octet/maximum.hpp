// SPDX-License-Identifier: Apache-2.0
// The larger, and the smaller, of two tensors, element by element.
#pragma once

#include "octet/family/binary.hpp"
#include "octet/reference/maximum.hpp"

#define OCTET_KERNEL "octet/kernel/elementwise/maximum-inl.hpp"
#include "octet/detail/foreach_target.hpp"

namespace octet::inline OCTET_BASELINE {

template <bool kIsMinimum>
struct ExtremeOperation
    : family::OperationOf<MaximumParams,
                          std::conditional_t<kIsMinimum, compiled::Minimum, compiled::Maximum>> {
  static constexpr const char* kName = kIsMinimum ? "minimum" : "maximum";

  template <class T>
  static constexpr T element(const MaximumParams& p, T x1, T x2) {
    return kIsMinimum ? reference::minimum(p, x1, x2) : reference::maximum(p, x1, x2);
  }

  // There is nothing but shapes and zero points, which the family looks at.
  template <class T>
  static constexpr Status validate(const MaximumParams& /*p*/) {
    return {};
  }

  template <class T>
  static constexpr bool suits_vectors(const MaximumParams& /*p*/) {
    return true;
  }

  static constexpr BinaryTask task(const MaximumParams& /*p*/) { return {}; }
};

using MaximumOperation = ExtremeOperation<false>;
using MinimumOperation = ExtremeOperation<true>;

// y = max(x1, x2), in reference/maximum.hpp
//
// input1, input2: T (int8, uint8, int16, int32) of shapes that broadcast as in NumPy, up to rank 6;
// output: T of their common shape. All three have one scale and zero point, which play no part.
// Source: MAXIMUM of the TensorFlow Lite 8-bit quantization specification.
template <class T>
using Maximum = family::Binary<MaximumOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
