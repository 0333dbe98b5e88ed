// SPDX-License-Identifier: Apache-2.0
// One hash for every operation and rounding, the same on every backend and every architecture: the
// outputs of fixed layers on random operands. A hash that changes is a change of somebody's bits.
//
// A new operation gets a line here and one in hashes.hpp; the failure prints the hash.
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "hashes.hpp"
#include "octet/hosted/aligned_buffer.hpp"
#include "octet/octet.hpp"
#include "octet/quantize/binary.hpp"
#include "octet/quantize/multiplier.hpp"
#include "octet/quantize/reduce.hpp"
#include "octet/quantize/rows.hpp"
#include "octet/quantize/unary.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"

namespace {

using octet::Rounding;
using octet::Shape;

constexpr std::uint64_t kSeed = 14;  // another one gives other hashes

// FNV-1a over little-endian elements.
template <class T>
std::uint64_t fnv1a(const std::vector<T>& values) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const T value : values) {
    for (std::size_t byte = 0; byte < sizeof(T); ++byte) {
      hash = (hash ^ (static_cast<std::uint64_t>(value) >> (8 * byte) & 0xFF)) * 0x100000001B3;
    }
  }
  return hash;
}

// What is left of a layer once its operation has been chosen: its backend and its rounding.
struct Layer {
  const octet::Backend& backend;
  Rounding rounding;
};

// The hash of a prepared operation's output for random inputs.
template <class Out, class... In, class Prepared, class... Sizes>
std::uint64_t run(const octet::Result<Prepared>& operation, std::int64_t outputs, Sizes... inputs) {
  REQUIRE(operation.status().code == octet::StatusCode::ok);
  Random random(kSeed);
  std::vector<Out> output(static_cast<std::size_t>(outputs));
  const auto bind = [&](const auto&... values) {
    if constexpr (requires { operation->scratch_bytes(); }) {
      octet::AlignedBuffer scratch(operation->scratch_bytes());
      const auto bound =
          operation->bind(std::span<const In>(values)..., std::span<Out>(output), scratch.span());
      REQUIRE(bound);
      bound->run();
    } else {
      const auto bound = operation->bind(std::span<const In>(values)..., std::span<Out>(output));
      REQUIRE(bound);
      bound->run();
    }
  };
  // In braces, which are evaluated in order.
  std::apply(bind, std::tuple<std::vector<In>...>{random.vector<In>(inputs)...});
  return fnv1a(output);
}

// A product: weights, and factors of its channels that leave some outputs within their type.
template <class Operation, class In, class Out, class Bias, class Params>
std::uint64_t product(const Layer& layer, Params params, std::int64_t weights,
                      std::int32_t channels, std::int64_t inputs, std::int64_t outputs) {
  Random random(kSeed + 1);
  const auto filter = random.vector<std::int8_t>(weights);
  std::vector<Bias> bias;
  std::vector<std::int32_t> multiplier, shift;
  for (std::int32_t c = 0; c < channels; ++c) {
    bias.push_back(random.in(-20000, 20000));
    multiplier.push_back(random.in(1 << 30, std::numeric_limits<std::int32_t>::max()));
    shift.push_back(random.in(-12, -6));
  }
  params.output = {.zero_point = sizeof(In) == 2 ? 0 : 7,
                   .multiplier = multiplier,
                   .shift = shift,
                   .rounding = layer.rounding};
  octet::AlignedBuffer packed(Operation::packed_bytes(params, layer.backend));
  return run<Out, In>(Operation::prepare(params, filter, bias, packed.span(), layer.backend),
                      outputs, inputs);
}

template <class In, class Out = In, class Bias = std::int32_t>
std::uint64_t gemm(const Layer& layer) {
  const octet::GemmParams params{.m = 37, .n = 83, .k = 61};
  return product<octet::Gemm<In, Out, Bias>, In, Out, Bias>(layer, params, 61 * 83, 83, 37 * 61,
                                                            37 * 83);
}

