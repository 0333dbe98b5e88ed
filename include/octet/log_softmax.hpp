// SPDX-License-Identifier: Apache-2.0
// The logarithm of a softmax over rows.
#pragma once

#include "octet/reference/log_softmax.hpp"
#include "octet/softmax.hpp"

namespace octet::inline OCTET_BASELINE {

// By difference from the row's maximum, exponentials as for a softmax, and what is scaled.
struct LogSoftmaxTable {
  SoftmaxTable softmax;
  std::int32_t scaled[SoftmaxTable::kDifferences];  // of -i at [i], Q5.26; 0 below diff_min
  std::int32_t diff_min;
  Rescale reverse_rescale;

  constexpr void fill(const LogSoftmaxParams& p) {
    const SoftmaxParams params{p.input, p.diff_min};
    softmax.fill(params);
    for (std::int32_t i = 0; i < SoftmaxTable::kDifferences; ++i) {
      scaled[i] = -i < p.diff_min ? 0 : reference::softmax_difference(params, -i);
    }
    diff_min = p.diff_min;
    reverse_rescale = p.reverse_rescale;
  }
};

struct LogSoftmaxOperation : family::OperationOf<LogSoftmaxParams> {
  using Table = LogSoftmaxTable;
  static constexpr const char* kName = "log_softmax";

  static constexpr Status validate(const LogSoftmaxParams& p) {
    if (const Status s = SoftmaxOperation::validate({p.input, p.diff_min}); !s.ok()) return s;
    const auto [multiplier, shift] = p.reverse_rescale;
    return check::first_refusal(
        {check::multiplier("reverse_rescale.multiplier", multiplier),
         check::range(StatusCode::shift_out_of_range, "reverse_rescale.shift", shift, -31, 0)});
  }

  template <class T>
  static void row(const detail::RowKernels& kernels, const LogSoftmaxTable& table, const T* x,
                  std::int64_t depth, T* y) {
    std::int32_t max;
    kernels.find_highest(depth, x, &max);
    const std::int32_t log =
        reference::log_softmax_log(detail::softmax_sum(table.softmax, x, depth, max));
    const std::int32_t limit =
        reference::log_softmax_limit(table.diff_min, table.reverse_rescale, log);
    detail::for_each_in_row(kernels, x, depth, max, y, [&](std::int32_t element) {
      const std::int32_t difference = element - max;
      return difference > limit ? reference::log_softmax_element<T>(table.scaled[-difference], log)
                                : std::numeric_limits<T>::min();
    });
  }
};

// output[r][i] = scale * input[r][i] - log(sum_j exp(scale * input[r][j])) in fixed point over rows
// r, the elements along the last dimension: reference::log_softmax has the formula, and
// log_softmax_params() of quantize/rows.hpp makes the parameters. input: params.input, output: the
// same shape, dense, of T (int8, uint8) with scale 1/16 and the highest T as zero point; it may be
// the input. prepare fills a table of packed_bytes(params) in the caller's memory, and refuses what
// Softmax refuses. Source: LOG_SOFTMAX of the TensorFlow Lite 8-bit quantization specification, as
// tflite-micro's reference kernel has it.
template <class T>
using LogSoftmax = family::Rows<LogSoftmaxOperation, T, T>;

}  // namespace octet::inline OCTET_BASELINE
