// SPDX-License-Identifier: Apache-2.0
// Builds ONNX graphs for tests, and runs what is read of them.
#pragma once

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "octet_quantizer/float_evaluator.hpp"
#include "octet_quantizer/onnx.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"

namespace onnx_tests {

using octet_quantizer::Network;

// A graph whose input "x" and output "y" are the first and the last of it.
class Graph {
 public:
  explicit Graph(const std::vector<std::int64_t>& dims, int operator_set = 13) {
    model_.set_ir_version(7);
    model_.add_opset_import()->set_version(operator_set);
    auto* const input = graph().add_input();
    input->set_name("x");
    auto* const type = input->mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t extent : dims) {
      type->mutable_shape()->add_dim()->set_dim_value(extent);
    }
    graph().add_output()->set_name("y");
  }

  void constant(const std::string& name, const std::vector<std::int64_t>& dims,
                const std::vector<float>& values) {
    auto* const tensor = graph().add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t extent : dims) tensor->add_dims(extent);
    for (const float value : values) tensor->add_float_data(value);
  }
  void integers(const std::string& name, const std::vector<std::int64_t>& values,
                bool is_scalar = false) {
    auto* const tensor = graph().add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::INT64);
    if (!is_scalar) tensor->add_dims(static_cast<std::int64_t>(values.size()));
    for (const std::int64_t value : values) tensor->add_int64_data(value);
  }

  onnx::NodeProto& node(const std::string& kind, const std::vector<std::string>& inputs,
                        const std::string& output) {
    auto* const node = graph().add_node();
    node->set_op_type(kind);
    for (const std::string& input : inputs) node->add_input(input);
    node->add_output(output);
    return *node;
  }

  octet_quantizer::Expected<Network> read() const {
    const std::string bytes = model_.SerializeAsString();
    return octet_quantizer::parse_onnx(std::as_bytes(std::span(bytes)));
  }

 private:
  onnx::GraphProto& graph() { return *model_.mutable_graph(); }

  onnx::ModelProto model_;
};

inline void set(onnx::NodeProto& node, const std::string& name,
                const std::vector<std::int64_t>& values) {
  auto* const attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute->add_ints(value);
}
inline void set(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  auto* const attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INT);
  attribute->set_i(value);
}

inline void set_real(onnx::NodeProto& node, const std::string& name, float value) {
  auto* const attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::FLOAT);
  attribute->set_f(value);
}
inline void set_text(onnx::NodeProto& node, const std::string& name, const std::string& value) {
  auto* const attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::STRING);
  attribute->set_s(value);
}

inline std::vector<float> random_reals(std::size_t count) {
  Random random(count);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.in(-1000, 1000)) / 500;
  return values;
}

inline std::vector<float> run(const Network& network, std::vector<float> input) {
  auto evaluator = octet_quantizer::FloatEvaluator::create(network);
  REQUIRE(evaluator);
  evaluator->run({std::move(input)});
  const auto output = evaluator->values(octet_quantizer::graph_of(network).outputs[0]);
  return {output.begin(), output.end()};
}

inline bool are_close(const std::vector<float>& a, const std::vector<float>& b) {
  return std::ranges::equal(a, b, [](float x, float y) {
    return std::abs(x - y) <= 1e-4f * std::max(1.0f, std::abs(y));
  });
}

inline std::size_t operators(const Network& network) {
  return octet_quantizer::graph_of(network).operators.size();
}

inline std::size_t operators(const Network& network, octet_quantizer::Code code) {
  const auto& all = octet_quantizer::graph_of(network).operators;
  return static_cast<std::size_t>(std::ranges::count_if(all, [&](const auto& operation) {
    return octet_quantizer::code_of(network, *operation) == code;
  }));
}

}  // namespace onnx_tests
