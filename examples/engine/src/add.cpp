// SPDX-License-Identifier: Apache-2.0
#include "octet/add.hpp"

#include "operations.hpp"
#include "scales.hpp"

namespace octet_engine {

PreparedOrError prepare_add(const Node& node, const octet::Backend& backend) {
  const auto* const options = node.options<schema::AddOptions>();
  const Tensor& input1 = node.input(0);
  const Tensor& input2 = node.input(1);
  const Tensor& output = node.output();
  for (const Tensor* input : {&input1, &input2}) {
    if (to_string(input->shape) != to_string(output.shape)) {
      return node.unsupported("broadcasting " + to_string(input->shape) + " to " +
                              to_string(output.shape) + " is not supported");
    }
  }
  const auto range =
      activation_range(node, options == nullptr ? schema::ActivationFunctionType_NONE
                                                : options->fused_activation_function());
  if (!range) return range.error();
  octet::AddParams params = octet::add_params<std::int8_t>(scale_of(input1), zero_point_of(input1),
                                                           scale_of(input2), zero_point_of(input2),
                                                           scale_of(output), zero_point_of(output));
  params.min = range->min;
  params.max = range->max;
  return finish<std::int8_t>(
      node, octet::Add<std::int8_t>::prepare(params, output.shape.size(), backend));
}

}  // namespace octet_engine
