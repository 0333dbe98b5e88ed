// SPDX-License-Identifier: Apache-2.0
// Attributes and inputs that change what a node is: each is read, or refused by name.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "onnx/graph.hpp"
#include "support/catch.hpp"

namespace {

using namespace onnx_tests;
using Shape = std::vector<std::int32_t>;

Network read(const Graph& graph) {
  auto network = graph.read();
  if (!network) FAIL(network.error().message);
  return std::move(*network);
}

std::string refusal(const Graph& graph) {
  const auto network = graph.read();
  return network ? "" : network.error().message;
}

Shape output_shape(const Network& network) {
  const auto& whole = octet_quantizer::graph_of(network);
  return whole.tensors[static_cast<std::size_t>(whole.outputs[0])]->shape;
}

}  // namespace

TEST_CASE("A length that is limited by more than an epsilon stays a division") {
  for (const bool is_clip : {false, true}) {
    Graph graph({2, 3});
    set(graph.node("ReduceL2", {"x"}, "length"), "axes", std::vector<std::int64_t>{1});
    graph.constant("one", {}, {1});
    graph.node(is_clip ? "Clip" : "Max", {"length", "one"}, "limited");
    graph.node("Div", {"x", "limited"}, "y");
    const std::vector<float> x = {0.1f, 0.2f, -0.2f, 3, 0, 4};
    const std::vector<float> expected = {0.1f, 0.2f, -0.2f, 0.6f, 0, 0.8f};
    CHECK(are_close(run(read(graph), x), expected));
  }
  // One with an upper limit is more than an epsilon, too.
  Graph graph({1, 2});
  set(graph.node("ReduceL2", {"x"}, "length"), "axes", std::vector<std::int64_t>{1});
  graph.constant("zero", {}, {0});
  graph.constant("two", {}, {2});
  graph.node("Clip", {"length", "zero", "two"}, "limited");
  graph.node("Div", {"x", "limited"}, "y");
  CHECK(are_close(run(read(graph), {3, 4}), {1.5f, 2}));
}

TEST_CASE("Nodes without inputs or outputs are refused") {
  for (const char* const kind : {"Div", "Erf", "Softplus", "Mul", "Add", "Clip", "HardSigmoid"}) {
    Graph graph({1, 4});
    graph.node(kind, {}, "a");
    graph.node("Div", {"x", "a"}, "b");
    graph.node("Erf", {"a"}, "c");
    graph.node("Mul", {"b", "c"}, "y");
    CHECK(!graph.read());
  }
  Graph graph({1, 4});
  graph.constant("half", {}, {0.5f});
  graph.constant("root", {}, {std::sqrt(0.5f)});
  graph.constant("one", {}, {1});
  graph.node("Mul", {"x", "root"}, "scaled");
  graph.node("Erf", {"scaled"}, "erf");
  graph.node("Add", {"erf", "one"}, "sum");
  graph.node("Mul", {"x", "sum"}, "y").clear_output();
  CHECK(!graph.read());
}

TEST_CASE("Integers that a network computes broadcast") {
  Graph graph({1, 36});
  graph.integers("a", {3, 2});
  graph.integers("b", {1, 3});
  set(graph.node("Unsqueeze", {"a"}, "column"), "axes", std::vector<std::int64_t>{1});
  set(graph.node("Unsqueeze", {"b"}, "row"), "axes", std::vector<std::int64_t>{0});
  graph.node("Sub", {"column", "row"}, "differences");  // 2 0, 1 -1
  graph.integers("one", {1}, true);
  graph.node("Add", {"differences", "one"}, "sums");  // 3 1, 2 0
  graph.integers("six", {6}, true);
  graph.integers("zero", {0}, true);
  graph.node("Equal", {"sums", "zero"}, "is_zero");
  graph.node("Where", {"is_zero", "six", "sums"}, "square");  // 3 1, 2 6
  graph.integers("flat", {-1});
  graph.node("Reshape", {"square", "flat"}, "shape");
  graph.node("Reshape", {"x", "shape"}, "y");
  CHECK(output_shape(read(graph)) == Shape{3, 2, 6, 1});  // NHWC of 3 1 2 6
}

TEST_CASE("Shape may be of some dimensions") {
  Graph graph({1, 3, 4}, 15);
  auto& shape = graph.node("Shape", {"x"}, "shape");
  set(shape, "start", -2);
  set(shape, "end", 9);
  graph.node("Reshape", {"x", "shape"}, "y");
  CHECK(output_shape(read(graph)) == Shape{3, 4});
}

TEST_CASE("Pads may be of some dimensions, in any order") {
  Graph graph({1, 2, 2}, 18);
  graph.integers("pads", {1, 0, 0, 1});
  graph.integers("axes", {-1, 1});
  graph.node("Pad", {"x", "pads", "", "axes"}, "y");
  const Network network = read(graph);
  CHECK(output_shape(network) == Shape{1, 3, 3});
  CHECK(run(network, {1, 2, 3, 4}) == std::vector<float>{0, 1, 2, 0, 3, 4, 0, 0, 0});
}

