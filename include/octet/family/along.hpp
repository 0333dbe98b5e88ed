// SPDX-License-Identifier: Apache-2.0
// Operations along one dimension of a tensor: preparing, binding and running all of them. An
// operation is a struct with
//
//   Params, kName                  reference/; Params with an `axis`; its name for messages
//   validate<In>(params)           what it refuses beyond the shape, the zero point and the axis
//   block(params, lines, x, y)     the `inner` lines of one block (detail::Lines)
//
// With a Name it has kernels too, those of kernel/reduce/arg_extreme.hpp, and
//
//   kIsMax, suits_kernels(lines)   which of them, and for which lines
#pragma once

#include "octet/family/for_backend.hpp"
#include "octet/kernel/reduce/arg_extreme.hpp"
#include "octet/reference/along.hpp"

namespace octet::inline OCTET_BASELINE::family {

template <class Operation, class In>
struct AlongKernels {
  using Key = compiled::Key<typename Operation::Name, In>;
  OCTET_LANE_KERNEL_TABLE((const detail::Lines&, const void*, void*),
                          run_arg_extreme<Operation::kIsMax, In>)
};

template <class Operation, class In, class Out>
class Along : public ForBackend<Along<Operation, In, Out>, Operation, Out, In> {
  static_assert(std::is_integral_v<In> && sizeof(In) <= 2, "inputs of 8 and 16 bits");

 public:
  using typename Along::ForBackend::Params;

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) {
    if (const Status s = check::shape(check::kInput, p.input.shape, 1); !s.ok()) return s;
    return validate_one_input<Operation, In>(
        p, check::range(StatusCode::unsupported, "axis", p.axis, 0,
                        std::int64_t{p.input.shape.rank} - 1));
  }

 private:
  friend typename Along::ForBackend;
  friend typename Along::Bound;

  void set_up(const Params& params, [[maybe_unused]] const Backend& backend) {
    params_ = params;
    inputs_ = params.input.shape.size();
    outputs_ = output_shape(params).size();
    lines_ = {params.input.shape, params.axis};
    if constexpr (!std::is_void_v<typename Operation::Name>) {
      if (Operation::suits_kernels(lines_)) run_ = AlongKernels<Operation, In>::of(backend);
    }
  }

  Status check_memory(std::span<const In> input, std::span<Out> output) const {
    return check::operands(
        "input", input, inputs_, "output", output, outputs_,
        /*may_be_same=*/requires { Operation::kInPlace; });
  }

  void run(const In* input, Out* output) const {
    if (run_ != nullptr) return run_(lines_, input, output);
    for (std::int64_t o = 0; o < lines_.outer; ++o) {
      Operation::block(params_, lines_, input, output);
      input += inputs_ / lines_.outer;
      output += outputs_ / lines_.outer;
    }
  }

  Params params_ = {};
  std::int64_t inputs_ = 0, outputs_ = 0;
  detail::Lines lines_;
  typename AlongKernels<Operation, In>::Run run_ = nullptr;  // null: block by block
};

}  // namespace octet::inline OCTET_BASELINE::family
