// SPDX-License-Identifier: Apache-2.0
// What the runner knows about an operation, and the one list of them all. To add an operation,
// write <operation>.cpp defining `const Operation operations::<operation>` and add its line to
// CONFORMANCE_OPERATIONS.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <octet/backends.hpp>

#include "case_file.hpp"

#define CONFORMANCE_OPERATIONS(entry)                                                    \
  entry(add) entry(average_pool2d) entry(conv2d) entry(depthwise_conv2d)                 \
      entry(exp_on_negative_values) entry(fixed_point_logistic) entry(fixed_point_tanh)  \
          entry(fully_connected) entry(get_reciprocal) entry(max_pool2d) entry(mean)     \
              entry(multiply_by_quantized_multiplier)                                    \
                  entry(multiply_by_quantized_multiplier_int64)                          \
                      entry(one_over_one_plus_x_for_x_in_0_1) entry(pad)                 \
                          entry(preprocess_softmax_scaling) entry(quantize_multiplier)   \
                              entry(requantize) entry(rounding_divide_by_pot)            \
                                  entry(saturating_rounding_doubling_high_mul)           \
                                      entry(saturating_rounding_doubling_high_mul_int16) \
                                          entry(sequence) entry(softmax)

namespace conformance {

// Computed values and the field of the case that holds the expected ones: a list of integers, or
// one integer for a column of one.
struct Column {
  std::string field;
  std::vector<std::int64_t> values;
};

// What came of one case on one backend: columns to compare, or why there are none.
struct Evaluation {
  std::vector<Column> columns;
  std::string skipped;  // why octet does not compute this; empty if it does
  std::string refused;  // the message of a preparation that failed; empty if none did
};

inline Evaluation skip(std::string reason) { return {{}, std::move(reason), {}}; }
inline Evaluation refuse(std::string message) { return {{}, {}, std::move(message)}; }

template <class T>
Evaluation output_of(const std::vector<T>& values) {
  return {{{"output/data", {values.begin(), values.end()}}}, {}, {}};
}

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
  std::optional<Evaluation> (*parameters)(const CaseFile& file);
};

namespace operations {
#define CONFORMANCE_DECLARE(name) extern const Operation name;
CONFORMANCE_OPERATIONS(CONFORMANCE_DECLARE)
#undef CONFORMANCE_DECLARE
}  // namespace operations

inline const Operation* find_operation(std::string_view name) {
#define CONFORMANCE_FIND(operation) \
  if (name == #operation) return &operations::operation;
  CONFORMANCE_OPERATIONS(CONFORMANCE_FIND)
#undef CONFORMANCE_FIND
  return nullptr;
}

}  // namespace conformance
