// SPDX-License-Identifier: Apache-2.0
// Where the largest and the smallest elements along one dimension of a tensor lie.
#pragma once

#include <cstdint>

#include "octet/family/along.hpp"
#include "octet/reference/arg_max_min.hpp"

namespace octet::inline OCTET_BASELINE {

template <bool is_max>
struct ArgExtremeOperation
    : family::OperationOf<ArgMaxParams,
                          std::conditional_t<is_max, compiled::ArgMax, compiled::ArgMin>> {
  static constexpr bool kIsMax = is_max;
  static constexpr const char* kName = kIsMax ? "arg_max" : "arg_min";

  template <class T>
  static constexpr Status validate(const ArgMaxParams& /*params*/) {
    return {};
  }

  static constexpr bool suits_kernels(const detail::Lines& lines) {
    return lines.depth <= kMostPlaces;
  }

  // Row by row, so that elements are read as they lie.
  template <class T>
  static void block(const ArgMaxParams& /*params*/, const detail::Lines& lines, const T* x,
                    std::int32_t* y) {
    const auto precedes = [](T a, T b) { return kIsMax ? a > b : a < b; };
    if (lines.inner == 1) {
      T best = x[0];
      *y = 0;
      for (std::int64_t d = 1; d < lines.depth; ++d) {
        if (precedes(x[d], best)) best = x[d], *y = static_cast<std::int32_t>(d);
      }
      return;
    }
    for (std::int64_t i = 0; i < lines.inner; ++i) y[i] = 0;
    for (std::int64_t d = 1; d < lines.depth; ++d) {
      const T* const row = x + d * lines.inner;
      for (std::int64_t i = 0; i < lines.inner; ++i) {
        if (precedes(row[i], x[y[i] * lines.inner + i])) y[i] = static_cast<std::int32_t>(d);
      }
    }
  }
};

// The places of the largest, or of the smallest, elements along params.axis, of several the first:
// reference::arg_max and arg_min have the formula. input: params.input, dense, of T (int8, uint8,
// int16); output: output_shape(params), which lacks that dimension, of int32. Source: ARG_MAX and
// ARG_MIN of TensorFlow Lite, as tflite-micro's reference kernels have them.
template <class T>
using ArgMax = family::Along<ArgExtremeOperation<true>, T, std::int32_t>;
template <class T>
using ArgMin = family::Along<ArgExtremeOperation<false>, T, std::int32_t>;

}  // namespace octet::inline OCTET_BASELINE
