// SPDX-License-Identifier: Apache-2.0
// A tensor in parts.
#pragma once

#include "octet/family/move.hpp"
#include "octet/reference/split.hpp"

namespace octet::inline OCTET_BASELINE {

struct SplitOperation : family::OperationOf<SplitParams> {
  static constexpr const char* kName = "split";

  static constexpr Status validate(const SplitParams& p) {
    const Shape& shape = p.input.shape;
    if (const Status s = check::shape(check::kInput, shape, 1); !s.ok()) return s;
    const auto count = static_cast<std::int64_t>(p.sizes.size());
    if (const Status s = check::first_refusal(
            {check::range(StatusCode::unsupported, "axis", p.axis, 0, std::int64_t{shape.rank} - 1),
             check::range(StatusCode::count_out_of_range, "sizes", count, 1, kMaxOperands)});
        !s.ok()) {
      return s;
    }
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < p.sizes.size(); ++k) {
      if (const Status s = check::at(k, check::extent("sizes", p.sizes[k])); !s.ok()) return s;
      sum += p.sizes[k];
    }
    return check::equal("sizes", sum, shape.extent[p.axis]);
  }

  static constexpr family::MoveParts plan(const SplitParams& p) {
    family::MoveParts plan(p.input.shape, p.axis);
    for (const std::int32_t size : p.sizes) plan.add(size);
    return plan;
  }
};

// The input cut along params.axis into parts of params.sizes, which add up to its extent there:
// reference::split has the formula. Up to kMaxOperands outputs, of output_shape(params, k); all
// dense, of T (1, 2, 4 or 8 bytes) and one quantization. bind takes an array of spans:
//
//   const std::span<std::int8_t> outputs[] = {a, b, c};
//   const auto bound = split->bind(input, outputs);
//
// Source: SPLIT and SPLIT_V of TensorFlow Lite.
template <class T>
using Split = family::Cut<SplitOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
