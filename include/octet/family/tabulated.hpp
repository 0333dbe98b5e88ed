// SPDX-License-Identifier: Apache-2.0
// Operations of one input that look up what depends on their parameters alone. The table lies in
// memory of the caller, as packed weights do elsewhere; it is the same for every backend.
#pragma once

#include <span>
#include <type_traits>

#include "octet/detail/check_memory.hpp"
#include "octet/family/bound.hpp"
#include "octet/family/look_up.hpp"

namespace octet::inline OCTET_BASELINE::family {

// The base of Self, a class of a family for an Operation. Entries is plain data, the table. Besides
// what Bindable asks for Self has
//
//   validate(params)                    all that prepare may refuse but memory
//   set_up(params, entries, backend)    fills the table, of parameters that are valid
template <class Self, class Operation, class Entries, class Out, class In>
class Tabulated : public Bindable<Self, Out, In> {
  static_assert(std::is_trivially_copyable_v<Entries> && alignof(Entries) <= kAlignment);

 public:
  using Params = typename Operation::Params;

  static constexpr const char* kName = Operation::kName;

  // Bytes of memory, aligned to kAlignment, for the table.
  static constexpr std::size_t packed_bytes(const Params& /*params*/) {
    return (sizeof(Entries) + kAlignment - 1) / kAlignment * kAlignment;
  }

  // Fills the table in `packed`, which must stay in place as long as the result is used.
  static Result<Self> prepare(const Params& params, std::span<std::byte> packed,
                              const Backend& backend = best_backend()) {
    Result<Self> result{Self::validate(params)};
    if (result) result.state = check::memory("packed", packed, packed_bytes(params));
    if (result) {
      auto* const entries = reinterpret_cast<Entries*>(packed.data());
      Tabulated& common = result.content;
      common.table_ = entries;
      common.count_ = params.input.shape.size();
      common.look_up_ = LookUpKernels::of(backend);
      common.runnable_ = check::backend(backend);
      result->set_up(params, *entries, backend);
    }
    return result;
  }

 protected:
  Status ready() const {
    return table_ == nullptr ? Status{StatusCode::not_prepared, kName} : runnable_;
  }

  // The output may be the input where both are equally wide.
  Status check_memory(std::span<const In> input, std::span<Out> output) const {
    return check::first_refusal(
        {check::operands("input", input, count_, "output", output, count_, /*may_be_same=*/true),
         check::apart("output", {output.data(), count_}, {{table_, 1}})});
  }

  const Entries* table_ = nullptr;
  std::int64_t count_ = 0;
  LookUpKernels::Run look_up_ = nullptr;

 private:
  Status runnable_ = {};
};

}  // namespace octet::inline OCTET_BASELINE::family
