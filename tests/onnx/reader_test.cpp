// SPDX-License-Identifier: Apache-2.0
// ONNX's own cases (cases.py) have the nodes one by one; here they stand together.
#include "octet_quantizer/onnx.hpp"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "octet_engine/files.hpp"
#include "octet_quantizer/float_evaluator.hpp"
#include "onnx/nchw.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"

namespace {

using octet_quantizer::Network;
using onnx_tests::Reals, onnx_tests::to_network;

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

void set(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& values) {
  auto* const attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute->add_ints(value);
}
void set(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  auto* const attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INT);
  attribute->set_i(value);
}

std::vector<float> random_reals(std::size_t count) {
  Random random(count);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.in(-1000, 1000)) / 500;
  return values;
}

std::vector<float> run(const Network& network, std::vector<float> input) {
  auto evaluator = octet_quantizer::FloatEvaluator::create(network);
  REQUIRE(evaluator);
  evaluator->run({std::move(input)});
  const auto output = evaluator->values(octet_quantizer::graph_of(network).outputs[0]);
  return {output.begin(), output.end()};
}

bool are_close(const std::vector<float>& a, const std::vector<float>& b) {
  return std::ranges::equal(a, b, [](float x, float y) {
    return std::abs(x - y) <= 1e-4f * std::max(1.0f, std::abs(y));
  });
}

std::size_t operators(const Network& network) {
  return octet_quantizer::graph_of(network).operators.size();
}

// A convolution of groups with stride 2, dilation and pads, as a plain loop over NCHW.
Reals convolve(const Reals& x, const std::vector<float>& filter, std::int64_t filters,
               std::int64_t groups, std::int64_t dilation) {
  const std::int64_t channels = x.dims[1], height = x.dims[2], width = x.dims[3];
  const std::int64_t reach = 2 * dilation + 1, inner = channels / groups;
  Reals y{{1, filters, (height + 2 - reach) / 2 + 1, (width + 2 - reach) / 2 + 1}, {}};
  for (std::int64_t o = 0; o < filters; ++o) {
    for (std::int64_t oy = 0; oy < y.dims[2]; ++oy) {
      for (std::int64_t ox = 0; ox < y.dims[3]; ++ox) {
        double sum = 0;
        for (std::int64_t i = 0; i < inner; ++i) {
          for (std::int64_t tap = 0; tap < 9; ++tap) {
            const std::int64_t row = 2 * oy - 1 + tap / 3 * dilation,
                               column = 2 * ox - 1 + tap % 3 * dilation;
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            const std::int64_t channel = o / (filters / groups) * inner + i;
            sum +=
                double{
                    x.values[static_cast<std::size_t>((channel * height + row) * width + column)]} *
                double{filter[static_cast<std::size_t>((o * inner + i) * 9 + tap)]};
          }
        }
        y.values.push_back(static_cast<float>(sum));
      }
    }
  }
  return y;
}

}  // namespace

TEST_CASE("The digits' ONNX file gives what their .tflite file gives") {
  const std::filesystem::path folder = OCTET_DIGITS_DIR;
  const auto exported = octet_quantizer::read_onnx(folder / "digits_float.onnx");
  const auto network = octet_quantizer::read_network(folder / "digits_float.tflite");
  REQUIRE(exported);
  REQUIRE(network);
  for (int i = 0; i < 10; ++i) {
    const auto pixels = random_reals(64);
    CHECK(are_close(run(*exported, pixels), run(*network, pixels)));
  }
}

TEST_CASE("Convolutions of NCHW with groups, dilation and pads are those of NHWC") {
  constexpr std::int64_t kChannels = 4, kFilters = 8;
  for (const std::int64_t groups : {1, 2, 4}) {
    for (const std::int64_t dilation : {1, 2}) {
      const Reals x{{1, kChannels, 10, 7}, random_reals(kChannels * 70)};
      const auto filter = random_reals(static_cast<std::size_t>(kFilters * kChannels / groups * 9));
      Graph graph(x.dims);
      graph.constant("w", {kFilters, kChannels / groups, 3, 3}, filter);
      auto& node = graph.node("Conv", {"x", "w"}, "y");
      set(node, "pads", {1, 1, 1, 1});
      set(node, "strides", {2, 2});
      set(node, "dilations", {dilation, dilation});
      set(node, "group", groups);
      const auto network = graph.read();
      REQUIRE(network);
      const Reals y = convolve(x, filter, kFilters, groups, dilation);
      CHECK(are_close(run(*network, to_network(x)), to_network(y)));
    }
  }
}

TEST_CASE("A flattened image has ONNX's order of elements") {
  const Reals x{{1, 3, 4, 5}, random_reals(60)};
  Graph graph(x.dims);
  graph.node("Relu", {"x"}, "positive");
  graph.node("Flatten", {"positive"}, "y");
  const auto network = graph.read();
  REQUIRE(network);
  CHECK(operators(*network) == 3);
  auto expected = x.values;
  for (float& value : expected) value = std::max(value, 0.0f);
  CHECK(run(*network, to_network(x)) == expected);
}

TEST_CASE("A flattened image of one position needs no transpose") {
  Graph graph({1, 6, 4, 4});
  graph.node("GlobalAveragePool", {"x"}, "pooled");
  graph.node("Flatten", {"pooled"}, "y");
  const auto network = graph.read();
  REQUIRE(network);
  CHECK(operators(*network) == 2);
}