template <class In, class Bias = std::int32_t>
std::uint64_t conv2d(const Layer& layer) {
  const octet::Conv2dParams params{.input = {{1, 13, 11, 19}, sizeof(In) == 2 ? 0 : 5},
                                   .filter = {35, 3, 3, 19},
                                   .stride = {2, 1},
                                   .padding = {1, 1, 1, 1}};
  return product<octet::Conv2d<In, In, Bias>, In, In, Bias>(layer, params, params.filter.size(), 35,
                                                            params.input.shape.size(),
                                                            output_shape(params).size());
}

template <class In, class Bias = std::int32_t>
std::uint64_t depthwise_conv2d(const Layer& layer) {
  const octet::DepthwiseConv2dParams params{.input = {{1, 15, 12, 70}, sizeof(In) == 2 ? 0 : 5},
                                            .filter = {3, 3},
                                            .padding = {1, 1, 1, 1}};
  return product<octet::DepthwiseConv2d<In, In, Bias>, In, In, Bias>(
      layer, params, 9 * 70, 70, params.input.shape.size(), output_shape(params).size());
}

std::uint64_t transpose_conv2d(const Layer& layer) {
  const octet::TransposeConv2dParams params{.input = {{1, 7, 6, 19}, 5},
                                            .filter = {35, 3, 3, 19},
                                            .stride = {2, 1},
                                            .padding = {1, 1, 1, 1}};
  return product<octet::TransposeConv2d<std::int8_t>, std::int8_t, std::int8_t, std::int32_t>(
      layer, params, params.filter.size(), 35, params.input.shape.size(),
      output_shape(params).size());
}

std::uint64_t batch_matmul(const Layer& layer) {
  const octet::BatchMatmulParams params{
      .input1 = {.shape = {3, {3, 17, 29}}, .zero_point = 5},
      .input2 = {.shape = {2, {29, 35}}, .zero_point = -7},
      .output = {.zero_point = 3, .rescale = {1500000000, -8}, .rounding = layer.rounding}};
  return run<std::int8_t, std::int8_t, std::int8_t>(
      octet::BatchMatmul<std::int8_t>::prepare(params, layer.backend), 3 * 17 * 35, 3 * 17 * 29,
      29 * 35);
}

// Three steps of a sequence.
std::uint64_t svdf(const Layer& layer) {
  octet::SvdfParams params{.batches = 2, .inputs = 19, .filters = 34, .rank = 2, .memory = 7};
  params.input.zero_point = 3;
  params.state.rescale = {1500000000, -5};
  params.output = {.zero_point = 5, .rescale = {1300000000, -17}, .rounding = layer.rounding};
  using Svdf = octet::Svdf<std::int16_t>;
  Random random(kSeed);
  const auto feature = random.vector<std::int8_t>(34 * 19);
  const auto time = random.vector<std::int16_t>(34 * 7);
  std::vector<std::int32_t> bias;
  for (int i = 0; i < 17; ++i) bias.push_back(random.in(-20000, 20000));
  octet::AlignedBuffer packed(Svdf::packed_bytes(params, layer.backend));
  const auto operation = Svdf::prepare(params, {feature, time, bias}, packed.span(), layer.backend);
  REQUIRE(operation);
  octet::AlignedBuffer scratch(operation->scratch_bytes());
  std::vector<std::int16_t> state(2 * 34 * 7);
  std::vector<std::int8_t> outputs, output(2 * 17);
  for (int step = 0; step < 3; ++step) {
    const auto input = random.vector<std::int8_t>(2 * 19);
    const auto bound = operation->bind(input, state, output, scratch.span());
    REQUIRE(bound);
    bound->run();
    outputs.insert(outputs.end(), output.begin(), output.end());
  }
  return fnv1a(outputs);
}

