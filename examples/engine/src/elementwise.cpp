// SPDX-License-Identifier: Apache-2.0
// ADD and QUANTIZE: element by element, of two tensors or of one.
#include "checks.hpp"
#include "octet/add.hpp"
#include "octet/requantize.hpp"
#include "operators.hpp"
#include "scales.hpp"

namespace octet_engine {

PreparedOrError prepare_add(const Node& node) {
  const Tensor &input1 = node.input(0), &input2 = node.input(1), &output = node.output();
  for (const Tensor* input : {&input1, &input2}) {
    if (!same_shape(input->shape, output.shape)) {
      return node.unsupported("broadcasting " + to_string(input->shape) + " to " +
                              to_string(output.shape) + " is not supported");
    }
  }
  const auto activation = fused_activation<schema::AddOptions>(node);
  if (!activation) return activation.error();
  return for_type<std::int8_t, std::int16_t>(output, [&]<class T>(T) {
    const octet::AddParams params = octet::add_params<T>(
        scale_of(input1), zero_point_of(input1), scale_of(input2), zero_point_of(input2),
        scale_of(output), zero_point_of(output), *activation, node.rounding());
    return finish(node, octet::Add<T>::prepare(params, output.shape.size(), node.backend()),
                  kBinary<T>);
  });
}

PreparedOrError prepare_quantize(const Node& node) {
  const Tensor &input = node.input(0), &output = node.output();
  if (auto error = check_output_shape(node, input.shape)) return *error;
  const octet::Rescale factor =
      octet::rescale_multiplier(scale_of(input), scale_of(output), node.rounding());
  const octet::RequantizeParams params{.input_zero_point = zero_point_of(input),
                                       .output_zero_point = zero_point_of(output),
                                       .multiplier = factor.multiplier,
                                       .shift = factor.shift,
                                       .rounding = node.rounding()};
  const auto prepare = [&]<class In, class Out>(In, Out) {
    return finish(node,
                  octet::Requantize<In, Out>::prepare(params, output.shape.size(), node.backend()),
                  kUnary<In, Out>);
  };
  return for_type<std::int8_t, std::uint8_t, std::int16_t, std::int32_t>(input, [&](auto in) {
    return for_type<std::int8_t, std::uint8_t, std::int16_t, std::int32_t>(
        output, [&](auto out) { return prepare(in, out); });
  });
}

}  // namespace octet_engine
