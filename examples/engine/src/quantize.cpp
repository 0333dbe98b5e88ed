// SPDX-License-Identifier: Apache-2.0
#include "octet/requantize.hpp"

#include "operations.hpp"
#include "scales.hpp"

namespace octet_engine {

namespace {

template <class In, class Out>
PreparedOrError prepare_requantize(const Node& node, const octet::Backend& backend) {
  const auto [multiplier, shift] =
      octet::rescale_multiplier(scale_of(node.input(0)), scale_of(node.output()));
  const octet::RequantizeParams params{.input_zero_point = zero_point_of(node.input(0)),
                                       .output_zero_point = zero_point_of(node.output()),
                                       .multiplier = multiplier,
                                       .shift = shift};
  return finish<In, Out>(
      node, octet::Requantize<In, Out>::prepare(params, node.output().shape.size(), backend));
}

}  // namespace

PreparedOrError prepare_quantize(const Node& node, const octet::Backend& backend) {
  if (node.input(0).shape.size() != node.output().shape.size()) {
    return node.invalid("the output has shape " + to_string(node.output().shape) + " instead of " +
                        to_string(node.input(0).shape));
  }
  const bool from_int8 = node.input(0).type == TensorType::int8;
  const bool to_int8 = node.output().type == TensorType::int8;
  if (from_int8 && to_int8) return prepare_requantize<std::int8_t, std::int8_t>(node, backend);
  if (from_int8) return prepare_requantize<std::int8_t, std::uint8_t>(node, backend);
  if (to_int8) return prepare_requantize<std::uint8_t, std::int8_t>(node, backend);
  return prepare_requantize<std::uint8_t, std::uint8_t>(node, backend);
}

}  // namespace octet_engine
