// SPDX-License-Identifier: Apache-2.0
// LOGISTIC and TANH: functions of one byte, looked up.
#include <string>

#include "checks.hpp"
#include "octet/logistic.hpp"
#include "octet/tanh.hpp"
#include "operators.hpp"
#include "scales.hpp"

namespace octet_engine {

namespace {

// A table of int8 results, which have one fixed quantization: 1 / steps and the zero point.
template <template <class> class Operation, class Params>
PreparedOrError prepare_table(const Node& node, const Params& params, std::int32_t steps,
                              std::int32_t zero_point) {
  if (auto error = check_output_shape(node, node.input(0).shape)) return *error;
  if (auto error = check_output_quantization(node, steps, zero_point)) return *error;
  auto table = allocate(Operation<std::int8_t>::packed_bytes(), "a table");
  if (!table) return node.refused(table.error());
  const auto prepared = Operation<std::int8_t>::prepare(params, table->span());
  return finish(node, prepared, kUnary<std::int8_t>, std::move(*table));
}

}  // namespace

PreparedOrError prepare_logistic(const Node& node) {
  const Tensor& input = node.input(0);
  return prepare_table<octet::Logistic>(
      node, octet::logistic_params(input.shape, quantization_of(input)), 256, -128);
}

PreparedOrError prepare_tanh(const Node& node) {
  const Tensor& input = node.input(0);
  return prepare_table<octet::Tanh>(node, octet::tanh_params(input.shape, quantization_of(input)),
                                    128, 0);
}

}  // namespace octet_engine
