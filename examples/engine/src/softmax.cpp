// SPDX-License-Identifier: Apache-2.0
#include "octet/softmax.hpp"

#include <cmath>

#include "operations.hpp"
#include "scales.hpp"

namespace octet_engine {

PreparedOrError prepare_softmax(const Node& node, const octet::Backend& backend) {
  const auto* const options = node.options<schema::SoftmaxOptions>();
  if (options == nullptr) return node.invalid("the options are missing");
  const octet::Shape& shape = node.input(0).shape;
  if (to_string(node.output().shape) != to_string(shape)) {
    return node.invalid("the output has shape " + to_string(node.output().shape) + " instead of " +
                        to_string(shape));
  }
  if (shape.rank == 0) return node.unsupported("softmax of a scalar");
  if (scale_of(node.output()) != 1.0f / 256 || zero_point_of(node.output()) != -128) {
    return node.unsupported("the output's scale is not 1/256 or its zero point not -128");
  }
  if (!std::isfinite(options->beta()) || options->beta() < 0) {
    return node.invalid("beta " + std::to_string(options->beta()) + " is not a finite number >= 0");
  }
  const octet::SoftmaxScaling scaling =
      octet::preprocess_softmax_scaling(options->beta(), scale_of(node.input(0)));
  const std::int32_t depth = shape.extent[shape.rank - 1];
  const octet::SoftmaxParams params{
      .rows = static_cast<std::int32_t>(shape.size() / depth),
      .depth = depth,
      .input_multiplier = scaling.input_multiplier,
      .input_left_shift = scaling.input_left_shift,
      .diff_min = scaling.diff_min,
  };
  return finish<std::int8_t>(node,
                             octet::Softmax<std::int8_t, std::int8_t>::prepare(params, backend));
}

}  // namespace octet_engine
