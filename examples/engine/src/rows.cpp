// SPDX-License-Identifier: Apache-2.0
// SOFTMAX: over the last dimension.
#include <cmath>
#include <limits>

#include "checks.hpp"
#include "octet/quantize/multiplier.hpp"
#include "octet/softmax.hpp"
#include "operators.hpp"

namespace octet_engine {

PreparedOrError prepare_softmax(const Node& node) {
  const auto& options = *node.options<schema::SoftmaxOptions>();
  const octet::Shape& shape = node.input(0).shape;
  if (auto error = check_output_shape(node, shape)) return *error;
  if (shape.rank == 0) return node.unsupported("softmax of a scalar");
  if (!std::isfinite(options.beta()) || options.beta() < 0) {
    return node.invalid("beta " + std::to_string(options.beta()) + " is not a finite number >= 0");
  }
  const auto [factor, diff_min] =
      octet::preprocess_softmax_scaling(options.beta(), scale_of(node.input(0)));
  const octet::SoftmaxParams params{.input = {shape, zero_point_of(node.input(0)), factor},
                                    .diff_min = diff_min};
  const auto prepare = [&]<class Out>(Out) -> PreparedOrError {
    // The whole range of the output stands for 0 to 1.
    constexpr std::int32_t kZeroPoint = std::numeric_limits<Out>::min();
    constexpr std::int32_t kSteps = std::numeric_limits<Out>::max() - kZeroPoint + 1;
    if (auto error = check_output_quantization(node, kSteps, kZeroPoint)) return *error;
    return finish_with_table<octet::Softmax<std::int8_t, Out>>(node, params,
                                                               kUnary<std::int8_t, Out>);
  };
  return for_type<std::int8_t, std::int16_t>(node.output(), prepare);
}

}  // namespace octet_engine
