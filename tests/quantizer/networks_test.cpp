// SPDX-License-Identifier: Apache-2.0
// What becomes of whole networks: the forms that floats come in, the rules of scales, choices for
// single tensors, calibration caches, and what is refused.
#include <cmath>

#include "networks.hpp"
#include "octet_quantizer/configuration.hpp"

namespace {

using namespace quantizer_test;

// A convolution, a pool, a fully connected layer and a softmax.
struct Classifier : NetworkBuilder {
  std::int32_t image = input({1, 6, 6, 3}), convolved = -1, pooled = -1, flat = -1, scores = -1,
               classes = -1;

  Classifier() {
    schema::Conv2DOptionsT convolution;
    convolution.stride_h = convolution.stride_w = 1;
    convolution.fused_activation_function = schema::ActivationFunctionType_RELU;
    convolved = operation(schema::BuiltinOperator_CONV_2D,
                          {image, random({4, 3, 3, 3}), random({4})}, {1, 6, 6, 4}, convolution);
    schema::Pool2DOptionsT pool;
    pool.filter_height = pool.filter_width = pool.stride_h = pool.stride_w = 2;
    pooled = operation(schema::BuiltinOperator_MAX_POOL_2D, {convolved}, {1, 3, 3, 4}, pool);
    flat = operation(schema::BuiltinOperator_RESHAPE, {pooled, list({1, 36})}, {1, 36});
    scores = operation(schema::BuiltinOperator_FULLY_CONNECTED,
                       {flat, random({5, 36}, 0.2f), random({5})}, {1, 5},
                       schema::FullyConnectedOptionsT());
    schema::SoftmaxOptionsT softmax;
    softmax.beta = 0.2f;
    classes = operation(schema::BuiltinOperator_SOFTMAX, {scores}, {1, 5}, softmax);
    output(classes);
  }
};

// What a tensor of the float network has become.
const Tensor& became(const Quantized& quantized, std::int32_t tensor) {
  return tensor_of(quantized.integers.network,
                   quantized.integers.tensors[static_cast<std::size_t>(tensor)]);
}

std::size_t count(const Network& network, const std::string& name) {
  std::size_t found = 0;
  for (const auto& operation : graph_of(network).operators) {
    found += name_of(network, *operation) == name ? 1 : 0;
  }
  return found;
}

// The index of a tensor, which normalization changes.
std::int32_t find(const Network& network, const std::string& name) {
  const auto& tensors = graph_of(network).tensors;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i]->name == name) return static_cast<std::int32_t>(i);
  }
  FAIL("no tensor " + name);
  return -1;
}

std::string name_in(const NetworkBuilder& builder, std::int32_t tensor) {
  return tensor_of(builder.network, tensor).name;
}

}  // namespace

TEST_CASE("histograms count every value, zeros too") {
  Classifier n;
  const Bench bench(n.network, n.samples(5));
  std::size_t activations = 0;
  for (std::size_t i = 0; i < bench.calibrated->observations.size(); ++i) {
    const auto counted = bench.calibrated->observations[i].histogram.count();
    if (counted == 0) continue;
    ++activations;
    const Tensor& tensor = tensor_of(bench.network, static_cast<std::int32_t>(i));
    CHECK(counted == 5 * static_cast<std::uint64_t>(shape_of(tensor).size()));
  }
  CHECK(activations == 6);
}

TEST_CASE("scales follow the rules of the operators") {
  Classifier given;
  const Bench bench(given.network, given.samples(8));
  const Quantized quantized = bench.quantize(bench.recipe());
  const auto form = [&](std::int32_t tensor) {
    const Tensor& found = became(quantized, find(bench.network, name_in(given, tensor)));
    return std::pair(found.quantization->scale[0], found.quantization->zero_point[0]);
  };
  CHECK(form(given.pooled) == form(given.convolved));
  CHECK(form(given.flat) == form(given.convolved));
  CHECK(form(given.convolved).second == -128);  // behind a RELU nothing is below 0
  CHECK(form(given.classes) == std::pair(1.0f / 256, std::int64_t{-128}));
  CHECK(bench.signal_to_noise(quantized) >= 25);
  const Network& integers = quantized.integers.network;
  CHECK(graph_of(integers).operators.size() == 5);
  const Operation& convolution = *graph_of(integers).operators[0];
  const Tensor &weights = tensor_of(integers, convolution.inputs[1]),
               &bias = tensor_of(integers, convolution.inputs[2]);
  REQUIRE(weights.quantization->scale.size() == 4);
  CHECK(bias.quantization->scale[1] == form(given.image).first * weights.quantization->scale[1]);
  CHECK(bias.type == schema::TensorType_INT32);
  const Operation& dense = *graph_of(integers).operators[3];
  CHECK(tensor_of(integers, dense.inputs[1]).quantization->scale.size() == 1);
}

