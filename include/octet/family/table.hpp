// SPDX-License-Identifier: Apache-2.0
// Functions of one 8-bit element, looked up in a table of all 256 results that prepare fills. An
// operation is a struct with
//
//   Params, kName          reference/; its name for messages
//   validate<T>(params)    what it refuses beyond the shape and the zero point
//   element(params, x)     the reference
#pragma once

#include <cassert>

#include "octet/detail/check.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace family {

template <class Operation, class T>
class Table {
  static_assert(std::is_integral_v<T> && sizeof(T) == 1, "tables of 8 bits");

 public:
  using Params = typename Operation::Params;

  static constexpr const char* kName = Operation::kName;

  // The operation bound to memory; it refers to what it was prepared from. Re-entrant as long as
  // the output is not shared.
  class Bound {
   public:
    void run() const {
      assert(operation_ != nullptr && "run() of an operation that was not bound");
      const T* const table = operation_->table_;
      const std::int64_t count = operation_->count_;
      for (std::int64_t i = 0; i < count; ++i) {
        output_[i] = table[static_cast<std::uint8_t>(input_[i])];
      }
    }

    // Other memory, with the checks of bind; where they refuse, the memory stays as it was.
    Status rebind(std::span<const T> input, std::span<T> output) {
      assert(operation_ != nullptr && "rebind() of an operation that was not bound");
      return set(*operation_, input, output);
    }

   private:
    friend class Table;

    Status set(const Table& operation, std::span<const T> input, std::span<T> output) {
      const std::int64_t count = operation.count_;
      if (const Status s = check::first_refusal(
              {check::operands("input", input, count, "output", output, count,
                               /*may_be_same=*/true),
               check::apart("output", {output.data(), count}, {{operation.table_, kEntries}})});
          !s.ok()) {
        return s;
      }
      operation_ = &operation;
      input_ = input.data();
      output_ = output.data();
      return {};
    }

    const Table* operation_ = nullptr;
    const T* input_ = nullptr;
    T* output_ = nullptr;
  };

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
  static constexpr std::size_t packed_bytes() { return kEntries; }

  // Fills the table in `packed`, which must stay in place as long as the result is used.
  static Result<Table> prepare(const Params& params, std::span<std::byte> packed) {
    if (const Status s = check::first_refusal(
            {validate(params), check::memory("packed", packed, packed_bytes())});
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
    if (table_ == nullptr) return {{StatusCode::not_prepared, Operation::kName}};
    Result<Bound> bound;
    bound.state = bound.content.set(*this, input, output);
    return bound;
  }

 private:
  static constexpr std::size_t kEntries = 256;

  const T* table_ = nullptr;  // the result for x at place uint8(x)
  std::int64_t count_ = 0;
};

}  // namespace family
}  // namespace OCTET_BASELINE
}  // namespace octet
