// SPDX-License-Identifier: Apache-2.0
// Some of a tensor's elements, at equal distances.
#pragma once

#include "octet/family/move.hpp"
#include "octet/reference/strided_slice.hpp"

namespace octet::inline OCTET_BASELINE {

struct StridedSliceOperation : family::OperationOf<StridedSliceParams> {
  static constexpr const char* kName = "strided_slice";
  static constexpr auto& kBegin = check::kEntryNames<"begin">;
  static constexpr auto& kExtent = check::kEntryNames<"extent">;
  static constexpr auto& kStride = check::kEntryNames<"stride">;

  template <class T>
  static constexpr Status validate(const StridedSliceParams& p) {
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      const std::int64_t last = std::int64_t{p.input.shape.extent[d]} - 1;
      if (p.stride[d] == 0) return {StatusCode::invalid_stride, kStride[d]};
      if (const Status s = check::first_refusal(
              {check::range(StatusCode::invalid_shape, kBegin[d], p.begin[d], 0, last),
               check::range(StatusCode::invalid_shape, kExtent[d], p.extent[d], 1, last + 1)});
          !s.ok()) {
        return s;
      }
      // The elements from the first one on in the direction of the stride.
      const std::int64_t room = p.stride[d] > 0 ? last - p.begin[d] : p.begin[d];
      const std::int64_t step = p.stride[d] > 0 ? p.stride[d] : -std::int64_t{p.stride[d]};
      if (const Status s =
              check::range(StatusCode::invalid_shape, kExtent[d], p.extent[d], 1, room / step + 1);
          !s.ok()) {
        return s;
      }
    }
    return {};
  }

  static constexpr StridedCopy plan(const StridedSliceParams& p) {
    const Strides in(p.input.shape), out(output_shape(p));
    StridedCopy copy;
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      copy.input_first += p.begin[d] * in[d];
      // The stride of a single element may be any, beyond the input too.
      const std::int64_t stride = p.extent[d] == 1 ? 0 : p.stride[d] * in[d];
      copy.add_loop(p.extent[d], stride, out[d]);
    }
    return copy;
  }
};

// In each dimension params.extent elements from params.begin on, params.stride apart, which may be
// negative: reference::strided_slice has the formula. input: params.input, output:
// output_shape(params), dense, of T (1, 2, 4 or 8 bytes) and of the same quantization.
// resolve_slice() of the reference turns TensorFlow's ranges and masks into these numbers. prepare
// refuses elements outside of the input. Source: STRIDED_SLICE and SLICE of TensorFlow Lite.
template <class T>
using StridedSlice = family::Move<StridedSliceOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