TEST_CASE("one layer or all of them compute in 16x8") {
  Classifier given;
  const Bench bench(given.network, given.samples(8));
  const double of_bytes = bench.signal_to_noise(bench.recipe());
  CHECK(bench.signal_to_noise(bench.recipe({.bits = 16})) >= of_bytes + 6);
  Recipe mixed = bench.recipe();
  for (const auto tensor : {given.scores, given.classes}) {
    mixed.choices[static_cast<std::size_t>(find(bench.network, name_in(given, tensor)))].bits = 16;
  }
  const Quantized quantized = bench.quantize(mixed);
  CHECK(count(quantized.integers.network, "QUANTIZE") == 1);
  CHECK(bench.signal_to_noise(quantized) > of_bytes);
  const Truth truth(bench.network, *bench.evaluator, bench.samples, {});
  const auto suggestions = suggest(bench.network, bench.quantize(bench.recipe()).plan, {}, truth);
  REQUIRE(suggestions);
  REQUIRE(suggestions->size() == 3);
  CHECK((*suggestions)[0].gain >= (*suggestions)[1].gain);
}

TEST_CASE("float edges are QUANTIZE and DEQUANTIZE") {
  Classifier given;
  const Bench bench(given.network, given.samples(4));
  Recipe recipe = bench.recipe();
  const double inside = bench.signal_to_noise(recipe);
  recipe.options.float_edges = true;
  const Quantized quantized = bench.quantize(recipe);
  const Network& integers = quantized.integers.network;
  CHECK(count(integers, "QUANTIZE") == 1);
  CHECK(count(integers, "DEQUANTIZE") == 1);
  CHECK(tensor_of(integers, graph_of(integers).inputs[0]).type == schema::TensorType_FLOAT32);
  CHECK(bench.signal_to_noise(quantized) == Approx(inside).margin(1e-6));
}

TEST_CASE("what is joined has one scale, by QUANTIZE where others read it too") {
  NetworkBuilder n;
  const auto a = n.input({1, 4}), b = n.input({1, 4});
  const auto small = n.operation(schema::BuiltinOperator_MUL, {a, n.constant({1}, {0.1f})}, {1, 4});
  const auto large = n.operation(schema::BuiltinOperator_MUL, {b, n.constant({1}, {3})}, {1, 4});
  schema::ConcatenationOptionsT axis;
  axis.axis = 1;
  n.output(n.operation(schema::BuiltinOperator_CONCATENATION, {small, large}, {1, 8}, axis));
  const bool is_shared = GENERATE(false, true);
  if (is_shared) n.output(n.operation(schema::BuiltinOperator_ABS, {small}, {1, 4}));
  const Bench bench(n.network, n.samples(8));
  const Quantized quantized = bench.quantize(bench.recipe());
  CHECK(count(quantized.integers.network, "QUANTIZE") == (is_shared ? 1 : 0));
  CHECK(bench.signal_to_noise(quantized) >= 30);
}

