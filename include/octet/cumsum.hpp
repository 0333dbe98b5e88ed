// SPDX-License-Identifier: Apache-2.0
// Cumulative sums along one dimension of a tensor.
#pragma once

#include <cstdint>

#include "octet/family/along.hpp"
#include "octet/reference/cumsum.hpp"

namespace octet::inline OCTET_BASELINE {

struct CumsumOperation : family::OperationOf<CumsumParams> {
  static constexpr const char* kName = "cumsum";
  static constexpr bool kInPlace = true;

  // The sum of 2^31 bytes is below 2^40, and rescaled from 2^59.
  template <class T>
  static constexpr Status validate(const CumsumParams& p) {
    return check::first_refusal(
        {check::output<T>(p.output),
         check::range(StatusCode::shift_out_of_range, "output.rescale.shift",
                      p.output.rescale.shift, -31, 0)});
  }

  template <class T>
  static void block(const CumsumParams& p, const detail::Lines& lines, const T* x, T* y) {
    static_assert(sizeof(T) == 1, "int8 and uint8 are implemented");
    const std::int64_t step = p.reverse ? -lines.inner : lines.inner;
    const std::int64_t first = p.reverse ? (lines.depth - 1) * lines.inner : 0;
    for (std::int64_t i = 0; i < lines.inner; ++i) {
      std::int64_t sum = -std::int64_t{p.input.zero_point}, place = first + i;
      for (std::int64_t d = 0; d < lines.depth; ++d, place += step) {
        const std::int64_t before = sum;
        sum += x[place] - p.input.zero_point;
        y[place] = reference::rescaled_sum<T>(
            (p.exclusive ? before : sum) * (std::int64_t{1} << reference::kCumsumBits), p.output);
      }
    }
  }
};

// Cumulative sums along params.axis, of the elements up to each one, without it if exclusive, from
// behind if reverse: reference::cumsum has the formula, and cumsum_params() of quantize/reduce.hpp
// makes the parameters. input: params.input, output: the same shape, dense, of T (int8,
// uint8), which may be the input.
// Source: CUMSUM of TensorFlow Lite, as tflite-micro's reference kernel has it; its sums start at
// minus the input's zero point.
template <class T>
using Cumsum = family::Along<CumsumOperation, T, T>;

}  // namespace octet::inline OCTET_BASELINE