// Three runs over a sequence.
template <class T>
std::uint64_t lstm(const Layer& layer) {
  using Lstm = octet::UnidirectionalSequenceLstm<T>;
  constexpr std::int32_t kRows = 4 * 11;
  octet::LstmParams params{.batches = 2, .steps = 3, .inputs = 19, .hidden = 11};
  params.input.zero_point = sizeof(T) == 2 ? 0 : 3;
  params.cell = {
      .scale_power = -11, .forget = {1 << 30, -14}, .input = {1500000000, -17}, .clip = 20000};
  params.output = {.zero_point = sizeof(T) == 2 ? 0 : 5,
                   .rescale = {1300000000, sizeof(T) == 2 ? -15 : -22},
                   .rounding = layer.rounding};
  Random random(kSeed);
  std::vector<std::int32_t> multiplier, shift;
  std::vector<octet::detail::BiasOf<T>> bias;
  for (std::int32_t row = 0; row < kRows; ++row) {
    multiplier.push_back(random.in(1 << 30, std::numeric_limits<std::int32_t>::max()));
    shift.push_back(random.in(-4, -2) - (sizeof(T) == 2 ? 8 : 0));
    bias.push_back(random.in(-20000, 20000));
  }
  params.input_gates = params.recurrent_gates = {multiplier, shift};
  const auto input_weights = random.vector<std::int8_t>(kRows * 19);
  const auto recurrent_weights = random.vector<std::int8_t>(kRows * 11);
  octet::AlignedBuffer packed(Lstm::packed_bytes(params, layer.backend));
  const auto operation =
      Lstm::prepare(params, {input_weights, recurrent_weights, bias}, packed.span(), layer.backend);
  REQUIRE(operation);
  octet::AlignedBuffer scratch(operation->scratch_bytes());
  std::vector<T> hidden(2 * 11), outputs, output(2 * 3 * 11);
  std::vector<std::int16_t> cell(2 * 11);
  for (int run = 0; run < 3; ++run) {
    const auto input = random.vector<T>(2 * 3 * 19);
    const auto bound = operation->bind(input, hidden, cell, output, scratch.span());
    REQUIRE(bound);
    bound->run();
    outputs.insert(outputs.end(), output.begin(), output.end());
  }
  return fnv1a(outputs);
}

std::uint64_t fully_connected(const Layer& layer) {
  const octet::FullyConnectedParams params{
      .batches = 5, .inputs = 61, .outputs = 83, .input = {3}, .filter = {-2}};
  return product<octet::FullyConnected<std::int8_t>, std::int8_t, std::int8_t, std::int32_t>(
      layer, params, 61 * 83, 83, 5 * 61, 5 * 83);
}

std::uint64_t layer_normalization(const Layer& layer) {
  Random random(kSeed + 1);
  const auto weight = random.vector<std::int8_t>(301);
  const auto params = octet::layer_normalization_params({2, {5, 301}}, {0.05f, 3}, weight, 0.01f,
                                                        {}, {0.04f, 5}, 0, layer.rounding);
  return run<std::int8_t, std::int8_t>(
      octet::LayerNormalization<std::int8_t>::prepare(params, layer.backend), 5 * 301, 5 * 301);
}

// Operations of two inputs with broadcasting, from scales.
template <template <class> class Binary, class T, auto params_of>
std::uint64_t binary(const Layer& layer) {
  const std::int32_t zero_point = sizeof(T) == 2 ? 0 : 9;
  const auto params = params_of({.shape1 = {3, {5, 7, 33}},
                                 .input1 = {0.05f, zero_point},
                                 .shape2 = {2, {7, 1}},
                                 .input2 = {0.03f, 2 * zero_point},
                                 .output = {0.06f, zero_point},
                                 .rounding = layer.rounding});
  return run<T, T, T>(Binary<T>::prepare(params, layer.backend), 5 * 7 * 33, 5 * 7 * 33, 7);
}

template <class In, class Out>
std::uint64_t requantize(const Layer& layer) {
  const auto params =
      octet::requantize_params({1, {1001}}, {0.02f, 3}, {0.031f, 5}, layer.rounding);
  return run<Out, In>(octet::Requantize<In, Out>::prepare(params, layer.backend), 1001, 1001);
}