TEST_CASE("configurations choose for tensors, by name, number and operator") {
  Classifier given;
  const Bench bench(given.network, given.samples(2));
  const auto read = [&](const std::string& text) {
    return read_configuration(bench.network, {.method = Method::percentile}, text);
  };
  const auto image = static_cast<std::size_t>(find(bench.network, name_in(given, given.image)));
  const auto classes = static_cast<std::size_t>(find(bench.network, name_in(given, given.classes)));
  const auto choices = read(R"({"bits": 16, "tensors": {"SOFTMAX": {"bits": 8},)"
                            R"( "tensor 0": {"method": "entropy", "range": [-1, 2]}}})");
  REQUIRE(choices);
  CHECK((*choices)[image].range == octet::RealRange{-1, 2});
  CHECK((*choices)[image].method == Method::entropy);
  CHECK((*choices)[image].bits == 16);
  CHECK((*choices)[classes].bits == 8);
  CHECK((*choices)[classes].method == Method::percentile);
  for (const char* const wrong :
       {"[", "[]", R"({"bits": 9})", R"({"method": "best"})", R"({"percentile": 0})",
        R"({"tensors": {"none": {"bits": 8}}})", R"({"tensors": {"0": {"range": [2, 1]}}})",
        R"({"tensors": {"0": {"scale": 1}}})"}) {
    CAPTURE(wrong);
    CHECK_FALSE(read(wrong));
  }
}

TEST_CASE("calibration caches keep ranges, of equal size on both sides") {
  Classifier given;
  const Bench bench(given.network, given.samples(4));
  Recipe recipe = bench.recipe();
  const std::vector<octet::RealRange> ranges = choose_ranges(*bench.calibrated, recipe);
  const auto text = octet::write_calibration_cache(to_cache(bench.network, ranges, Method::minmax));
  recipe.cache = octet::read_calibration_cache(text);
  REQUIRE(recipe.cache);
  const std::vector<octet::RealRange> read = choose_ranges(*bench.calibrated, recipe);
  REQUIRE(read.size() == ranges.size());
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    CHECK(read[i].largest() == Approx(ranges[i].largest()));
    CHECK(read[i].min == -read[i].max);
  }
  CHECK(bench.signal_to_noise(recipe) >= 18);
}

TEST_CASE("all that has no integer form is named at once") {
  NetworkBuilder n;
  const auto x = n.input({1, 4});
  const auto sine = n.operation(schema::BuiltinOperator_SIN, {x}, {1, 4});
  const auto sum = n.operation(schema::BuiltinOperator_FULLY_CONNECTED, {sine, n.input({3, 4})},
                               {1, 3}, schema::FullyConnectedOptionsT());
  n.output(n.operation(schema::BuiltinOperator_COS, {sum}, {1, 3}));
  const auto error = check_operators(n.network);
  REQUIRE(error);
  CHECK(error->message ==
        "operator 0 (SIN) has no integer form; operator 1 (FULLY_CONNECTED) has weights that are "
        "no constant; operator 2 (COS) has no integer form");
}

TEST_CASE("weights that are tiny beside their bias get scales with which it fits") {
  NetworkBuilder n;
  const auto x = n.input({1, 4});
  n.output(n.operation(schema::BuiltinOperator_FULLY_CONNECTED,
                       {x, n.random({3, 4}, 1e-8f), n.constant({3}, {5, -7, 2})}, {1, 3},
                       schema::FullyConnectedOptionsT()));
  const Bench bench(n.network, n.samples(4));
  const Quantized quantized = bench.quantize(bench.recipe());
  const Network& integers = quantized.integers.network;
  const auto bias = values_of<std::int32_t>(integers, graph_of(integers).operators[0]->inputs[2]);
  CHECK(std::abs(bias[1] - -(1 << 30)) <= 64);
  CHECK(bench.signal_to_noise(quantized) >= 40);
}

