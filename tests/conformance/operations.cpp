// SPDX-License-Identifier: Apache-2.0
#include "operations.hpp"

#include <algorithm>
#include <array>

namespace conformance {
namespace {

// None at present.
constexpr std::array<std::string_view, 0> kMissing = {};

}  // namespace

const Operation* find_operation(std::string_view name) {
  for (const std::span<const Operation> family :
       {families::elementwise, families::fixed_point, families::move, families::products,
        families::quantization, families::recurrent, families::reduce, families::rows,
        families::sequence, families::table, families::unary, families::window}) {
    const auto found = std::ranges::find(family, name, &Operation::name);
    if (found != family.end()) return &*found;
  }
  return nullptr;
}

std::span<const std::string_view> missing_operations() { return kMissing; }

std::string missing(std::string_view name, const CaseFile& file) {
  const auto is_listed = [](std::string_view entry) {
    return std::ranges::find(kMissing, entry) != std::end(kMissing);
  };
  if (is_listed(name)) return "not implemented";
  if (!file.has("input/dtype")) return {};
  const std::string dtype = file.text("input/dtype");
  return is_listed(std::string(name) + " " + dtype) ? dtype + " not implemented" : "";
}

}  // namespace conformance
