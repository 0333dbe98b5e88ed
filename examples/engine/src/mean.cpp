// SPDX-License-Identifier: Apache-2.0
#include "octet/mean.hpp"

#include "operations.hpp"
#include "scales.hpp"

namespace octet_engine {

PreparedOrError prepare_mean(const Node& node, const octet::Backend&) {
  const octet::Shape& input = node.input(0).shape;
  octet::MeanParams params{.input = input,
                           .reduce = {},
                           .input_zero_point = zero_point_of(node.input(0)),
                           .output_zero_point = zero_point_of(node.output())};
  for (std::int32_t axis : int32_values(node.input(1))) {
    if (axis < -input.rank || axis >= input.rank) {
      return node.invalid("axis " + std::to_string(axis) + " is not a dimension of " +
                          to_string(input));
    }
    params.reduce[axis < 0 ? axis + input.rank : axis] = true;
  }
  std::int64_t count = 1;
  for (std::int32_t i = 0; i < input.rank; ++i) count *= params.reduce[i] ? input.extent[i] : 1;
  if (node.output().shape.size() != input.size() / count) {
    return node.invalid("the output has shape " + to_string(node.output().shape) + " instead of " +
                        std::to_string(input.size() / count) + " elements");
  }
  const auto [multiplier, shift] =
      octet::mean_multiplier(scale_of(node.input(0)), scale_of(node.output()), count);
  params.multiplier = multiplier;
  params.shift = shift;
  return finish<std::int8_t>(node, octet::Mean<std::int8_t>::prepare(params));
}

}  // namespace octet_engine
