// SPDX-License-Identifier: Apache-2.0
// Operations along one dimension of a tensor: preparing, binding and running all of them. An
// operation is a struct with
//
//   Params, kName                  reference/; Params with an `axis`; its name for messages
//   validate<In>(params)           what it refuses beyond the shape, the zero point and the axis
//   block(params, lines, x, y)     the `inner` lines of one block (detail::Lines)
#pragma once

#include "octet/family/operation.hpp"
#include "octet/family/plain.hpp"
#include "octet/reference/along.hpp"

namespace octet::inline OCTET_BASELINE::family {

template <class Operation, class In, class Out>
class Along : public Plain<Along<Operation, In, Out>, Operation, Out, In> {
  static_assert(std::is_integral_v<In> && sizeof(In) <= 2, "inputs of 8 and 16 bits");

 public:
  using typename Along::Plain::Params;

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) {
    if (const Status s = check::shape(check::kInput, p.input.shape, 1); !s.ok()) return s;
    return validate_one_input<Operation, In>(
        p, check::range(StatusCode::unsupported, "axis", p.axis, 0,
                        std::int64_t{p.input.shape.rank} - 1));
  }

 private:
  friend typename Along::Plain;
  friend typename Along::Bound;

  void set_up(const Params& params) { lines_ = {params.input.shape, params.axis}; }

  void run(const In* input, Out* output) const {
    for (std::int64_t o = 0; o < lines_.outer; ++o) {
      Operation::block(this->params_, lines_, input, output);
      input += this->inputs_ / lines_.outer;
      output += this->outputs_ / lines_.outer;
    }
  }

  detail::Lines lines_;
};

}  // namespace octet::inline OCTET_BASELINE::family
