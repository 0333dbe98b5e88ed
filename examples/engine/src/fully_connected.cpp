// SPDX-License-Identifier: Apache-2.0
#include "octet/fully_connected.hpp"

#include "operations.hpp"
#include "scales.hpp"

namespace octet_engine {

PreparedOrError prepare_fully_connected(const Node& node, const octet::Backend& backend) {
  const auto* const options = node.options<schema::FullyConnectedOptions>();
  auto activation = schema::ActivationFunctionType_NONE;
  if (options != nullptr) {
    activation = options->fused_activation_function();
    if (options->weights_format() != schema::FullyConnectedOptionsWeightsFormat_DEFAULT) {
      return node.unsupported("shuffled weights are not supported");
    }
  }
  const Tensor& filter = node.input(1);
  const std::int32_t outputs = filter.shape.extent[0];
  const std::int32_t inputs = filter.shape.extent[1];
  const std::int64_t elements = node.input(0).shape.size();
  if (elements % inputs != 0) {
    return node.invalid("input of shape " + to_string(node.input(0).shape) +
                        " is not made of rows of " + std::to_string(inputs) + " elements");
  }
  const std::int64_t batches = elements / inputs;
  if (node.output().shape.size() != batches * outputs) {
    return node.invalid("the output has shape " + to_string(node.output().shape) + " instead of " +
                        std::to_string(batches) + "x" + std::to_string(outputs));
  }
  const auto scales = fully_connected_scales(node, activation);
  if (!scales) return scales.error();

  const octet::FullyConnectedParams params{
      .batches = static_cast<std::int32_t>(batches),
      .inputs = inputs,
      .outputs = outputs,
      .input_zero_point = zero_point_of(node.input(0)),
      .filter_zero_point = static_cast<std::int32_t>(filter.quantization.zero_point(0)),
      .output = scales->stage(),
  };
  return finish_with_weights<octet::FullyConnected<std::int8_t>>(node, params, backend,
                                                                 batches * inputs * outputs);
}

}  // namespace octet_engine
