// SPDX-License-Identifier: Apache-2.0
// Functions of one tensor that are looked up: LOGISTIC, TANH and others.
#include "checks.hpp"
#include "octet/hard_swish.hpp"
#include "octet/logistic.hpp"
#include "octet/lookup.hpp"
#include "octet/quantize/unary.hpp"
#include "octet/rsqrt.hpp"
#include "octet/tanh.hpp"
#include "operators.hpp"
#include "scales.hpp"

namespace octet_engine {

namespace {

template <class Operation, class T = std::int8_t, class Params>
PreparedOrError prepare_table(const Node& node, const Params& params) {
  if (auto error = check_output_shape(node, node.input(0).shape)) return *error;
  return finish_with_table<Operation>(node, params, kUnary<T>);
}

// Both functions have one fixed quantization of the output: 1 / steps and the zero point, and
// 1 / 2^15 and 0 of int16.
template <template <class> class Sigmoid>
PreparedOrError prepare_sigmoid(const Node& node, std::int32_t steps, std::int32_t zero_point,
                                const octet::LogisticInt16Params& params_of_int16) {
  const Tensor& input = node.input(0);
  if (input.type == TensorType::int8) {
    if (auto error = check_output_quantization(node, steps, zero_point)) return *error;
    return prepare_table<Sigmoid<std::int8_t>>(
        node, octet::logistic_params(input.shape, quantization_of(input)));
  }
  if (auto error = check_output_shape(node, input.shape)) return *error;
  if (auto error = check_output_quantization(node, 1 << 15, 0)) return *error;
  return finish(node, Sigmoid<std::int16_t>::prepare(params_of_int16, node.backend()),
                kUnary<std::int16_t>);
}

}  // namespace

PreparedOrError prepare_elu(const Node& node) {
  const Tensor& input = node.input(0);
  return prepare_table<octet::Lookup<std::int8_t>>(
      node, octet::elu_params<std::int8_t>(input.shape, quantization_of(input),
                                           quantization_of(node.output())));
}

PreparedOrError prepare_exp(const Node& node) {
  const Tensor& input = node.input(0);
  return prepare_table<octet::Lookup<std::int8_t>>(
      node, octet::exp_params<std::int8_t>(input.shape, quantization_of(input),
                                           quantization_of(node.output())));
}

PreparedOrError prepare_gelu(const Node& node) {
  const Tensor& input = node.input(0);
  const bool is_approximate = node.options<schema::GeluOptions>()->approximate();
  return prepare_table<octet::Lookup<std::int8_t>>(
      node, octet::gelu_params<std::int8_t>(input.shape, quantization_of(input),
                                            quantization_of(node.output()), is_approximate));
}

PreparedOrError prepare_hard_swish(const Node& node) {
  const Tensor& input = node.input(0);
  return prepare_table<octet::HardSwish<std::int8_t>>(
      node, octet::hard_swish_params(input.shape, quantization_of(input),
                                     quantization_of(node.output())));
}

PreparedOrError prepare_logistic(const Node& node) {
  const Tensor& input = node.input(0);
  if (input.type == TensorType::uint8) {
    if (auto error = check_output_quantization(node, 256, 0)) return *error;
    return prepare_table<octet::Logistic<std::uint8_t>, std::uint8_t>(
        node, octet::logistic_params(input.shape, quantization_of(input)));
  }
  return prepare_sigmoid<octet::Logistic>(
      node, 256, -128, octet::logistic_int16_params(input.shape, quantization_of(input)));
}

PreparedOrError prepare_rsqrt(const Node& node) {
  const Tensor& input = node.input(0);
  return prepare_table<octet::Rsqrt<std::int8_t>>(
      node, octet::rsqrt_params(input.shape, quantization_of(input), quantization_of(node.output()),
                                node.rounding()));
}

PreparedOrError prepare_tanh(const Node& node) {
  const Tensor& input = node.input(0);
  return prepare_sigmoid<octet::Tanh>(
      node, 128, 0, octet::tanh_int16_params(input.shape, quantization_of(input)));
}

}  // namespace octet_engine
