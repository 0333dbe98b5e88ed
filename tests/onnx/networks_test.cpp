// SPDX-License-Identifier: Apache-2.0
// Networks as frameworks export them, from ONNX to integers: what octet's engine makes of the
// integers is near to float32.
#include "onnx/graph.hpp"
#include "quantizer/networks.hpp"

namespace {

using namespace onnx_tests;

// Normal numbers, more or less, so that layers keep the size of what they get.
class Weights {
 public:
  std::vector<float> draw(std::int64_t count, std::int64_t inputs) {
    std::vector<float> values(static_cast<std::size_t>(count));
    const float scale = std::sqrt(3.0f / static_cast<float>(inputs));
    for (float& value : values) {
      value = scale * static_cast<float>(random_.in(-1000, 1000)) / 1000;
    }
    return values;
  }

  std::uint64_t seed() const { return random_.seed(); }

 private:
  Random random_{test_seed()};
};

// Layers one behind the other.
class Layers {
 public:
  explicit Layers(const std::vector<std::int64_t>& dims) : graph(dims, 17) {}

  onnx::NodeProto& add(const std::string& kind, std::vector<std::string> more = {}) {
    more.insert(more.begin(), last);
    last = "t" + std::to_string(count_++);
    return graph.node(kind, more, last);
  }
  std::string constant(const std::vector<std::int64_t>& dims, std::int64_t inputs) {
    std::int64_t count = 1;
    for (const std::int64_t extent : dims) count *= extent;
    return constant(dims, weights.draw(count, inputs));
  }
  std::string constant(const std::vector<std::int64_t>& dims, const std::vector<float>& values) {
    const std::string name = "c" + std::to_string(count_++);
    graph.constant(name, dims, values);
    return name;
  }
  onnx::NodeProto& convolve(std::int64_t inputs, std::int64_t outputs, std::int64_t taps,
                            std::int64_t groups = 1) {
    auto& node = add("Conv", {constant({outputs, inputs / groups, taps}, inputs / groups * taps),
                              constant({outputs}, 20)});
    set(node, "group", groups);
    return node;
  }
  void normalize(std::int64_t channels) {
    const auto of = [&](float middle) {
      auto values = weights.draw(channels, 30);
      for (float& value : values) value += middle;
      return constant({channels}, values);
    };
    add("BatchNormalization", {of(1), of(0), of(0), of(1)});
  }
  void multiply(std::int64_t inputs, std::int64_t outputs) {
    add("MatMul", {constant({inputs, outputs}, inputs)});
    add("Add", {constant({outputs}, 20)});
  }

  // dB of the integers against float32.
  double decibels(const octet_quantizer::Choice& choice = {}) {
    graph.node("Identity", {last}, "y");
    auto network = graph.read();
    if (!network) FAIL(network.error().message);
    auto samples = octet_quantizer::Samples::synthesize(*network, 12, {-2, 2},
                                                        static_cast<std::uint32_t>(weights.seed()));
    const quantizer_test::Bench bench(std::move(*network), std::move(samples));
    return bench.signal_to_noise(bench.recipe(choice));
  }

  Weights weights;
  Graph graph;
  std::string last = "x";

 private:
  int count_ = 0;
};

std::vector<std::int64_t> list(std::initializer_list<std::int64_t> values) { return values; }

}  // namespace

TEST_CASE("a network of separable convolutions over a signal") {
  Layers n({1, 2, 64});
  CAPTURE(n.weights.seed());
  set(n.convolve(2, 8, 5), "strides", list({2}));
  n.normalize(8);
  n.add("Relu");
  for (int block = 0; block < 2; ++block) {
    set(n.convolve(8, 8, 3, 8), "pads", list({1, 1}));
    n.normalize(8);
    n.add("Relu");
    n.convolve(8, 8, 1);
    n.normalize(8);
    n.add("Relu");
  }
  auto& pool = n.add("AveragePool");
  set(pool, "kernel_shape", list({3}));
  set(pool, "strides", list({2}));
  n.add("GlobalAveragePool");
  n.add("Flatten");
  auto& dense = n.add("Gemm", {n.constant({5, 8}, 8), n.constant({5}, 20)});
  set(dense, "transB", 1);
  CHECK(n.decibels() > 24);
}

