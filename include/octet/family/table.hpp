// SPDX-License-Identifier: Apache-2.0
// Functions of one 8-bit element, looked up in a table of all 256 results that prepare fills. An
// operation is a struct with
//
//   Params, kName          reference/; its name for messages
//   validate<T>(params)    what it refuses beyond the shape and the zero point
//   element(params, x)     the reference
#pragma once

#include "octet/detail/check.hpp"
#include "octet/family/bound.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace family {

template <class Operation, class T>
class Table {
  static_assert(std::is_integral_v<T> && sizeof(T) == 1, "tables of 8 bits");

 public:
  using Params = typename Operation::Params;

  static constexpr const char* kName = Operation::kName;

  using Bound = family::Bound<Table, T, T>;

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) {
    if (const Status s = check::first_refusal(
            {check::shape(check::kInput, p.input.shape),
             check::zero_point<T>(check::kInput.zero_point, p.input.zero_point)});
        !s.ok()) {
      return s;
    }
    return Operation::template validate<T>(p);
  }

  // Bytes of memory, aligned to kAlignment, for the table.
  static constexpr std::size_t packed_bytes(const Params& /*params*/) { return kEntries; }

  // Fills the table in `packed`, which must stay in place as long as the result is used.
  static Result<Table> prepare(const Params& params, std::span<std::byte> packed) {
    if (const Status s = check::first_refusal(
            {validate(params), check::memory("packed", packed, packed_bytes(params))});
        !s.ok()) {
      return {s};
    }
    auto* const entries = reinterpret_cast<T*>(packed.data());
    for (std::int32_t x = std::numeric_limits<T>::min(); x <= std::numeric_limits<T>::max(); ++x) {
      entries[static_cast<std::uint8_t>(x)] = Operation::element(params, static_cast<T>(x));
    }
    Table operation;
    operation.table_ = entries;
    operation.count_ = params.input.shape.size();
    return {{}, operation};
  }

  // The output may be the input.
  Result<Bound> bind(std::span<const T> input, std::span<T> output) const {
    return Bound::of(*this, input, output);
  }

 private:
  friend Bound;

  static constexpr std::size_t kEntries = 256;

  Status ready() const {
    return {table_ == nullptr ? StatusCode::not_prepared : StatusCode::ok, kName};
  }

  Status check_memory(std::span<const T> input, std::span<T> output) const {
    return check::first_refusal(
        {check::operands("input", input, count_, "output", output, count_, /*may_be_same=*/true),
         check::apart("output", {output.data(), count_}, {{table_, kEntries}})});
  }

  void run(const T* input, T* output) const {
    // Bytes may be anything, the members of this object too: they are read once.
    const T* const table = table_;
    const std::int64_t count = count_;
    for (std::int64_t i = 0; i < count; ++i) output[i] = table[static_cast<std::uint8_t>(input[i])];
  }

  const T* table_ = nullptr;  // the result for x at place uint8(x)
  std::int64_t count_ = 0;
};

}  // namespace family
}  // namespace OCTET_BASELINE
}  // namespace octet
