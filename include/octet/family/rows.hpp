// SPDX-License-Identifier: Apache-2.0
// Operations that treat every row, the elements along the last dimension, by itself: preparing,
// binding and running all of them. An operation is a struct with
//
//   Params, kName               reference/; its name for messages
//   validate(params)            what it refuses beyond the shape and the zero point
//   Table                       plain data that depends on the parameters alone; fill(params)
//   row(table, x, depth, y)     one row
#pragma once

#include "octet/family/tabulated.hpp"

namespace octet::inline OCTET_BASELINE::family {

template <class Operation, class In, class Out>
class Rows
    : public Tabulated<Rows<Operation, In, Out>, Operation, typename Operation::Table, Out, In> {
  static_assert(std::is_integral_v<In> && sizeof(In) == 1, "inputs of 8 bits are implemented");
  static_assert(std::is_integral_v<Out> && sizeof(Out) <= 2,
                "outputs of 8 and 16 bits are implemented");

 public:
  using typename Rows::Tabulated::Params;

  // All that prepare may refuse but memory.
  static constexpr Status validate(const Params& p) {
    if (const Status s = check::first_refusal(
            {check::shape(check::kInput, p.input.shape, 1),
             check::zero_point<In>(check::kInput.zero_point, p.input.zero_point)});
        !s.ok()) {
      return s;
    }
    return Operation::validate(p);
  }

 private:
  friend typename Rows::Tabulated;
  friend typename Rows::Bound;

  void set_up(const Params& params, typename Operation::Table& table) {
    table.fill(params);
    depth_ = params.input.shape.extent[params.input.shape.rank - 1];
  }

  void run(const In* input, Out* output) const {
    for (const In* const end = input + this->count_; input < end;
         input += depth_, output += depth_) {
      Operation::row(*this->table_, input, depth_, output);
    }
  }

  std::int64_t depth_ = 0;
};

}  // namespace octet::inline OCTET_BASELINE::family
