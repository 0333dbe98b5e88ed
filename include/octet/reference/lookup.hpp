// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/output_element.hpp"

namespace octet::inline OCTET_BASELINE {

// The result for an input x, of 8 bits, at place uint8(x).
struct LookupParams {
  Operand input = {};
  std::uint8_t entries[256] = {};
};

namespace reference {

// y = entries[x]. T: int8, uint8. Source: PopulateLookupTable in micro/kernels/elu.cc of
// tflite-micro, which floating point fills.
template <class T>
constexpr T lookup(const LookupParams& p, T x) {
  return static_cast<T>(p.entries[static_cast<std::uint8_t>(x)]);
}

// The same of a tensor.
template <class T>
constexpr void lookup(const LookupParams& p, const T* input, T* output) {
  for_each_element(p.input, input, output, [&](T x) { return lookup(p, x); });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
