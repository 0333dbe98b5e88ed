// SPDX-License-Identifier: Apache-2.0
// A tensor surrounded by one value.
#pragma once

#include <limits>

#include "octet/family/move.hpp"
#include "octet/reference/pad.hpp"

namespace octet::inline OCTET_BASELINE {

struct PadOperation : family::OperationOf<PadParams> {
  static constexpr const char* kName = "pad";

  template <class T>
  static constexpr Status validate(const PadParams& p) {
    using enum StatusCode;
    constexpr const char* kBefore[] = OCTET_ENTRY_NAMES("before");
    constexpr const char* kAfter[] = OCTET_ENTRY_NAMES("after");
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      const std::int64_t room = check::kHighestInt32 - p.input.shape.extent[d];
      if (const Status s = check::first_refusal(
              {check::range(invalid_padding, kBefore[d], p.before[d], 0, room),
               check::range(invalid_padding, kAfter[d], p.after[d], 0, room - p.before[d])});
          !s.ok()) {
        return s;
      }
    }
    constexpr auto lowest = static_cast<std::int64_t>(std::numeric_limits<T>::min());
    constexpr auto highest = static_cast<std::int64_t>(std::numeric_limits<T>::max() &
                                                       std::numeric_limits<std::int64_t>::max());
    return check::first_refusal(
        {check::count("output", output_shape(p).size()),
         check::range(zero_point_out_of_range, "value", p.value, lowest, highest)});
  }

  static constexpr StridedCopy plan(const PadParams& p) {
    StridedCopy copy;
    const Shape out = output_shape(p);
    std::int64_t input_stride = p.input.shape.size(), output_stride = out.size();
    for (std::int32_t d = 0; d < out.rank; ++d) {
      input_stride /= p.input.shape.extent[d];
      output_stride /= out.extent[d];
      copy.output_first += p.before[d] * output_stride;
      copy.add_loop(p.input.shape.extent[d], input_stride, output_stride);
    }
    return copy;
  }

  // Dimension by dimension, what lies around the input's part of it; of the outer dimensions only
  // that part is left by then.
  template <class T>
  static void fill(const PadParams& p, T* output) {
    const Shape out = output_shape(p);
    StridedCopy outer;
    std::int64_t stride = out.size();
    for (std::int32_t d = 0; d < out.rank; ++d) {
      stride /= out.extent[d];
      const std::int64_t before = p.before[d] * stride, after = p.after[d] * stride;
      const std::int64_t inside = p.input.shape.extent[d] * stride;
      if (before + after > 0) {
        detail::for_each_row(outer, outer.rank, output, output, [&](const T*, T* row) {
          detail::fill(row, before, static_cast<T>(p.value));
          detail::fill(row + before + inside, after, static_cast<T>(p.value));
        });
      }
      outer.output_first += before;
      outer.add_loop(p.input.shape.extent[d], 0, stride);
    }
  }
};

// The input surrounded by params.value: reference::pad has the formula. input: params.input,
// output: output_shape(params), dense, of T (any integer) and of the same quantization, which the
// value has too: that of PAD is the zero point. Source: PAD and PADV2 of TensorFlow Lite.
template <class T>
using Pad = family::Move<PadOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
