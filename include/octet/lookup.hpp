// SPDX-License-Identifier: Apache-2.0
// Any function of 8 bits, by its 256 results.
#pragma once

#include "octet/family/table.hpp"
#include "octet/reference/lookup.hpp"

namespace octet::inline OCTET_BASELINE {

struct LookupOperation : family::OperationOf<LookupParams> {
  static constexpr const char* kName = "lookup";

  template <class T>
  static constexpr T element(const LookupParams& p, T x) {
    return reference::lookup(p, x);
  }

  template <class T>
  static constexpr Status validate(const LookupParams& /*p*/) {
    return {};
  }
};

// y = entries[x], in reference/lookup.hpp
//
// input, output: T (int8, uint8) of input.shape. lookup_params() of quantize/unary.hpp fills the
// entries from a function of real numbers; elu_params() those of ELU, which tflite-micro has by
// the same way. Source: ELU of tflite-micro.
template <class T>
using Lookup = family::Table<LookupOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
