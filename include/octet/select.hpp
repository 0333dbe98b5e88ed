// SPDX-License-Identifier: Apache-2.0
// Elements of one of two tensors, chosen by a third.
#pragma once

#include "octet/family/move.hpp"
#include "octet/kernel/move/select.hpp"

namespace octet::inline OCTET_BASELINE {

struct SelectOperation : family::OperationOf<SelectParams> {
  static constexpr const char* kName = "select";
};

// y = condition != 0 ? x1 : x2, in reference/select.hpp
//
// condition: params.condition, of bytes; input1: params.input1, input2: params.input2, of T (1, 2,
// 4 or 8 bytes), quantized alike; all three shapes broadcast as in NumPy, up to rank 6. output: T
// of output_shape(params). All dense; the output shares no memory with an input. bind takes
// (condition, input1, input2, output). Source: SELECT_V2 and SELECT of TensorFlow Lite.
template <class T>
class Select : public family::Plain<Select<T>, SelectOperation, T, std::uint8_t, T, T> {
  static_assert(family::Movable<T>, "elements of 1, 2, 4 or 8 bytes can be moved");

 public:
  using Params = SelectParams;

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) {
    constexpr auto& kCondition = check::kShapeNames<"condition">;
    if (const Status s = check::first_refusal({check::shape(kCondition, p.condition),
                                               check::shape(check::kInput1, p.input1.shape),
                                               check::shape(check::kInput2, p.input2.shape)});
        !s.ok()) {
      return s;
    }
    if (const Status s = check::broadcast(p.input1.shape, p.input2.shape); !s.ok()) return s;
    return check::broadcast(broadcast_shape(p.input1.shape, p.input2.shape), p.condition,
                            kCondition);
  }

  Shape output_shape() const { return octet::output_shape(this->params_); }

 private:
  friend typename Select::Plain;
  friend typename Select::Bound;

  void set_up(const Params& params) { plan_ = SelectPlan(params); }

  Status check_memory(std::span<const std::uint8_t> condition, std::span<const T> input1,
                      std::span<const T> input2, std::span<T> output) const {
    const Params& p = this->params_;
    return check::first_refusal(
        {check::operands("condition", condition, p.condition.size(), "output", output,
                         this->outputs_),
         check::operands("input1", input1, p.input1.shape.size(), "output", output, this->outputs_),
         check::operands("input2", input2, p.input2.shape.size(), "output", output,
                         this->outputs_)});
  }

  void run(const std::uint8_t* condition, const T* input1, const T* input2, T* output) const {
    detail::run_select(plan_, condition, input1, input2, output);
  }

  SelectPlan plan_;
};

}  // namespace octet::inline OCTET_BASELINE
