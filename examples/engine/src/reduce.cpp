// SPDX-License-Identifier: Apache-2.0
// MEAN: over the dimensions that a constant lists.
#include "checks.hpp"
#include "octet/mean.hpp"
#include "octet/quantize/multiplier.hpp"
#include "operators.hpp"

namespace octet_engine {

PreparedOrError prepare_mean(const Node& node) {
  const Tensor &input = node.input(0), &output = node.output();
  octet::MeanParams params{.input = {input.shape, zero_point_of(input)}};
  for (const std::int32_t axis : values_of<std::int32_t>(node.input(1))) {
    const auto dimension = dimension_of(node, input.shape, axis);
    if (!dimension) return dimension.error();
    params.reduce[*dimension] = true;
  }
  const std::int64_t outputs = output_shape(params).size();
  if (auto error = check_output_size(node, outputs)) return *error;
  params.output = {.zero_point = zero_point_of(output),
                   .rescale = octet::mean_multiplier(scale_of(input), scale_of(output),
                                                     input.shape.size() / outputs, node.rounding()),
                   .rounding = node.rounding()};
  return for_type<std::int8_t, std::int16_t>(output, [&]<class T>(T) {
    return finish(node, octet::Mean<T>::prepare(params, node.backend()), kUnary<T>);
  });
}

}  // namespace octet_engine
