// SPDX-License-Identifier: Apache-2.0
// What the runner knows about an operation, and where to find them all: one table per family, each
// in the family's file. To add an operation, write its row there and take its name off the list in
// operations.cpp of those that octet lacks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <octet/backends.hpp>

#include "case_file.hpp"

namespace conformance {

// Computed values and the field of the case that holds the expected ones: a list of integers, or
// one integer for a column of one; real numbers where there are any.
struct Column {
  std::string field;
  std::vector<std::int64_t> values;
  std::vector<double> reals = {};
};

// What came of one case on one backend: columns to compare, or why there are none.
struct Evaluation {
  std::vector<Column> columns;
  std::string skipped;  // why octet does not compute this; empty if it does
  std::string refused;  // the message of a preparation that failed; empty if none did
};

// Only for what octet itself refuses as unsupported, at run time or by its types.
inline Evaluation skip(std::string reason) { return {{}, std::move(reason), {}}; }
inline Evaluation refuse(std::string message) { return {{}, {}, std::move(message)}; }

enum class Runs {
  everywhere,  // on every backend, and as reference
  portably,    // once prepared, and as reference: the same code whatever the backend
  unprepared,  // once, as reference: constexpr functions that no backend specializes
};

struct Operation {
  const char* name;
  Runs runs;
  // The case on a backend; a null backend means the plain functions of octet::reference.
  Evaluation (*evaluate)(const CaseFile& file, const octet::Backend* backend);
  // The case's integer parameters derived from its scales; nothing if it carries no scales. Null
  // for operations without such parameters.
  std::optional<Evaluation> (*parameters)(const CaseFile& file) = nullptr;
};

namespace families {
extern const std::span<const Operation> elementwise, fixed_point, move, products, quantization,
    recurrent, reduce, rows, sequence, table, unary, window;
}  // namespace families

// Null if the runner cannot evaluate an operation of that name.
const Operation* find_operation(std::string_view name);

// Operations of the corpus that octet does not have yet: their name, or "<name> <dtype>" where only
// inputs of that type are another function, which is missing. Their cases are skipped; those of any
// other name that find_operation does not know have failed.
std::span<const std::string_view> missing_operations();

// Why the case of the operation `name` is skipped; empty if it is not.
std::string missing(std::string_view name, const CaseFile& file);

}  // namespace conformance
