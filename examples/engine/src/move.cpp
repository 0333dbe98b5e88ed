// SPDX-License-Identifier: Apache-2.0
// Elements that only move: PAD, PADV2, and RESHAPE, SQUEEZE, EXPAND_DIMS, which move nothing.
#include <cstring>
#include <string>

#include "checks.hpp"
#include "octet/pad.hpp"
#include "operators.hpp"

namespace octet_engine {

namespace {

// The same elements under another shape. The output is given the memory of the input where that is
// possible, and then there is nothing to do.
class Reshape final : public Operation {
 public:
  octet::Status bind(const Bindings& bindings) override {
    input_ = bindings.inputs[0];
    output_ = bindings.outputs[0];
    return {};
  }
  void run() const override {
    if (output_.data() != input_.data()) {
      std::memcpy(output_.data(), input_.data(), input_.size());
    }
  }

 private:
  std::span<const std::byte> input_;
  std::span<std::byte> output_;
};

// What PADV2 fills with: a constant of the output's type and quantization.
template <class T>
Expected<std::int32_t> padding_value(const Node& node) {
  const Tensor& value = node.input(2);
  if (!value.is_constant() || value.data.size() != sizeof(T)) {
    return node.unsupported("the padding value is not one constant");
  }
  if (auto error =
          check_same_quantization(node, "padding value and output", value, node.output())) {
    return *error;
  }
  return std::int32_t{values_of<T>(value)[0]};
}

}  // namespace

// PAD fills with the output's zero point.
PreparedOrError prepare_pad(const Node& node) {
  const octet::Shape& input = node.input(0).shape;
  const octet::Shape& output = node.output().shape;
  const std::vector<std::int32_t> paddings = values_of<std::int32_t>(node.input(1));
  if (output.rank != input.rank || paddings.size() != 2 * static_cast<std::size_t>(input.rank)) {
    return node.invalid("padding " + to_string(input) + " to " + to_string(output) + " by " +
                        std::to_string(paddings.size()) + " numbers");
  }
  octet::PadParams params{.input = input, .value = zero_point_of(node.output())};
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
  if (auto error =
          check_same_quantization(node, "input and output", node.input(0), node.output())) {
    return *error;
  }
  return for_type<std::int8_t, std::int16_t>(node.output(), [&]<class T>(T) -> PreparedOrError {
    if (node.has_input(2)) {
      const auto value = padding_value<T>(node);
      if (!value) return value.error();
      params.value = *value;
    }
    return finish(node, octet::Pad<T>::prepare(params), kUnary<T>);
  });
}

PreparedOrError prepare_reshape(const Node& node) {
  if (auto error = check_output_size(node, node.input(0).shape.size())) return *error;
  return std::unique_ptr<Operation>(std::make_unique<Reshape>());
}

}  // namespace octet_engine
