// SPDX-License-Identifier: Apache-2.0
// Means over some dimensions of a tensor.
#pragma once

#include "octet/family/reduce.hpp"
#include "octet/reference/mean.hpp"

namespace octet::inline OCTET_BASELINE {

template <>
struct Reduction<compiled::Mean> {
  static constexpr std::int32_t kStart = 0;
  // 2^15 elements of 16 bits.
  template <class T>
  static constexpr std::int64_t kMostCombined = std::int64_t{1} << (31 - 8 * sizeof(T));

  static constexpr std::int64_t combine(std::int64_t a, std::int64_t b) { return a + b; }
  template <class T>
  static constexpr T finish(const ReduceTask& task, std::int64_t sum) {
    return reference::rescaled_sum<T>(sum - task.subtracted, task.output);
  }
};

struct MeanOperation : family::OperationOf<MeanParams, compiled::Mean> {
  static constexpr const char* kName = "mean";
  static constexpr std::int32_t kLowestMultiplier = 1;  // 1 / count is in it

  template <class T>
  static constexpr Status validate(const MeanParams& p) {
    if (const Status s = check::shift("output.rescale.shift", p.output.rescale.shift); !s.ok()) {
      return s;
    }
    // Sums are rescaled in 64 bits: |sum| * 2^shift <= 2^61.
    const std::int64_t count = p.input.shape.size() / output_shape(p).size();
    const std::int32_t left = p.output.rescale.shift > 0 ? p.output.rescale.shift : 0;
    const std::int64_t largest = check::largest_difference<T>(p.input.zero_point);
    return check::range(StatusCode::invalid_shape, "reduce", count, 1,
                        (std::int64_t{1} << (61 - left)) / largest);
  }
};

// output = clamp(output.zero_point + rescale(sum of (input - input.zero_point)), min, max) over
// every dimension d with params.reduce[d]: reference::mean has the formula. input: params.input,
// output: output_shape(params), dense, of T (int8, uint8, int16). output.rescale is
// mean_multiplier() of quantize/multiplier.hpp, which holds 1 / count. Sums may exceed 32 bits.
// Source: MEAN of the TensorFlow Lite 8-bit quantization specification.
template <class T>
using Mean = family::Reduce<MeanOperation, T>;

}  // namespace octet::inline OCTET_BASELINE

#define OCTET_KERNEL "octet/kernel/reduce/mean-inl.hpp"
#include "octet/detail/foreach_target.hpp"
