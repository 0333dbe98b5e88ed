// SPDX-License-Identifier: Apache-2.0
// Operations that treat every row, the elements along the last dimension, by itself: preparing,
// binding and running all of them. An operation is a struct with
//
//   Params, kName               reference/; its name for messages
//   validate(params)            what it refuses beyond the shape and the zero point
//   Table                       plain data that depends on the parameters alone; fill(params)
//   row(table, x, depth, y)     one row
//
// The table lies in memory of the caller, that of packed weights elsewhere.
#pragma once

#include <span>
#include <type_traits>

#include "octet/detail/check.hpp"
#include "octet/family/bound.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace family {

template <class Operation, class In, class Out>
class Rows {
  static_assert(std::is_integral_v<In> && sizeof(In) == 1, "inputs of 8 bits are implemented");
  static_assert(std::is_integral_v<Out> && sizeof(Out) <= 2,
                "outputs of 8 and 16 bits are implemented");
  using Table = typename Operation::Table;
  static_assert(std::is_trivially_copyable_v<Table> && alignof(Table) <= kAlignment);

 public:
  using Params = typename Operation::Params;

  using Bound = family::Bound<Rows, Out, In>;

  // Of the memory that prepare needs, aligned to kAlignment; it is only read afterwards.
  static constexpr std::size_t packed_bytes(const Params& /*params*/) {
    return static_cast<std::size_t>((sizeof(Table) + kAlignment - 1) / kAlignment * kAlignment);
  }

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

  static Result<Rows> prepare(const Params& params, std::span<std::byte> packed) {
    if (const Status s = validate(params); !s.ok()) return {s};
    if (const Status s = check::memory("packed", packed, packed_bytes(params)); !s.ok()) return {s};
    auto* const table = reinterpret_cast<Table*>(packed.data());
    table->fill(params);
    Rows operation;
    operation.table_ = table;
    operation.depth_ = params.input.shape.extent[params.input.shape.rank - 1];
    operation.rows_ = params.input.shape.size() / operation.depth_;
    return {{}, operation};
  }

  // The output may be the input where both are equally wide.
  Result<Bound> bind(std::span<const In> input, std::span<Out> output) const {
    return Bound::of(*this, input, output);
  }

 private:
  friend Bound;

  Status ready() const {
    return {table_ == nullptr ? StatusCode::not_prepared : StatusCode::ok, Operation::kName};
  }

  Status check_memory(std::span<const In> input, std::span<Out> output) const {
    const std::int64_t size = rows_ * depth_;
    return check::first_refusal(
        {check::operands("input", input, size, "output", output, size,
                         /*may_be_same=*/true),
         check::apart("output", check::Used(output.data(), size), {check::Used(table_, 1)})});
  }

  void run(const In* input, Out* output) const {
    for (std::int64_t r = 0; r < rows_; ++r, input += depth_, output += depth_) {
      Operation::row(*table_, input, depth_, output);
    }
  }

  const Table* table_ = nullptr;
  std::int64_t rows_ = 0, depth_ = 0;
};

}  // namespace family
}  // namespace OCTET_BASELINE
}  // namespace octet