TEST_CASE("normalization keeps what networks compute") {
  NetworkBuilder n;
  const auto x = n.input({1, 4, 4, 3});
  schema::Conv2DOptionsT options;
  options.stride_h = options.stride_w = 1;
  std::size_t left = 1;  // operators
  SECTION("batch normalization and an activation behind a convolution") {
    auto y = n.operation(schema::BuiltinOperator_CONV_2D, {x, n.random({5, 3, 3, 3}), kAbsent},
                         {1, 4, 4, 5}, options);
    y = n.operation(schema::BuiltinOperator_MUL, {y, n.random({5})}, {1, 4, 4, 5},
                    schema::MulOptionsT());
    y = n.operation(schema::BuiltinOperator_ADD, {n.random({1, 1, 1, 5}), y}, {1, 4, 4, 5},
                    schema::AddOptionsT());
    y = n.operation(schema::BuiltinOperator_SUB, {y, n.random({5})}, {1, 4, 4, 5},
                    schema::SubOptionsT());
    n.output(n.operation(schema::BuiltinOperator_RELU, {y}, {1, 4, 4, 5}));
  }
  SECTION("not what others read too") {
    const auto y = n.operation(schema::BuiltinOperator_CONV_2D,
                               {x, n.random({5, 3, 3, 3}), kAbsent}, {1, 4, 4, 5}, options);
    n.output(n.operation(schema::BuiltinOperator_MUL, {y, n.random({5})}, {1, 4, 4, 5},
                         schema::MulOptionsT()));
    n.output(n.operation(schema::BuiltinOperator_RELU, {y}, {1, 4, 4, 5}));
    left = 3;
  }
  auto before = FloatEvaluator::create(n.network);
  REQUIRE(before);
  const Sample sample = n.samples(1)[0];
  before->run(sample);
  Network normal = n.network;
  REQUIRE_FALSE(normalize(normal));
  CHECK(graph_of(normal).operators.size() == left);
  auto after = FloatEvaluator::create(normal);
  REQUIRE(after);
  after->run(sample);
  for (std::size_t i = 0; i < graph_of(normal).outputs.size(); ++i) {
    CHECK(octet::signal_to_noise(before->values(graph_of(n.network).outputs[i]),
                                 after->values(graph_of(normal).outputs[i])) > 100);
  }
}

TEST_CASE("constants of other types become float32, and fake quantization goes") {
  NetworkBuilder n;
  const auto x = n.input({1, 2});
  const auto quantized = n.activation({1, 2}), real = n.activation({1, 2});
  n.operation_to(schema::BuiltinOperator_QUANTIZE, {x}, {quantized});
  n.operation_to(schema::BuiltinOperator_DEQUANTIZE, {quantized}, {real});
  tensor_of(n.network, quantized).type = schema::TensorType_INT8;
  const auto bytes = n.activation({2, 2});
  set_values(n.network, bytes, std::vector<std::int8_t>{2, -4, 6, 127});
  tensor_of(n.network, bytes).type = schema::TensorType_INT8;
  tensor_of(n.network, bytes).quantization = std::make_unique<schema::QuantizationParametersT>();
  tensor_of(n.network, bytes).quantization->scale = {0.5f};
  const auto halves = n.activation({2}), bias = n.activation({2});
  // 1.5 and -2^-24, the least number of float16.
  set_values(n.network, halves, std::vector<std::uint16_t>{0x3E00, 0x8001});
  tensor_of(n.network, halves).type = schema::TensorType_FLOAT16;
  n.operation_to(schema::BuiltinOperator_DEQUANTIZE, {halves}, {bias});
  n.output(n.operation(schema::BuiltinOperator_FULLY_CONNECTED, {real, bytes, bias}, {1, 2},
                       schema::FullyConnectedOptionsT()));
  REQUIRE_FALSE(normalize(n.network));
  REQUIRE(graph_of(n.network).operators.size() == 1);
  const Operation& layer = *graph_of(n.network).operators[0];
  CHECK(layer.inputs[0] == graph_of(n.network).inputs[0]);
  CHECK(values_of<float>(n.network, layer.inputs[1]) == std::vector<float>{1, -2, 3, 63.5f});
  CHECK(values_of<float>(n.network, layer.inputs[2]) == std::vector<float>{1.5f, -0x1p-24f});
}

TEST_CASE("networks whose parts do not fit are refused before anything runs") {
  Classifier n;
  Graph& graph = graph_of(n.network);
  Operation& convolution = *graph.operators[0];
  SECTION("a bias with too many values") { convolution.inputs[2] = n.random({9}); }
  SECTION("weights of another rank") { convolution.inputs[1] = n.random({4, 27}); }
  SECTION("no weights") { convolution.inputs.resize(1); }
  SECTION("an input of another shape") { tensor_of(n.network, n.image).shape = {1, 6, 6, 2}; }
  SECTION("an output of another shape") { tensor_of(n.network, n.pooled).shape = {1, 9, 9, 4}; }
  SECTION("integers already") { tensor_of(n.network, n.scores).type = schema::TensorType_INT8; }
  SECTION("no inputs") { graph.operators[4]->inputs.clear(); }
  const auto error = normalize(n.network);
  CHECK((error || !FloatEvaluator::create(n.network)));
}