template <class T>
std::uint64_t leaky_relu(const Layer& layer) {
  const auto params =
      octet::leaky_relu_params({1, {1001}}, 0.3f, {0.02f, 3}, {0.031f, 5}, layer.rounding);
  return run<T, T>(octet::LeakyRelu<T>::prepare(params, layer.backend), 1001, 1001);
}

// Functions of int16 that are interpolated.
template <class Sigmoid, class Params>
std::uint64_t sigmoid(const Layer& layer, const Params& params) {
  return run<std::int16_t, std::int16_t>(Sigmoid::prepare(params, layer.backend), 1001, 1001);
}

template <class T>
std::uint64_t mean(const Layer& layer) {
  octet::MeanParams params{.input = {{4, {3, 7, 5, 21}}, 4}, .reduce = {false, true, true}};
  params.output = {.zero_point = 6,
                   .rescale = octet::mean_multiplier(0.05f, 0.02f, 35, layer.rounding),
                   .rounding = layer.rounding};
  return run<T, T>(octet::Mean<T>::prepare(params, layer.backend), 63, 3 * 7 * 5 * 21);
}

std::uint64_t sum(const Layer& layer) {
  octet::SumParams params{.input = {{3, {9, 7, 21}}, 4}, .reduce = {false, true}};
  params.output = {.zero_point = 6,
                   .rescale = octet::rescale_multiplier(0.05f, 0.4f, layer.rounding),
                   .rounding = layer.rounding};
  return run<std::int8_t, std::int8_t>(octet::Sum<std::int8_t>::prepare(params, layer.backend), 189,
                                       9 * 7 * 21);
}

std::uint64_t add_n(const Layer& layer) {
  const auto operation = octet::AddN<std::int8_t>::prepare(
      octet::add_n_params<std::int8_t>({1, {1001}}, 3, {0.02f, 3}, {0.05f, 5}, layer.rounding),
      layer.backend);
  REQUIRE(operation);
  Random random(kSeed);
  std::vector<std::vector<std::int8_t>> inputs;
  for (int i = 0; i < 3; ++i) inputs.push_back(random.vector<std::int8_t>(1001));
  std::vector<std::int8_t> output(1001);
  const std::span<const std::int8_t> spans[] = {inputs[0], inputs[1], inputs[2]};
  const auto bound = operation->bind(spans, output);
  REQUIRE(bound);
  bound->run();
  return fnv1a(output);
}

std::uint64_t cumsum(const Layer& layer) {
  const auto params =
      octet::cumsum_params({3, {9, 7, 21}}, {0.05f, 4}, {0.1f, 6}, 1, true, true, layer.rounding);
  return run<std::int8_t, std::int8_t>(octet::Cumsum<std::int8_t>::prepare(params), 9 * 7 * 21,
                                       9 * 7 * 21);
}

octet::Resize2dParams resize_params(const Layer& layer) {
  return {.input = {{1, 13, 12, 37}},
          .size = {17, 29},
          .half_pixel_centers = true,
          .rounding = layer.rounding};
}

std::uint64_t resize_bilinear(const Layer& layer) {
  const auto params = resize_params(layer);
  return run<std::int8_t, std::int8_t>(
      octet::ResizeBilinear<std::int8_t>::prepare(params, layer.backend),
      output_shape(params).size(), params.input.shape.size());
}

// Operations that need no backend.
template <class Operation, class Out, class In, class Params>
std::uint64_t plain(const Params& params) {
  return run<Out, In>(Operation::prepare(params), output_shape(params).size(),
                      params.input.shape.size());
}

// Elements of int8 that move.
template <template <class> class Move, class Params>
std::uint64_t move(const Params& params) {
  return plain<Move<std::int8_t>, std::int8_t, std::int8_t>(params);
}

