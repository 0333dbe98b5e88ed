// SPDX-License-Identifier: Apache-2.0
// LOGISTIC and TANH: functions of one byte, looked up.
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
  return finish_with_table<Operation<std::int8_t>>(node, params, kUnary<std::int8_t>);
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
