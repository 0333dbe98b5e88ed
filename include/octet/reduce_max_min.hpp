// SPDX-License-Identifier: Apache-2.0
// The largest and the smallest element over some dimensions of a tensor.
#pragma once

#include <cstdint>
#include <limits>

#include "octet/family/reduce.hpp"
#include "octet/reference/reduce_max_min.hpp"

namespace octet::inline OCTET_BASELINE {

// Lanes hold the extreme of any number of elements.
template <bool kIsMax>
struct ExtremeReduction {
  static constexpr std::int32_t kStart =
      kIsMax ? std::numeric_limits<std::int32_t>::min() : std::numeric_limits<std::int32_t>::max();
  template <class T>
  static constexpr std::int64_t kMostCombined = std::numeric_limits<std::int64_t>::max();

  static constexpr std::int64_t combine(std::int64_t a, std::int64_t b) {
    return (a > b) == kIsMax ? a : b;
  }
  template <class T>
  static constexpr T finish(const ReduceTask& /*task*/, std::int64_t value) {
    return static_cast<T>(value);
  }
};

template <>
struct Reduction<compiled::ReduceMax> : ExtremeReduction<true> {};
template <>
struct Reduction<compiled::ReduceMin> : ExtremeReduction<false> {};

struct ReduceMaxOperation : family::OperationOf<ReduceMaxParams, compiled::ReduceMax> {
  static constexpr const char* kName = "reduce_max";

  template <class T>
  static constexpr Status validate(const ReduceMaxParams& /*params*/) {
    return {};
  }
};
struct ReduceMinOperation : family::OperationOf<ReduceMinParams, compiled::ReduceMin> {
  static constexpr const char* kName = "reduce_min";

  template <class T>
  static constexpr Status validate(const ReduceMinParams& /*params*/) {
    return {};
  }
};

// The largest, or the smallest, element over every dimension d with params.reduce[d]:
// reference::reduce_max and reduce_min have the formula. input: params.input, output:
// output_shape(params), dense, of T (int8, uint8, int16) and one quantization. Source: REDUCE_MAX
// and REDUCE_MIN of TensorFlow Lite, as tflite-micro's reference kernels have them.
template <class T>
using ReduceMax = family::Reduce<ReduceMaxOperation, T>;
template <class T>
using ReduceMin = family::Reduce<ReduceMinOperation, T>;

}  // namespace octet::inline OCTET_BASELINE

#define OCTET_KERNEL "octet/kernel/reduce/max_min-inl.hpp"
#include "octet/detail/foreach_target.hpp"
