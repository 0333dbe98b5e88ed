// SPDX-License-Identifier: Apache-2.0
// Operators of two inputs, which broadcast, and of one: element by element.
#include <algorithm>

#include "checks.hpp"
#include "integers.hpp"
#include "octet/abs.hpp"
#include "octet/add.hpp"
#include "octet/add_n.hpp"
#include "octet/div.hpp"
#include "octet/leaky_relu.hpp"
#include "octet/maximum.hpp"
#include "octet/minimum.hpp"
#include "octet/mul.hpp"
#include "octet/prelu.hpp"
#include "octet/quantize/binary.hpp"
#include "octet/quantize/unary.hpp"
#include "octet/relu.hpp"
#include "octet/requantize.hpp"
#include "octet/squared_difference.hpp"
#include "octet/sub.hpp"
#include "operators.hpp"
#include "scales.hpp"

namespace octet_engine {

namespace {

// `params_of(T{}, quantization)` makes the parameters of Operation<T>; of int32, which has no
// scales, `of_integers` prepares another operation.
template <template <class> class Operation, class ParamsOf>
PreparedOrError prepare_binary(const Node& node, const ParamsOf& params_of,
                               const Expected<octet::Activation>& activation,
                               PreparedOrError (*of_integers)(const Node&) = nullptr) {
  const Tensor &input1 = node.input(0), &input2 = node.input(1), &output = node.output();
  if (output.type == TensorType::int32 && of_integers != nullptr) return of_integers(node);
  if (!activation) return activation.error();
  const octet::BinaryQuantization quantization{.shape1 = input1.shape,
                                               .input1 = quantization_of(input1),
                                               .shape2 = input2.shape,
                                               .input2 = quantization_of(input2),
                                               .output = quantization_of(output),
                                               .activation = *activation,
                                               .rounding = node.rounding()};
  return for_type<std::int8_t, std::uint8_t, std::int16_t>(
      output, [&]<class T>(T type) -> PreparedOrError {
        const auto prepared = Operation<T>::prepare(params_of(type, quantization), node.backend());
        if (!prepared) return node.refused(prepared.status());
        if (auto error = check_output_shape(node, prepared->output_shape())) return *error;
        return finish(node, prepared, kBinary<T>);
      });
}

// The larger or the smaller element, of tensors that are quantized alike or not at all.
using Int64Element = std::int64_t (*)(const octet::AddParams&, std::int64_t, std::int64_t);
template <template <class> class Operation>
PreparedOrError prepare_extreme(const Node& node, Int64Element int64_element) {
  const Tensor &input1 = node.input(0), &input2 = node.input(1), &output = node.output();
  if (auto error = check_same_quantization(node, "inputs", input1, input2)) return *error;
  if (auto error = check_same_quantization(node, "input and output", input1, output)) return *error;
  if (output.type == TensorType::int64) {
    return prepare_integers(node, int64_element);
  }
  return for_type<std::int8_t, std::int16_t, std::int32_t>(
      output, [&]<class T>(T) -> PreparedOrError {
        const auto prepared = Operation<T>::prepare(
            {.input1 = {input1.shape}, .input2 = {input2.shape}}, node.backend());
        if (!prepared) return node.refused(prepared.status());
        if (auto error = check_output_shape(node, prepared->output_shape())) return *error;
        return finish(node, prepared, kBinary<T>);
      });
}

// `params_of(T{})` makes the parameters of Operation<T>.
template <template <class> class Operation, class ParamsOf>
PreparedOrError prepare_unary(const Node& node, const ParamsOf& params_of) {
  if (auto error = check_output_shape(node, node.input(0).shape)) return *error;
  return for_type<std::int8_t, std::uint8_t, std::int16_t>(node.output(), [&]<class T>(T type) {
    return finish(node, Operation<T>::prepare(params_of(type), node.backend()), kUnary<T>);
  });
}

// The source clamps and does not rescale.
PreparedOrError prepare_clamp(const Node& node, octet::Activation activation) {
  const Tensor& input = node.input(0);
  if (auto error = check_same_quantization(node, "input and output", input, node.output())) {
    return *error;
  }
  return prepare_unary<octet::Relu>(node, [&]<class T>(T) {
    return octet::relu_params<T>(input.shape, quantization_of(input), quantization_of(input),
                                 activation, node.rounding());
  });
}

// The slopes of 16 bits are int8.
PreparedOrError prepare_prelu_int16(const Node& node) {
  const Tensor &input = node.input(0), &slope = node.input(1), &output = node.output();
  if (!slope.is_constant()) return node.unsupported("the slopes of INT16 are not constant");
  const std::vector<std::int8_t> narrow = values_of<std::int8_t>(slope);
  const auto prepared = octet::Prelu<std::int16_t>::prepare(
      octet::prelu_params<std::int16_t>({input.shape, quantization_of(input), slope.shape,
                                         quantization_of(slope), quantization_of(output),
                                         octet::Activation::none, node.rounding()}),
      node.backend());
  if (!prepared) return node.refused(prepared.status());
  if (auto error = check_output_shape(node, prepared->output_shape())) return *error;
  return finish(node, prepared,
                [wide = std::vector<std::int16_t>(narrow.begin(), narrow.end())](
                    const auto& prelu, const Bindings& bindings) {
                  return prelu.bind(bindings.input<std::int16_t>(0), wide,
                                    bindings.output<std::int16_t>(0));
                });
}

}  // namespace

PreparedOrError prepare_abs(const Node& node) {
  const Tensor& input = node.input(0);
  return prepare_unary<octet::Abs>(node, [&](auto) {
    return octet::abs_params(input.shape, quantization_of(input), quantization_of(node.output()),
                             node.rounding());
  });
}

PreparedOrError prepare_add(const Node& node) {
  return prepare_binary<octet::Add>(
      node, []<class T>(T, const auto& q) { return octet::add_params<T>(q); },
      fused_activation<schema::AddOptions>(node), prepare_integer_sum);
}

PreparedOrError prepare_add_n(const Node& node) {
  const Tensor& first = node.input(0);
  for (std::size_t i = 0; i < node.inputs(); ++i) {
    const Tensor& input = node.input(i);
    if (auto error = check_same_quantization(node, "inputs", first, input)) return *error;
    if (!same_shape(input.shape, first.shape)) {
      return node.invalid("inputs have shapes " + to_string(first.shape) + " and " +
                          to_string(input.shape));
    }
  }
  if (auto error = check_output_shape(node, first.shape)) return *error;
  const auto params = octet::add_n_params<std::int8_t>(
      first.shape, static_cast<std::int32_t>(node.inputs()), quantization_of(first),
      quantization_of(node.output()), node.rounding());
  return finish(node, octet::AddN<std::int8_t>::prepare(params, node.backend()),
                [](const auto& prepared, const Bindings& bindings) {
                  std::vector<std::span<const std::int8_t>> inputs;
                  for (std::size_t i = 0; i < bindings.inputs.size(); ++i) {
                    inputs.push_back(bindings.input<std::int8_t>(i));
                  }
                  return prepared.bind(inputs, bindings.output<std::int8_t>(0));
                });
}

PreparedOrError prepare_div(const Node& node) {
  return prepare_binary<octet::Div>(
      node, []<class T>(T, const auto& q) { return octet::div_params<T>(q); },
      fused_activation<schema::DivOptions>(node), prepare_integer_quotient);
}

PreparedOrError prepare_leaky_relu(const Node& node) {
  const Tensor& input = node.input(0);
  const float alpha = node.options<schema::LeakyReluOptions>()->alpha();
  return prepare_unary<octet::LeakyRelu>(node, [&](auto) {
    return octet::leaky_relu_params(input.shape, alpha, quantization_of(input),
                                    quantization_of(node.output()), node.rounding());
  });
}

PreparedOrError prepare_maximum(const Node& node) {
  return prepare_extreme<octet::Maximum>(
      node, [](const octet::AddParams&, std::int64_t a, std::int64_t b) { return std::max(a, b); });
}

PreparedOrError prepare_minimum(const Node& node) {
  return prepare_extreme<octet::Minimum>(
      node, [](const octet::AddParams&, std::int64_t a, std::int64_t b) { return std::min(a, b); });
}

PreparedOrError prepare_mul(const Node& node) {
  return prepare_binary<octet::Mul>(
      node, []<class T>(T, const auto& q) { return octet::mul_params<T>(q); },
      fused_activation<schema::MulOptions>(node), prepare_integer_product);
}

PreparedOrError prepare_prelu(const Node& node) {
  if (node.output().type == TensorType::int16) return prepare_prelu_int16(node);
  return prepare_binary<octet::Prelu>(
      node, []<class T>(T, const auto& q) { return octet::prelu_params<T>(q); },
      octet::Activation::none);
}

PreparedOrError prepare_relu(const Node& node) {
  const Tensor& input = node.input(0);
  return prepare_unary<octet::Relu>(node, [&]<class T>(T) {
    return octet::relu_params<T>(input.shape, quantization_of(input),
                                 quantization_of(node.output()), octet::Activation::relu,
                                 node.rounding());
  });
}

PreparedOrError prepare_relu6(const Node& node) {
  return prepare_clamp(node, octet::Activation::relu6);
}

PreparedOrError prepare_relu_n1_to_1(const Node& node) {
  return prepare_clamp(node, octet::Activation::relu_n1_to_1);
}

PreparedOrError prepare_squared_difference(const Node& node) {
  return prepare_binary<octet::SquaredDifference>(
      node, []<class T>(T, const auto& q) { return octet::squared_difference_params<T>(q); },
      octet::Activation::none, prepare_integer_squared_difference);
}

PreparedOrError prepare_sub(const Node& node) {
  return prepare_binary<octet::Sub>(
      node, []<class T>(T, const auto& q) { return octet::sub_params<T>(q); },
      fused_activation<schema::SubOptions>(node), prepare_integer_difference);
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