std::uint64_t concat(const Layer&) {
  const octet::Operand operands[] = {{.shape = {2, {9, 7}}}, {.shape = {2, {9, 21}}}};
  const auto operation = octet::Concat<std::int8_t>::prepare({.inputs = operands, .axis = 1});
  REQUIRE(operation);
  Random random(kSeed);
  const auto first = random.vector<std::int8_t>(9 * 7), second = random.vector<std::int8_t>(9 * 21);
  std::vector<std::int8_t> output(9 * 28);
  const std::span<const std::int8_t> spans[] = {first, second};
  const auto bound = operation->bind(spans, output);
  REQUIRE(bound);
  bound->run();
  return fnv1a(output);
}

std::uint64_t split(const Layer&) {
  const std::int32_t sizes[] = {7, 21};
  const auto operation = octet::Split<std::int8_t>::prepare(
      {.input = {.shape = {2, {9, 28}}}, .axis = 1, .sizes = sizes});
  REQUIRE(operation);
  Random random(kSeed);
  const auto input = random.vector<std::int8_t>(9 * 28);
  std::vector<std::int8_t> output(9 * 28);
  const std::span<std::int8_t> whole(output);
  const std::span<std::int8_t> spans[] = {whole.first(9 * 7), whole.subspan(9 * 7)};
  const auto bound = operation->bind(input, spans);
  REQUIRE(bound);
  bound->run();
  return fnv1a(output);
}

template <octet::Comparison kind>
std::uint64_t compare(const Layer& layer) {
  return run<std::uint8_t, std::int8_t, std::int8_t>(
      octet::Compare<kind, std::int8_t>::prepare(
          octet::comparison_params({3, {5, 7, 33}}, {0.05f, 3}, {2, {7, 1}}, {0.03f, 6}),
          layer.backend),
      5 * 7 * 33, 5 * 7 * 33, 7);
}

template <class Pool>
std::uint64_t pool(const Layer& layer) {
  const octet::Pool2dParams params{
      .input = {{1, 13, 12, 37}}, .filter = {3, 2}, .stride = {2, 2}, .padding = {1, 1, 0, 0}};
  return run<std::int8_t, std::int8_t>(Pool::prepare(params, layer.backend),
                                       output_shape(params).size(), params.input.shape.size());
}

template <class Table, class Out = std::int8_t, class Params>
std::uint64_t table(const Layer& layer, const Params& params) {
  octet::AlignedBuffer packed(Table::packed_bytes(params));
  return run<Out, std::int8_t>(Table::prepare(params, packed.span(), layer.backend),
                               params.input.shape.size(), params.input.shape.size());
}

template <class Out>
std::uint64_t softmax(const Layer& layer) {
  const auto scaling = octet::preprocess_softmax_scaling(1.0, 0.06);
  const octet::SoftmaxParams params{.input = {{2, {9, 101}}, 0, scaling.rescale},
                                    .diff_min = scaling.diff_min};
  return table<octet::Softmax<std::int8_t, Out>, Out>(layer, params);
}