TEST_CASE("a temporal network of causal convolutions with residuals") {
  Layers n({1, 4, 32});
  CAPTURE(n.weights.seed());
  for (std::int64_t dilation = 1; dilation <= 4; dilation *= 2) {
    const std::string before = n.last;
    // As exported: pads on both sides, of which those behind are cut off.
    auto& convolution = n.convolve(4, 4, 3);
    set(convolution, "dilations", list({dilation}));
    set(convolution, "pads", list({2 * dilation, 2 * dilation}));
    n.graph.integers("zero" + std::to_string(dilation), {0});
    n.graph.integers("end" + std::to_string(dilation), {-2 * dilation});
    n.graph.integers("axis" + std::to_string(dilation), {2});
    n.add("Slice", {"zero" + std::to_string(dilation), "end" + std::to_string(dilation),
                    "axis" + std::to_string(dilation)});
    n.add("Relu");
    n.add("Add", {before});
    n.add("Relu");
  }
  n.graph.integers("last", {-1}, true);
  set(n.add("Gather", {"last"}), "axis", 2);
  n.multiply(4, 3);
  CHECK(n.decibels() > 26);
}

TEST_CASE("a convolution with Mish behind") {
  Layers n({1, 3, 16});
  CAPTURE(n.weights.seed());
  n.convolve(3, 8, 3);
  const std::string x = n.last;
  n.add("Softplus");
  n.add("Tanh");
  n.add("Mul", {x});
  n.convolve(8, 4, 3);
  CHECK(n.decibels() > 24);
}

TEST_CASE("a transformer's block") {
  constexpr std::int64_t kTime = 8, kDepth = 16, kHeads = 2;
  Layers n({1, kTime, kDepth});
  CAPTURE(n.weights.seed());
  const std::string ones = n.constant({kDepth}, std::vector<float>(kDepth, 1.0f));
  const std::string zeros = n.constant({kDepth}, std::vector<float>(kDepth, 0.0f));
  n.add("Add", {n.constant({1, kTime, kDepth}, 1)});  // of places
  const std::string input = n.last;
  n.add("LayerNormalization", {ones, zeros});
  const std::string normal = n.last;
  n.graph.integers("heads", {1, kTime, kHeads, kDepth / kHeads});
  std::string parts[3];
  for (std::string& part : parts) {
    n.last = normal;
    n.multiply(kDepth, kDepth);
    n.add("Reshape", {"heads"});
    const bool is_key = &part == &parts[1];
    set(n.add("Transpose"), "perm", is_key ? list({0, 2, 3, 1}) : list({0, 2, 1, 3}));
    part = n.last;
  }
  n.last = parts[0];
  n.add("MatMul", {parts[1]});
  n.add("Div", {n.constant({}, std::vector<float>{std::sqrt(8.0f)})});
  set(n.add("Softmax"), "axis", -1);
  n.add("MatMul", {parts[2]});
  set(n.add("Transpose"), "perm", list({0, 2, 1, 3}));
  n.graph.integers("joined", {1, kTime, kDepth});
  n.add("Reshape", {"joined"});
  n.multiply(kDepth, kDepth);
  n.add("Add", {input});
  const std::string attended = n.last;
  n.add("LayerNormalization", {ones, zeros});
  n.multiply(kDepth, 2 * kDepth);
  const std::string x = n.last;
  n.add("Div", {n.constant({}, std::vector<float>{std::sqrt(2.0f)})});
  n.add("Erf");
  n.add("Add", {n.constant({}, std::vector<float>{1})});
  n.add("Mul", {x});
  n.add("Mul", {n.constant({}, std::vector<float>{0.5f})});
  n.multiply(2 * kDepth, kDepth);
  n.add("Add", {attended});
  CHECK(n.decibels() > 24);
}
