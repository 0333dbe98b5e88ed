// SPDX-License-Identifier: Apache-2.0
// Softmax over rows.
#pragma once

#include "octet/detail/rescale_constants.hpp"
#include "octet/family/rows.hpp"
#include "octet/kernel/rows/softmax.hpp"
#include "octet/reference/softmax_int16.hpp"

namespace octet::inline OCTET_BASELINE {

struct SoftmaxOperation : family::OperationOf<SoftmaxParams> {
  using Table = SoftmaxTable;
  static constexpr const char* kName = "softmax";

  static constexpr Status validate(const SoftmaxParams& p) {
    using enum StatusCode;
    const auto [multiplier, shift] = p.input.rescale;
    if (multiplier == 0) return {zero_multiplier, check::kInput.multiplier};
    if (const Status s = check::first_refusal(
            {check::multiplier(check::kInput.multiplier, multiplier),
             check::range(shift_out_of_range, check::kInput.shift, shift, 0, 31),
             check::range(unsupported, "diff_min", p.diff_min, check::kLowestInt32, 0)});
        !s.ok()) {
      return s;
    }
    // No difference that is scaled may leave 32 bits.
    constexpr std::int32_t kLowest = 1 - SoftmaxTable::kDifferences;
    const std::int64_t lowest = p.diff_min < kLowest ? kLowest : p.diff_min;
    return lowest == 0 ? Status{} : check::shift(check::kInput.shift, shift, -lowest);
  }

  template <class In, class Out>
  static void row(const detail::RowKernels& kernels, const SoftmaxTable& table, const In* x,
                  std::int64_t depth, Out* y) {
    detail::softmax_row(kernels, table, x, depth, y);
  }
};

struct SoftmaxInt16Operation : family::OperationOf<SoftmaxParams> {
  static constexpr const char* kName = "softmax";

  static constexpr Status validate(const SoftmaxParams& p) {
    const auto [multiplier, shift] = p.input.rescale;
    if (multiplier == 0) return {StatusCode::zero_multiplier, check::kInput.multiplier};
    return check::first_refusal(
        {check::multiplier(check::kInput.multiplier, multiplier),
         check::shift(check::kInput.shift, shift, 65535),
         check::range(StatusCode::unsupported, "diff_min", p.diff_min, 0, 0)});
  }

  static void row(const detail::RowKernels& /*kernels*/, const SoftmaxParams& p,
                  const std::int16_t* x, std::int64_t depth, std::int16_t* y) {
    reference::softmax_int16_row(detail::Rescaler(p.input.rescale, Rounding::tflite), x, depth, y);
  }
};

// output[r][i] = exp(beta * scale * input[r][i]) / sum_j exp(beta * scale * input[r][j]) in fixed
// point over rows r, the elements along the last dimension: reference::softmax has the formula, and
// preprocess_softmax_scaling() of quantize/multiplier.hpp makes the parameters. input:
// params.input, dense, of In (int8 or uint8); output: the same shape, of Out (int8, uint8 or int16)
// with scale 1 / 2^(bits of Out) and the lowest Out as zero point. The output may be the input
// where both are equally wide. prepare fills a table of packed_bytes(params), 1 KiB, in the
// caller's memory, and refuses parameters without a scale.
//
// Of int16 the output is int16 with scale 2^-15 and zero point 0, there is no memory to prepare in,
// and reference::softmax_int16_row has the formula, softmax_int16_params() of quantize/rows.hpp the
// parameters. Source: SOFTMAX of the TensorFlow Lite 8-bit quantization specification; the
// arithmetic is that of tflite-micro's reference kernels.
template <class In, class Out = In>
using Softmax =
    family::Rows<std::conditional_t<sizeof(In) == 1, SoftmaxOperation, SoftmaxInt16Operation>, In,
                 Out>;

}  // namespace octet::inline OCTET_BASELINE
