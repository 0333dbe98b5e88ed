// SPDX-License-Identifier: Apache-2.0
// One hash for every operation and rounding, the same on every backend and every architecture: the
// outputs of fixed layers on random operands. A hash that changes is a change of somebody's bits.
//
// A new operation gets a line in `hash_of` and one in kHashes; the failure prints the hash.
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

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

// Operations of two inputs with broadcasting, from scales.
template <template <class> class Binary, class T, class Make>
std::uint64_t binary(const Layer& layer, const Make& make) {
  const std::int32_t zero_point = sizeof(T) == 2 ? 0 : 9;
  const auto params =
      make(Shape{3, {5, 7, 33}}, octet::TensorQuantization{0.05f, zero_point}, Shape{2, {7, 1}},
           octet::TensorQuantization{0.03f, 2 * zero_point},
           octet::TensorQuantization{0.06f, zero_point}, octet::Activation::none, layer.rounding);
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

#define OCTET_PARAMS(function) [](const auto&... operands) { return function(operands...); }

using Hash = std::uint64_t (*)(const Layer& layer);
// clang-format off
const std::map<std::string, Hash> kRounded = {
    {"gemm int8", gemm<std::int8_t>},
    {"gemm uint8", gemm<std::uint8_t>},
    {"gemm int8 to int16", gemm<std::int8_t, std::int16_t>},
    {"conv2d int8", conv2d<std::int8_t>},
    {"depthwise_conv2d int8", depthwise_conv2d<std::int8_t>},
    {"add int8", [](const Layer& layer) { return binary<octet::Add, std::int8_t>(layer, OCTET_PARAMS(octet::add_params<std::int8_t>)); }},
    {"add int16", [](const Layer& layer) { return binary<octet::Add, std::int16_t>(layer, OCTET_PARAMS(octet::add_params<std::int16_t>)); }},
    {"sub int8", [](const Layer& layer) { return binary<octet::Sub, std::int8_t>(layer, OCTET_PARAMS(octet::sub_params<std::int8_t>)); }},
    {"mul int8", [](const Layer& layer) { return binary<octet::Mul, std::int8_t>(layer, OCTET_PARAMS(octet::mul_params<std::int8_t>)); }},
    {"squared_difference int8", [](const Layer& layer) { return binary<octet::SquaredDifference, std::int8_t>(layer, OCTET_PARAMS(octet::squared_difference_params<std::int8_t>)); }},
    {"div int8", [](const Layer& layer) { return binary<octet::Div, std::int8_t>(layer, OCTET_PARAMS(octet::div_params<std::int8_t>)); }},
    {"prelu int8", [](const Layer& layer) { return binary<octet::Prelu, std::int8_t>(layer, OCTET_PARAMS(octet::prelu_params<std::int8_t>)); }},
    {"leaky_relu int8", leaky_relu<std::int8_t>},
    {"leaky_relu int16", leaky_relu<std::int16_t>},
    {"requantize int8", requantize<std::int8_t, std::int8_t>},
    {"requantize int16 to int8", requantize<std::int16_t, std::int8_t>},
    {"mean int8", mean<std::int8_t>},
    {"mean int16", mean<std::int16_t>},
    {"sum int8", sum},
    {"cumsum int8", cumsum},
    {"resize_bilinear int8", resize_bilinear},
};
const std::map<std::string, Hash> kUnrounded = {
    {"gemm int16x8", gemm<std::int16_t, std::int16_t, std::int64_t>},
    {"conv2d int16x8", conv2d<std::int16_t, std::int64_t>},
    {"depthwise_conv2d int16x8", depthwise_conv2d<std::int16_t, std::int64_t>},
    {"average_pool2d int8", pool<octet::AveragePool2d<std::int8_t>>},
    {"max_pool2d int8", pool<octet::MaxPool2d<std::int8_t>>},
    {"resize_nearest_neighbor int8", [](const Layer& layer) { return plain<octet::ResizeNearestNeighbor<std::int8_t>, std::int8_t, std::int8_t>(resize_params(layer)); }},
    {"reduce_max int8", [](const Layer& layer) { return run<std::int8_t, std::int8_t>(octet::ReduceMax<std::int8_t>::prepare({.input = {{3, {9, 7, 21}}}, .reduce = {false, true}}, layer.backend), 189, 9 * 7 * 21); }},
    {"arg_max int8", [](const Layer&) { return plain<octet::ArgMax<std::int8_t>, std::int32_t, std::int8_t>(octet::ArgMaxParams{.input = {{3, {9, 7, 21}}}, .axis = 1}); }},
    {"softmax int16", [](const Layer&) { return plain<octet::Softmax<std::int16_t>, std::int16_t, std::int16_t>(octet::softmax_int16_params({2, {9, 101}}, 1.0, {0.0003f, 0})); }},
    {"log_softmax int8", [](const Layer& layer) { return table<octet::LogSoftmax<std::int8_t>>(layer, octet::log_softmax_params({2, {9, 101}}, {0.06f, 0})); }},
    {"l2_normalization int8", [](const Layer&) { return plain<octet::L2Normalization<std::int8_t>, std::int8_t, std::int8_t>(octet::L2NormalizationParams{.input = {{2, {9, 101}}, 3}}); }},
    {"softmax int8", softmax<std::int8_t>},
    {"softmax int8 to int16", softmax<std::int16_t>},
    {"logistic int8", [](const Layer& layer) { return table<octet::Logistic<std::int8_t>>(layer, octet::logistic_params({1, {1001}}, {0.04f, 3})); }},
    {"tanh int8", [](const Layer& layer) { return table<octet::Tanh<std::int8_t>>(layer, octet::tanh_params({1, {1001}}, {0.02f, 3})); }},
    {"logistic int16", [](const Layer& layer) { return sigmoid<octet::Logistic<std::int16_t>>(layer, octet::logistic_int16_params({1, {1001}}, {0.0003f, 0})); }},
    {"tanh int16", [](const Layer& layer) { return sigmoid<octet::Tanh<std::int16_t>>(layer, octet::tanh_int16_params({1, {1001}}, {0.0003f, 0})); }},
    {"hard_swish int8", [](const Layer& layer) { return table<octet::HardSwish<std::int8_t>>(layer, octet::hard_swish_params({1, {1001}}, {0.04f, 3}, {0.03f, 5})); }},
    {"rsqrt int8", [](const Layer& layer) { return table<octet::Rsqrt<std::int8_t>>(layer, octet::rsqrt_params({1, {1001}}, {0.04f, -30}, {0.03f, 5})); }},
};

const std::map<std::string, std::uint64_t> kHashes = {
    {"add int16 double_up", 0xF792CC80AC1B6D58},
    {"add int16 float32_half_even", 0xAEC1B040677834EF},
    {"add int16 floor", 0x61DAAF5CD7250648},
    {"add int16 nvdla", 0x515339730AE2234A},
    {"add int16 single", 0x5AF07EFC053DFD1B},
    {"add int16 tflite", 0x5AF07EFC053DFD1B},
    {"add int8 double_up", 0xF66516B023122E85},
    {"add int8 float32_half_even", 0xE0F38217A2C45317},
    {"add int8 floor", 0xB4B2BBB79A67067E},
    {"add int8 nvdla", 0x75F764FB796B3271},
    {"add int8 single", 0xEC1432FF03C22F5C},
    {"add int8 tflite", 0x722067324A599346},
    {"arg_max int8", 0xAC653278107885E7},
    {"average_pool2d int8", 0x404ACCC9C2F9391F},
    {"conv2d int16x8", 0xA306F1B53C49D850},
    {"conv2d int8 double_up", 0x3E138EDCBF823B75},
    {"conv2d int8 float32_half_even", 0xF4E639079F5320F1},
    {"conv2d int8 floor", 0x89CD940D53CAF819},
    {"conv2d int8 nvdla", 0xF4E639079F5320F1},
    {"conv2d int8 single", 0xF4E639079F5320F1},
    {"conv2d int8 tflite", 0x3E138EDCBF823B75},
    {"cumsum int8 double_up", 0x4C0EA6CD9B8FC8FE},
    {"cumsum int8 float32_half_even", 0x374D59908DBABA4E},
    {"cumsum int8 floor", 0xFD73D3B8AB97CDAF},
    {"cumsum int8 nvdla", 0xBDA9CC357824C020},
    {"cumsum int8 single", 0x4C0EA6CD9B8FC8FE},
    {"cumsum int8 tflite", 0xBDA9CC357824C020},
    {"depthwise_conv2d int16x8", 0x877065542BC8CA4B},
    {"depthwise_conv2d int8 double_up", 0xCB0C3A0920FAB53B},
    {"depthwise_conv2d int8 float32_half_even", 0xD747FC5D6760C9BE},
    {"depthwise_conv2d int8 floor", 0x93AF158C87B8670F},
    {"depthwise_conv2d int8 nvdla", 0x79090C37BA335F1E},
    {"depthwise_conv2d int8 single", 0xD747FC5D6760C9BE},
    {"depthwise_conv2d int8 tflite", 0x603858FBAB105127},
    {"div int8 double_up", 0x67692C039E75E058},
    {"div int8 float32_half_even", 0xB362303D49DE52C3},
    {"div int8 floor", 0xA6133DF4CE5C324A},
    {"div int8 nvdla", 0xB362303D49DE52C3},
    {"div int8 single", 0x67692C039E75E058},
    {"div int8 tflite", 0x67692C039E75E058},
    {"gemm int16x8", 0x4A30416BCA2257A5},
    {"gemm int8 double_up", 0x7A3BBF888C85299A},
    {"gemm int8 float32_half_even", 0xD8D0B2B585FBBEDD},
    {"gemm int8 floor", 0xE9DAC64AC9326932},
    {"gemm int8 nvdla", 0xD8D0B2B585FBBEDD},
    {"gemm int8 single", 0xD8D0B2B585FBBEDD},
    {"gemm int8 tflite", 0x7A3BBF888C85299A},
    {"gemm int8 to int16 double_up", 0x6BC9E05480AEA9C0},
    {"gemm int8 to int16 float32_half_even", 0x874DA6061A57C5CE},
    {"gemm int8 to int16 floor", 0x1CD467FEF79DA5ED},
    {"gemm int8 to int16 nvdla", 0xC89321D6763B58C6},
    {"gemm int8 to int16 single", 0x874DA6061A57C5CE},
    {"gemm int8 to int16 tflite", 0xD409FD922DC8CF2F},
    {"gemm uint8 double_up", 0x5EF482E36C7DF181},
    {"gemm uint8 float32_half_even", 0xE1CF00664C919414},
    {"gemm uint8 floor", 0xCE982D6820FB731F},
    {"gemm uint8 nvdla", 0xE1CF00664C919414},
    {"gemm uint8 single", 0xE1CF00664C919414},
    {"gemm uint8 tflite", 0x5EF482E36C7DF181},
    {"hard_swish int8", 0x5C1A15A4ACE5C9E0},
    {"l2_normalization int8", 0x16446828067F01FB},
    {"leaky_relu int16 double_up", 0x35D3D3798C00056C},
    {"leaky_relu int16 float32_half_even", 0x791DCDFB59AE3965},
    {"leaky_relu int16 floor", 0x353AADD37EECF632},
    {"leaky_relu int16 nvdla", 0x84A43B98C6C7E434},
    {"leaky_relu int16 single", 0x791DCDFB59AE3965},
    {"leaky_relu int16 tflite", 0xCBE225F0B1E33F4F},
    {"leaky_relu int8 double_up", 0x5D0DC1E8063B82C2},
    {"leaky_relu int8 float32_half_even", 0x18F31EDDB2FFDCA8},
    {"leaky_relu int8 floor", 0x5C1699887D79C809},
    {"leaky_relu int8 nvdla", 0x18F31EDDB2FFDCA8},
    {"leaky_relu int8 single", 0x18F31EDDB2FFDCA8},
    {"leaky_relu int8 tflite", 0x6F642E83593D716F},
    {"log_softmax int8", 0x0D1CA47B194AC155},
    {"logistic int16", 0x5F84382EB02BE455},
    {"logistic int8", 0x57DB865EA74859E8},
    {"max_pool2d int8", 0xA949E7D6961369C2},
    {"mean int16 double_up", 0x54CEFA750B398E22},
    {"mean int16 float32_half_even", 0xA5C004002A12539C},
    {"mean int16 floor", 0xC668F79FF9CC5426},
    {"mean int16 nvdla", 0xDD01C76DD6BB05FE},
    {"mean int16 single", 0x77C363B3E6C8FF78},
    {"mean int16 tflite", 0x77C363B3E6C8FF78},
    {"mean int8 double_up", 0xB244B303B64974D8},
    {"mean int8 float32_half_even", 0x31D4BFCD26C2E241},
    {"mean int8 floor", 0x540DD0FA629C5B56},
    {"mean int8 nvdla", 0x10C1AF85D1425C2B},
    {"mean int8 single", 0xD9EEB3F81ECF8984},
    {"mean int8 tflite", 0xD9EEB3F81ECF8984},
    {"mul int8 double_up", 0xF649237309FABAE5},
    {"mul int8 float32_half_even", 0x64360B9D35601D99},
    {"mul int8 floor", 0x811EC901A03E4619},
    {"mul int8 nvdla", 0x827EE85C607B76A5},
    {"mul int8 single", 0xEA246BEE1CEC9E50},
    {"mul int8 tflite", 0xEA246BEE1CEC9E50},
    {"prelu int8 double_up", 0xA37D9FFDCF4F4AF6},
    {"prelu int8 float32_half_even", 0xB8CCDCD4B4E90FAB},
    {"prelu int8 floor", 0xFEAA07CFE7895BB3},
    {"prelu int8 nvdla", 0xA0519548263BF91B},
    {"prelu int8 single", 0xED6B15AA4A891A79},
    {"prelu int8 tflite", 0xED6B15AA4A891A79},
    {"reduce_max int8", 0x4BAEF6D99299D1B6},
    {"requantize int16 to int8 double_up", 0x1926A28ECA102432},
    {"requantize int16 to int8 float32_half_even", 0x1926A28ECA102432},
    {"requantize int16 to int8 floor", 0x9A4729DD796B14DC},
    {"requantize int16 to int8 nvdla", 0x1926A28ECA102432},
    {"requantize int16 to int8 single", 0x1926A28ECA102432},
    {"requantize int16 to int8 tflite", 0x1926A28ECA102432},
    {"requantize int8 double_up", 0x8B22D40E8A3513EA},
    {"requantize int8 float32_half_even", 0x8B22D40E8A3513EA},
    {"requantize int8 floor", 0x60C740DFB53AFC9E},
    {"requantize int8 nvdla", 0x8B22D40E8A3513EA},
    {"requantize int8 single", 0x8B22D40E8A3513EA},
    {"requantize int8 tflite", 0x8B22D40E8A3513EA},
    {"resize_bilinear int8 double_up", 0xC797460B8B7BD047},
    {"resize_bilinear int8 float32_half_even", 0x4616F8108D4755C9},
    {"resize_bilinear int8 floor", 0x78C71686DF96D48D},
    {"resize_bilinear int8 nvdla", 0x6AD46095E0E85AE9},
    {"resize_bilinear int8 single", 0xC797460B8B7BD047},
    {"resize_bilinear int8 tflite", 0x6AD46095E0E85AE9},
    {"resize_nearest_neighbor int8", 0xB89503E52715EA4E},
    {"rsqrt int8", 0xE1E6F49F6EDB7317},
    {"softmax int16", 0x2BBD8566FF5CA9F0},
    {"softmax int8", 0x19EA8320C2655368},
    {"softmax int8 to int16", 0xAC3DFA38322FD38D},
    {"squared_difference int8 double_up", 0xCA77902ECE068F65},
    {"squared_difference int8 float32_half_even", 0xCAE3FF600D52C73B},
    {"squared_difference int8 floor", 0x3FDDAD10CA66D812},
    {"squared_difference int8 nvdla", 0x2288BA259A364869},
    {"squared_difference int8 single", 0xCAE3FF600D52C73B},
    {"squared_difference int8 tflite", 0xB3CF12C14459A99B},
    {"sub int8 double_up", 0x74FE051C3AF52131},
    {"sub int8 float32_half_even", 0xE08ED6C35E9E058E},
    {"sub int8 floor", 0x79E4A1B2A1B690FE},
    {"sub int8 nvdla", 0xB5A6ECD111603212},
    {"sub int8 single", 0x4FBBF41A6D65BFA4},
    {"sub int8 tflite", 0x16FFC1F61D20FEE3},
    {"sum int8 double_up", 0xD1B15A4C19B341DB},
    {"sum int8 float32_half_even", 0x2C99B86713C7AA8F},
    {"sum int8 floor", 0x36C6371E41C3DCE3},
    {"sum int8 nvdla", 0xE7C0593A6ABCF3C9},
    {"sum int8 single", 0xC15576F26C686625},
    {"sum int8 tflite", 0xFDFA1D4BC47EAA27},
    {"tanh int16", 0xF66F8EC885260B0D},
    {"tanh int8", 0x57DB865EA74859E8},
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
