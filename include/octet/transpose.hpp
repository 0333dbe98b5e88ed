// SPDX-License-Identifier: Apache-2.0
// A tensor with its dimensions in another order.
#pragma once

#include "octet/family/transpose.hpp"
#include "octet/reference/transpose.hpp"

namespace octet::inline OCTET_BASELINE {

struct TransposeOperation : family::OperationOf<TransposeParams> {
  static constexpr const char* kName = "transpose";
  static constexpr auto& kPerm = check::kEntryNames<"perm">;

  template <class T>
  static constexpr Status validate(const TransposeParams& p) {
    bool is_taken[kMaxRank] = {};
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      const std::int64_t last = std::int64_t{p.input.shape.rank} - 1;
      if (const Status s = check::range(StatusCode::unsupported, kPerm[d], p.perm[d], 0, last);
          !s.ok()) {
        return s;
      }
      if (is_taken[p.perm[d]]) return {StatusCode::unsupported, kPerm[d], p.perm[d]};
      is_taken[p.perm[d]] = true;
    }
    return {};
  }

  static constexpr StridedCopy plan(const TransposeParams& p) {
    const Strides in(p.input.shape), out(output_shape(p));
    StridedCopy copy;
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      copy.add_loop(p.input.shape.extent[p.perm[d]], in[p.perm[d]], out[d]);
    }
    return copy;
  }
};

// Dimension d of the output is dimension params.perm[d] of the input, any permutation of up to
// kMaxRank of them: reference::transpose has the formula. input: params.input, output:
// output_shape(params), dense, of T (1, 2, 4 or 8 bytes) and of the same quantization. prepare
// refuses entries that are no dimension or are there twice. Source: TRANSPOSE of TensorFlow Lite.
template <class T>
using Transpose = family::Transpose<TransposeOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