using Hash = std::uint64_t (*)(const Layer& layer);
// clang-format off
const std::map<std::string, Hash> kRounded = {
    {"gemm int8", gemm<std::int8_t>},
    {"gemm uint8", gemm<std::uint8_t>},
    {"gemm int8 to int16", gemm<std::int8_t, std::int16_t>},
    {"conv2d int8", conv2d<std::int8_t>},
    {"depthwise_conv2d int8", depthwise_conv2d<std::int8_t>},
    {"add int8", binary<octet::Add, std::int8_t, octet::add_params<std::int8_t>>},
    {"add int16", binary<octet::Add, std::int16_t, octet::add_params<std::int16_t>>},
    {"sub int8", binary<octet::Sub, std::int8_t, octet::sub_params<std::int8_t>>},
    {"mul int8", binary<octet::Mul, std::int8_t, octet::mul_params<std::int8_t>>},
    {"squared_difference int8", binary<octet::SquaredDifference, std::int8_t, octet::squared_difference_params<std::int8_t>>},
    {"div int8", binary<octet::Div, std::int8_t, octet::div_params<std::int8_t>>},
    {"prelu int8", binary<octet::Prelu, std::int8_t, octet::prelu_params<std::int8_t>>},
    {"leaky_relu int8", leaky_relu<std::int8_t>},
    {"leaky_relu int16", leaky_relu<std::int16_t>},
    {"requantize int8", requantize<std::int8_t, std::int8_t>},
    {"requantize int16 to int8", requantize<std::int16_t, std::int8_t>},
    {"mean int8", mean<std::int8_t>},
    {"mean int16", mean<std::int16_t>},
    {"sum int8", sum},
    {"cumsum int8", cumsum},
    {"resize_bilinear int8", resize_bilinear},
    {"transpose_conv2d int8", transpose_conv2d},
    {"batch_matmul int8", batch_matmul},
    {"svdf int8", svdf},
    {"unidirectional_sequence_lstm int8", lstm<std::int8_t>},
    {"unidirectional_sequence_lstm int16", lstm<std::int16_t>},
    {"fully_connected int8", fully_connected},
    {"add_n int8", add_n},
    {"relu int8", [](const Layer& layer) { return run<std::int8_t, std::int8_t>(octet::Relu<std::int8_t>::prepare(octet::relu_params<std::int8_t>({1, {1001}}, {0.02f, 3}, {0.031f, 5}, octet::Activation::relu, layer.rounding), layer.backend), 1001, 1001); }},
    {"layer_normalization int8", layer_normalization},
    {"abs int8", [](const Layer& layer) { return run<std::int8_t, std::int8_t>(octet::Abs<std::int8_t>::prepare(octet::abs_params({1, {1001}}, {0.02f, 3}, {0.031f, 5}, layer.rounding), layer.backend), 1001, 1001); }},
};
const std::map<std::string, Hash> kUnrounded = {
    {"gemm int16x8", gemm<std::int16_t, std::int16_t, std::int64_t>},
    {"conv2d int16x8", conv2d<std::int16_t, std::int64_t>},
    {"depthwise_conv2d int16x8", depthwise_conv2d<std::int16_t, std::int64_t>},
    {"average_pool2d int8", pool<octet::AveragePool2d<std::int8_t>>},
    {"max_pool2d int8", pool<octet::MaxPool2d<std::int8_t>>},
    {"resize_nearest_neighbor int8", [](const Layer& layer) { return plain<octet::ResizeNearestNeighbor<std::int8_t>, std::int8_t, std::int8_t>(resize_params(layer)); }},
    {"reduce_max int8", [](const Layer& layer) { return run<std::int8_t, std::int8_t>(octet::ReduceMax<std::int8_t>::prepare({.input = {{3, {9, 7, 21}}}, .reduce = {false, true}}, layer.backend), 189, 9 * 7 * 21); }},
    {"maximum int8", [](const Layer& layer) { return run<std::int8_t, std::int8_t, std::int8_t>(octet::Maximum<std::int8_t>::prepare({.input1 = {.shape = {3, {5, 7, 33}}}, .input2 = {.shape = {2, {7, 1}}}}, layer.backend), 5 * 7 * 33, 5 * 7 * 33, 7); }},
    {"minimum int8", [](const Layer& layer) { return run<std::int8_t, std::int8_t, std::int8_t>(octet::Minimum<std::int8_t>::prepare({.input1 = {.shape = {3, {5, 7, 33}}}, .input2 = {.shape = {2, {7, 1}}}}, layer.backend), 5 * 7 * 33, 5 * 7 * 33, 7); }},
    {"reduce_min int8", [](const Layer& layer) { return run<std::int8_t, std::int8_t>(octet::ReduceMin<std::int8_t>::prepare({.input = {{3, {9, 7, 21}}}, .reduce = {false, true}}, layer.backend), 189, 9 * 7 * 21); }},
    {"equal int8", compare<octet::Comparison::equal>},
    {"not_equal int8", compare<octet::Comparison::not_equal>},
    {"less int8", compare<octet::Comparison::less>},
    {"less_equal int8", compare<octet::Comparison::less_equal>},
    {"greater int8", compare<octet::Comparison::greater>},
    {"greater_equal int8", compare<octet::Comparison::greater_equal>},
    {"concat int8", concat},
    {"split int8", split},
    {"strided_slice int8", [](const Layer&) { return move<octet::StridedSlice>(octet::StridedSliceParams{.input = {.shape = {2, {9, 70}}}, .begin = {1, 60}, .extent = {4, 20}, .stride = {2, -3}}); }},
    {"pad int8", [](const Layer&) { return move<octet::Pad>(octet::PadParams{.input = {.shape = {2, {9, 70}}}, .before = {1, 2}, .after = {3, 4}, .value = 5}); }},
    {"mirror_pad int8", [](const Layer&) { return move<octet::MirrorPad>(octet::MirrorPadParams{.input = {.shape = {2, {9, 70}}}, .before = {1, 2}, .after = {3, 4}}); }},
    {"space_to_depth int8", [](const Layer&) { return move<octet::SpaceToDepth>(octet::SpaceToDepthParams{.input = {.shape = {1, 6, 8, 5}}, .block_size = 2}); }},
    {"depth_to_space int8", [](const Layer&) { return move<octet::DepthToSpace>(octet::DepthToSpaceParams{.input = {.shape = {1, 3, 4, 20}}, .block_size = 2}); }},
    {"space_to_batch_nd int8", [](const Layer&) { return move<octet::SpaceToBatchNd>(octet::SpaceToBatchNdParams{.input = {.shape = {3, {2, 5, 7}}}, .block = {1, 3, 1}, .before = {0, 1}, .value = 5}); }},
    {"batch_to_space_nd int8", [](const Layer&) { return move<octet::BatchToSpaceNd>(octet::BatchToSpaceNdParams{.input = {.shape = {3, {6, 5, 7}}}, .block = {1, 3, 1}, .before = {0, 1}}); }},
    {"reverse int8", [](const Layer&) { return move<octet::Reverse>(octet::ReverseParams{.input = {.shape = {3, {3, 5, 7}}}, .reverse = {true, false, true}}); }},
    {"tile int8", [](const Layer&) { return move<octet::Tile>(octet::TileParams{.input = {.shape = {2, {5, 7}}}, .multiples = {2, 3}}); }},
    {"broadcast_to int8", [](const Layer&) { return move<octet::BroadcastTo>(octet::BroadcastToParams{.input = {.shape = {2, {5, 1}}}, .shape = {3, {2, 5, 7}}}); }},
    {"gather int8", [](const Layer&) { return run<std::int8_t, std::int8_t, std::int32_t>(octet::Gather<std::int8_t>::prepare({.input = {.shape = {2, {9, 7}}}, .indices = {1, {5}}}), 35, 63, 5); }},
    {"gather_nd int8", [](const Layer&) { return run<std::int8_t, std::int8_t, std::int32_t>(octet::GatherNd<std::int8_t>::prepare({.input = {.shape = {2, {9, 7}}}, .indices = {2, {5, 1}}}), 35, 63, 5); }},
    {"select int8", [](const Layer&) { return run<std::int8_t, std::uint8_t, std::int8_t, std::int8_t>(octet::Select<std::int8_t>::prepare({.condition = {1, {7}}, .input1 = {.shape = {2, {9, 1}}}, .input2 = {.shape = {2, {9, 7}}}}), 63, 7, 9, 63); }},
    {"dynamic_update_slice int8", [](const Layer&) { return run<std::int8_t, std::int8_t, std::int8_t, std::int32_t>(octet::DynamicUpdateSlice<std::int8_t>::prepare({.input = {.shape = {2, {9, 7}}}, .update = {2, {3, 2}}}), 63, 63, 6, 2); }},
    {"transpose int8", [](const Layer&) { return plain<octet::Transpose<std::int8_t>, std::int8_t, std::int8_t>(octet::TransposeParams{.input = {.shape = {3, {9, 70, 5}}}, .perm = {2, 0, 1}}); }},
    {"arg_min int8", [](const Layer&) { return plain<octet::ArgMin<std::int8_t>, std::int32_t, std::int8_t>(octet::ArgMinParams{.input = {{3, {9, 7, 21}}}, .axis = 1}); }},
    {"arg_max int8", [](const Layer&) { return plain<octet::ArgMax<std::int8_t>, std::int32_t, std::int8_t>(octet::ArgMaxParams{.input = {{3, {9, 7, 21}}}, .axis = 1}); }},
    {"softmax int16", [](const Layer& layer) { return run<std::int16_t, std::int16_t>(octet::Softmax<std::int16_t>::prepare(octet::softmax_int16_params({2, {9, 101}}, 1.0, {0.0003f, 0}), layer.backend), 909, 909); }},
    {"log_softmax int8", [](const Layer& layer) { return table<octet::LogSoftmax<std::int8_t>>(layer, octet::log_softmax_params({2, {9, 101}}, {0.06f, 0})); }},
    {"l2_normalization int8", [](const Layer& layer) { return run<std::int8_t, std::int8_t>(octet::L2Normalization<std::int8_t>::prepare({.input = {{2, {9, 101}}, 3}}, layer.backend), 909, 909); }},
    {"softmax int8", softmax<std::int8_t>},
    {"softmax int8 to int16", softmax<std::int16_t>},
    {"logistic int8", [](const Layer& layer) { return table<octet::Logistic<std::int8_t>>(layer, octet::logistic_params({1, {1001}}, {0.04f, 3})); }},
    {"tanh int8", [](const Layer& layer) { return table<octet::Tanh<std::int8_t>>(layer, octet::tanh_params({1, {1001}}, {0.02f, 3})); }},
    {"logistic int16", [](const Layer& layer) { return sigmoid<octet::Logistic<std::int16_t>>(layer, octet::logistic_int16_params({1, {1001}}, {0.0003f, 0})); }},
    {"tanh int16", [](const Layer& layer) { return sigmoid<octet::Tanh<std::int16_t>>(layer, octet::tanh_int16_params({1, {1001}}, {0.0003f, 0})); }},
    {"hard_swish int8", [](const Layer& layer) { return table<octet::HardSwish<std::int8_t>>(layer, octet::hard_swish_params({1, {1001}}, {0.04f, 3}, {0.03f, 5})); }},
    {"lookup int8", [](const Layer& layer) { return table<octet::Lookup<std::int8_t>>(layer, octet::elu_params<std::int8_t>({1, {1001}}, {0.04f, 3}, {0.03f, 5})); }},
    {"rsqrt int8", [](const Layer& layer) { return table<octet::Rsqrt<std::int8_t>>(layer, octet::rsqrt_params({1, {1001}}, {0.04f, -30}, {0.03f, 5})); }},
};
// clang-format on

void check(const std::string& name, const octet::Backend& backend, std::uint64_t hash) {
  const auto expected = kHashes.find(name);
  char text[32];
  std::snprintf(text, sizeof text, "0x%016llX", static_cast<unsigned long long>(hash));
  if (expected != kHashes.end() && expected->second == hash) return;
  FAIL_CHECK("{\"" << name << "\", " << text << "},  // on " << backend.name);
}

}  // namespace

TEST_CASE("every operation and rounding has its bits") {
  for_each_backend([](const octet::Backend& backend) {
    for (const auto& [name, hash] : kRounded) {
      for (const Rounding rounding : octet::kRoundings) {
        check(name + " " + octet::to_string(rounding), backend, hash({backend, rounding}));
      }
    }
    for (const auto& [name, hash] : kUnrounded) {
      check(name, backend, hash({backend, Rounding::tflite}));
    }
  });
}