TEST_CASE("What Resize has since operator set 18 is refused") {
  const auto graph = [](auto change) {
    Graph resize({1, 1, 4, 4}, 18);
    resize.integers("sizes", {1, 1, 2, 2});
    auto& node = resize.node("Resize", {"x", "", "", "sizes"}, "y");
    set_text(node, "mode", "linear");
    change(node);
    return refusal(resize);
  };
  CHECK(graph([](auto&) {}).empty());
  CHECK(graph([](auto& node) {
          set(node, "antialias", 1);
        }).ends_with("antialias has no counterpart"));
  CHECK(graph([](auto& node) {
          set_text(node, "keep_aspect_ratio_policy", "not_larger");
        }).ends_with("keep_aspect_ratio_policy is not stretch"));
  CHECK(graph([](auto& node) { set(node, "axes", {3, 2, 1, 0}); }).ends_with("axes are not read"));
}

TEST_CASE("Sizes of Resize need no scale that is exact") {
  Graph graph({1, 1, 7, 1}, 13);  // 7 * float(31 / 7) is not 31
  graph.integers("sizes", {1, 1, 31, 1});
  set_text(graph.node("Resize", {"x", "", "", "sizes"}, "y"), "mode", "linear");
  CHECK(output_shape(read(graph)) == Shape{1, 31, 1, 1});
}

TEST_CASE("No axes may mean no reduction") {
  for (const char* const kind : {"ReduceSum", "ReduceMax", "ReduceL2"}) {
    Graph graph({1, 4}, 18);
    set(graph.node(kind, {"x"}, "a"), "noop_with_empty_axes", 1);
    graph.node("Relu", {"a"}, "y");
    if (kind == std::string("ReduceL2")) {
      CHECK(refusal(graph).find("noop_with_empty_axes") != std::string::npos);
    } else {
      CHECK(output_shape(read(graph)) == Shape{1, 4});
    }
  }
}

TEST_CASE("Casts keep reals, and make 1 of what is not 0") {
  Graph graph({1, 2});
  graph.constant("factor", {}, {0.5f});
  set(graph.node("Cast", {"factor"}, "wide"), "to", onnx::TensorProto::DOUBLE);
  graph.node("Mul", {"x", "wide"}, "y");
  CHECK(run(read(graph), {1, -3}) == std::vector<float>{0.5f, -1.5f});
  Graph flags({1, 2});
  flags.integers("numbers", {5, 0});
  flags.integers("one", {1}, true);
  set(flags.node("Cast", {"numbers"}, "flags"), "to", onnx::TensorProto::BOOL);
  flags.node("Add", {"flags", "one"}, "shape");
  flags.node("Reshape", {"x", "shape"}, "y");
  CHECK(output_shape(read(flags)) == Shape{2, 1});
  Graph narrow({1, 2});
  narrow.integers("numbers", {300});
  set(narrow.node("Cast", {"numbers"}, "bytes"), "to", onnx::TensorProto::UINT8);
  narrow.node("Mul", {"x", "bytes"}, "y");
  CHECK(refusal(narrow).find("none of FLOAT") != std::string::npos);
}

TEST_CASE("Averages with pads have those alone, not what the last window lacks") {
  Graph graph({1, 1, 4, 4}, 19);
  auto& pool = graph.node("AveragePool", {"x"}, "y");
  set(pool, "kernel_shape", {3, 3});
  set(pool, "strides", {2, 2});
  set(pool, "pads", {1, 1, 1, 1});
  set(pool, "ceil_mode", 1);
  set(pool, "count_include_pad", 1);
  std::vector<float> x(16);
  std::iota(x.begin(), x.end(), 1.0f);
  // As PyTorch has it, and ONNX since operator set 19.
  const std::vector<float> expected = {14 / 9.0f, 30 / 9.0f, 2, 57 / 9.0f, 11, 6, 4.5f, 7.5f, 4};
  CHECK(are_close(run(read(graph), x), expected));
}

TEST_CASE("Pads are chosen in one of the ways that there are") {
  Graph graph({1, 1, 4, 4});
  auto& pool = graph.node("MaxPool", {"x"}, "y");
  set(pool, "kernel_shape", {2, 2});
  set_text(pool, "auto_pad", "SAME");
  CHECK(refusal(graph) == "node y (MaxPool): auto_pad is SAME");
}

TEST_CASE("Parts make up what is split") {
  for (const std::vector<std::int64_t>& sizes : {std::vector<std::int64_t>{2, 3}, {2, 2}, {2, 4}}) {
    Graph graph({1, 5});
    graph.integers("sizes", sizes);
    auto& split = graph.node("Split", {"x", "sizes"}, "y");
    split.add_output("rest");
    set(split, "axis", 1);
    const bool is_whole = sizes[1] == 3;
    CHECK(refusal(graph) == (is_whole ? "" : "node y (Split): the sizes do not make up the input"));
  }
}

TEST_CASE("A slope is no larger than its input") {
  Graph graph({1, 3});
  graph.constant("slope", {2, 3}, {1, 2, 3, 4, 5, 6});
  graph.node("PRelu", {"x", "slope"}, "y");
  CHECK(refusal(graph) == "node y (PRelu): the slope is larger than the input");
}

TEST_CASE("Constants that no file could hold are refused") {
  Graph graph({1, 4});
  graph.integers("shape", {1 << 15, 1 << 15});
  graph.node("ConstantOfShape", {"shape"}, "zeros");
  graph.node("Add", {"x", "zeros"}, "y");
  CHECK(refusal(graph).find("larger than a .tflite file") != std::string::npos);
}
