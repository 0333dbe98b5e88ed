// SPDX-License-Identifier: Apache-2.0
// ADD, MUL and SUB, whose inputs broadcast, and QUANTIZE: element by element.
#include "checks.hpp"
#include "octet/add.hpp"
#include "octet/mul.hpp"
#include "octet/requantize.hpp"
#include "octet/sub.hpp"
#include "operators.hpp"
#include "scales.hpp"

namespace octet_engine {

namespace {

// `params_of(T{}, ...)` makes the parameters of Operation<T> from shapes and scales.
template <class Options, template <class> class Operation, class ParamsOf>
PreparedOrError prepare_binary(const Node& node, const ParamsOf& params_of) {
  const Tensor &input1 = node.input(0), &input2 = node.input(1), &output = node.output();
  const auto activation = fused_activation<Options>(node);
  if (!activation) return activation.error();
  return for_type<std::int8_t, std::int16_t>(output, [&]<class T>(T type) -> PreparedOrError {
    const auto params =
        params_of(type, input1.shape, quantization_of(input1), input2.shape,
                  quantization_of(input2), quantization_of(output), *activation, node.rounding());
    const auto prepared = Operation<T>::prepare(params, node.backend());
    if (!prepared) return node.refused(prepared.status());
    if (auto error = check_output_shape(node, prepared->output_shape())) return *error;
    return finish(node, prepared, kBinary<T>);
  });
}

}  // namespace

PreparedOrError prepare_add(const Node& node) {
  return prepare_binary<schema::AddOptions, octet::Add>(
      node, []<class T>(T, const auto&... from) { return octet::add_params<T>(from...); });
}

PreparedOrError prepare_mul(const Node& node) {
  return prepare_binary<schema::MulOptions, octet::Mul>(
      node, []<class T>(T, const auto&... from) { return octet::mul_params<T>(from...); });
}

PreparedOrError prepare_sub(const Node& node) {
  return prepare_binary<schema::SubOptions, octet::Sub>(
      node, []<class T>(T, const auto&... from) { return octet::sub_params<T>(from...); });
}

PreparedOrError prepare_quantize(const Node& node) {
  const Tensor &input = node.input(0), &output = node.output();
  if (input.type == TensorType::float32) return prepare_quantize_reals(node);
  if (auto error = check_output_shape(node, input.shape)) return *error;
  const octet::RequantizeParams params = octet::requantize_params(
      input.shape, quantization_of(input), quantization_of(output), node.rounding());
  return for_type<std::int8_t, std::uint8_t, std::int16_t, std::int32_t>(input, [&]<class In>(In) {
    return for_type<std::int8_t, std::uint8_t, std::int16_t, std::int32_t>(
        output, [&]<class Out>(Out) {
          return finish(node, octet::Requantize<In, Out>::prepare(params, node.backend()),
                        kUnary<In, Out>);
        });
  });
}

}  // namespace octet_engine
