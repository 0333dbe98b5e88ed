// SPDX-License-Identifier: Apache-2.0
// MEAN: over the dimensions that a constant lists.
#include "checks.hpp"
#include "octet/mean.hpp"
#include "octet/quantize/multiplier.hpp"
#include "operators.hpp"

namespace octet_engine {

PreparedOrError prepare_mean(const Node& node) {
  const Tensor &input = node.input(0), &output = node.output();
  octet::MeanParams params{.input = input.shape,
                           .reduce = {},
                           .input_zero_point = zero_point_of(input),
                           .output_zero_point = zero_point_of(output),
                           .rounding = node.rounding()};
  for (const std::int32_t axis : values_of<std::int32_t>(node.input(1))) {
    const auto dimension = dimension_of(node, input.shape, axis);
    if (!dimension) return dimension.error();
    params.reduce[*dimension] = true;
  }
  std::int64_t count = 1;
  for (std::int32_t i = 0; i < input.shape.rank; ++i) {
    count *= params.reduce[i] ? input.shape.extent[i] : 1;
  }
  if (auto error = check_output_size(node, input.shape.size() / count)) return *error;
  const octet::Rescale factor =
      octet::mean_multiplier(scale_of(input), scale_of(output), count, node.rounding());
  params.multiplier = factor.multiplier;
  params.shift = factor.shift;
  return for_type<std::int8_t, std::int16_t>(
      output, [&]<class T>(T) { return finish(node, octet::Mean<T>::prepare(params), kUnary<T>); });
}

}  // namespace octet_engine