TEST_CASE("Shapes that a network computes are constants") {
  const Reals x{{1, 2, 3, 4}, random_reals(24)};
  Graph graph(x.dims);
  graph.node("Shape", {"x"}, "shape");
  graph.integers("zero", {0}, true);
  graph.node("Gather", {"shape", "zero"}, "batch");
  auto& unsqueeze = graph.node("Unsqueeze", {"batch", "axes"}, "batches");
  graph.integers("axes", {0});
  CHECK(unsqueeze.input_size() == 2);
  graph.integers("rest", {-1});
  set(graph.node("Concat", {"batches", "rest"}, "flat"), "axis", 0);
  graph.node("Reshape", {"x", "flat"}, "y");
  const auto network = graph.read();
  REQUIRE(network);
  CHECK(run(*network, to_network(x)) == x.values);
}

TEST_CASE("x * HardSigmoid(x) is one operator") {
  Graph graph({1, 8});
  auto& gate = graph.node("HardSigmoid", {"x"}, "gate");
  auto* const alpha = gate.add_attribute();
  alpha->set_name("alpha");
  alpha->set_type(onnx::AttributeProto::FLOAT);
  alpha->set_f(1.0f / 6);
  graph.node("Mul", {"x", "gate"}, "y");
  const auto network = graph.read();
  REQUIRE(network);
  CHECK(operators(*network) == 1);
  const auto x = random_reals(8);
  auto expected = x;
  for (float& value : expected) value *= std::clamp(value / 6 + 0.5f, 0.0f, 1.0f);
  CHECK(are_close(run(*network, x), expected));
}

TEST_CASE("A division by a square root is one by its reciprocal") {
  Graph graph({1, 8});
  graph.constant("two", {}, {2});
  graph.constant("little", {}, {0.25f});
  graph.node("Pow", {"x", "two"}, "squares");
  auto& mean = graph.node("ReduceMean", {"squares"}, "variance");
  set(mean, "axes", std::vector<std::int64_t>{-1});
  graph.node("Add", {"variance", "little"}, "positive");
  graph.node("Sqrt", {"positive"}, "deviation");
  graph.node("Div", {"x", "deviation"}, "y");
  const auto network = graph.read();
  REQUIRE(network);
  CHECK(operators(*network) == 5);
  const auto x = random_reals(8);
  float squares = 0;
  for (const float value : x) squares += value * value;
  auto expected = x;
  for (float& value : expected) value /= std::sqrt(squares / 8 + 0.25f);
  CHECK(are_close(run(*network, x), expected));
}

TEST_CASE("Constants of each channel broadcast over an image") {
  const Reals x{{1, 3, 2, 2}, random_reals(12)};
  Graph graph(x.dims);
  graph.constant("scale", {3, 1, 1}, {1, 2, 3});
  graph.node("Mul", {"scale", "x"}, "y");
  const auto network = graph.read();
  REQUIRE(network);
  Reals y = x;
  for (std::size_t i = 0; i < 12; ++i) y.values[i] *= static_cast<float>(i / 4 + 1);
  CHECK(run(*network, to_network(x)) == to_network(y));
}

TEST_CASE("All operators that cannot be read are named at once") {
  Graph graph({1, 4});
  graph.node("Erf", {"x"}, "a");
  graph.node("Erf", {"a"}, "b");
  graph.node("NonMaxSuppression", {"b"}, "y");
  const auto network = graph.read();
  REQUIRE(!network);
  CHECK(network.error().message == "operators that cannot be read: Erf x2 NonMaxSuppression x1");
}

TEST_CASE("Images need a height and a width") {
  Graph graph({0, 3, 0, 8});
  graph.node("Relu", {"x"}, "y");
  const auto network = graph.read();
  REQUIRE(!network);
  CHECK(network.error().message == "dimension 2 of input x has no number");
}

TEST_CASE("What a node asks for and is not read is named with the node") {
  Graph graph({1, 4});
  graph.node("Gemm", {"x", "x"}, "y");
  const auto network = graph.read();
  REQUIRE(!network);
  CHECK(network.error().message == "node y (Gemm): B is no constant");
}

TEST_CASE("Other files are no ONNX") {
  const std::vector<std::byte> bytes(100, std::byte{7});
  CHECK(!octet_quantizer::parse_onnx(bytes));
  CHECK(!octet_quantizer::parse_onnx({}));
}

TEST_CASE("Damaged files are read or refused") {
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto whole =
      octet_engine::read_file(std::filesystem::path(OCTET_DIGITS_DIR) / "digits_float.onnx");
  REQUIRE(whole);
  // Nodes come first, and the shapes of input and output last.
  const auto size = static_cast<std::int32_t>(whole->size());
  for (int i = 0; i < 300; ++i) {
    auto bytes = *whole;
    const std::int32_t at = random.one_in(2) ? random.in(0, 1500) : random.in(size - 200, size - 1);
    bytes[static_cast<std::size_t>(at)] = static_cast<std::byte>(random.in(0, 255));
    const auto network = octet_quantizer::parse_onnx(bytes);
    CHECK((network || !network.error().message.empty()));
  }
}
