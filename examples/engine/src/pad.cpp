// SPDX-License-Identifier: Apache-2.0
#include "octet/pad.hpp"

#include "operations.hpp"
#include "scales.hpp"

namespace octet_engine {

// PAD fills with the output's zero point, PADV2 with a constant of the same quantization.
PreparedOrError prepare_pad(const Node& node, const octet::Backend&) {
  const octet::Shape& input = node.input(0).shape;
  const octet::Shape& output = node.output().shape;
  const std::vector<std::int32_t> paddings = int32_values(node.input(1));
  if (output.rank != input.rank || paddings.size() != 2 * static_cast<std::size_t>(input.rank)) {
    return node.invalid("padding " + to_string(input) + " to " + to_string(output) + " by " +
                        std::to_string(paddings.size()) + " numbers");
  }
  octet::PadParams params{.input = input};
  for (std::int32_t i = 0; i < input.rank; ++i) {
    const std::int64_t before = paddings[2 * static_cast<std::size_t>(i)];
    const std::int64_t after = paddings[2 * static_cast<std::size_t>(i) + 1];
    if (before < 0 || after < 0 || before + input.extent[i] + after != output.extent[i]) {
      return node.invalid("dimension " + std::to_string(i) + " of extent " +
                          std::to_string(input.extent[i]) + " padded by " + std::to_string(before) +
                          " and " + std::to_string(after) + " does not have extent " +
                          std::to_string(output.extent[i]));
    }
    params.before[i] = static_cast<std::int32_t>(before);
    params.after[i] = static_cast<std::int32_t>(after);
  }
  params.value = zero_point_of(node.output());
  if (node.has_input(2)) {
    const Tensor& value = node.input(2);
    if (!value.is_constant() || value.data.size() != 1) {
      return node.unsupported("the padding value is not one constant");
    }
    if (!same_quantization(value, node.output())) {
      return node.unsupported("the padding value is not quantized like the output");
    }
    params.value = std::to_integer<std::int8_t>(value.data[0]);
  }
  if (!same_quantization(node.input(0), node.output())) {
    return node.unsupported("input and output are quantized differently");
  }
  return finish<std::int8_t>(node, octet::Pad<std::int8_t>::prepare(params));
}

}  // namespace octet_engine
