// SPDX-License-Identifier: Apache-2.0
// Tensors side by side.
#pragma once

#include "octet/family/move.hpp"
#include "octet/reference/concat.hpp"

namespace octet::inline OCTET_BASELINE {

struct ConcatOperation : family::OperationOf<ConcatParams> {
  static constexpr const char* kName = "concat";

  static constexpr Status validate(const ConcatParams& p) {
    using enum StatusCode;
    const auto count = static_cast<std::int64_t>(p.inputs.size());
    if (const Status s = check::range(count_out_of_range, "inputs", count, 1, kMaxOperands);
        !s.ok()) {
      return s;
    }
    const Operand& first = p.inputs[0];
    if (const Status s = check::at(0, check::shape(check::kInputs, first.shape, 1)); !s.ok()) {
      return s;
    }
    if (const Status s = check::range(unsupported, "axis", p.axis, 0, first.shape.rank - 1);
        !s.ok()) {
      return s;
    }
    std::int64_t extent = 0;
    for (std::size_t k = 0; k < p.inputs.size(); ++k) {
      const Operand& input = p.inputs[k];
      if (const Status s = check::at(
              k, check::first_refusal(
                     {check::shape(check::kInputs, input.shape, 1),
                      check::range(unsupported, check::kInputs.zero_point, input.zero_point,
                                   first.zero_point, first.zero_point)}));
          !s.ok()) {
        return s;
      }
      if (const Status s =
              check::at(k, check::same_shape(check::kInputs, input.shape, first.shape, p.axis));
          !s.ok()) {
        return s;
      }
      extent += input.shape.extent[p.axis];
    }
    return check::first_refusal(
        {check::extent("output", extent), check::count("output", output_shape(p).size())});
  }

  static constexpr family::MoveParts plan(const ConcatParams& p) {
    family::MoveParts plan(output_shape(p), p.axis);
    for (const Operand& input : p.inputs) plan.add(input.shape.extent[p.axis]);
    return plan;
  }
};

// The inputs side by side along params.axis: reference::concat has the formula. Up to kMaxOperands
// inputs that have the same extents in all other dimensions, dense, of T (1, 2, 4 or 8 bytes), and
// one output of output_shape(params). Nothing is rescaled, so they all have one quantization;
// prepare refuses zero points that differ, scales it does not see. bind takes an array of spans:
//
//   const std::span<const std::int8_t> inputs[] = {a, b, c};
//   const auto bound = concat->bind(inputs, output);
//
// Source: CONCATENATION of TensorFlow Lite.
template <class T>
using Concat = family::Join<ConcatOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
