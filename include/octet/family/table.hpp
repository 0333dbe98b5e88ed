// SPDX-License-Identifier: Apache-2.0
// Functions of one 8-bit element, looked up in a table of all 256 results that prepare fills. An
// operation is a struct with
//
//   Params, kName          reference/; its name for messages
//   validate<T>(params)    what it refuses beyond the shape and the zero point
//   element(params, x)     the reference
#pragma once

#include "octet/family/tabulated.hpp"

namespace octet::inline OCTET_BASELINE::family {

// The result for x at place uint8(x).
struct TableEntries {
  std::uint8_t of[256];
};

template <class Operation, class T>
class Table : public Tabulated<Table<Operation, T>, Operation, TableEntries, T, T> {
  static_assert(std::is_integral_v<T> && sizeof(T) == 1, "tables of 8 bits");

 public:
  using typename Table::Tabulated::Params;

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) { return validate_one_input<Operation, T>(p); }

 private:
  friend typename Table::Tabulated;
  friend typename Table::Bound;

  static void set_up(const Params& params, TableEntries& entries, const Backend& /*backend*/) {
    for (std::int32_t x = std::numeric_limits<T>::min(); x <= std::numeric_limits<T>::max(); ++x) {
      entries.of[static_cast<std::uint8_t>(x)] =
          static_cast<std::uint8_t>(Operation::element(params, static_cast<T>(x)));
    }
  }

  void run(const T* input, T* output) const {
    this->look_up_(this->table_->of, this->count_, input, output);
  }
};

}  // namespace octet::inline OCTET_BASELINE::family
