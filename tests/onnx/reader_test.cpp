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
#include "onnx/graph.hpp"
#include "onnx/nchw.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"

namespace {

using namespace onnx_tests;

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

TEST_CASE("Signals of N C L are images of one row") {
  // A plain loop over channels and positions.
  constexpr std::int64_t kChannels = 4, kFilters = 8, kLength = 20;
  for (const std::int64_t groups : {1, 2, 4}) {
    for (const std::int64_t dilation : {1, 3}) {
      const auto x = random_reals(kChannels * kLength);
      const std::int64_t inner = kChannels / groups;
      const auto filter = random_reals(static_cast<std::size_t>(kFilters * inner * 3));
      Graph graph({1, kChannels, kLength});
      graph.constant("w", {kFilters, inner, 3}, filter);
      graph.constant("b", {kFilters}, random_reals(kFilters));
      auto& node = graph.node("Conv", {"x", "w", "b"}, "y");
      set(node, "pads", {2, 1});
      set(node, "strides", std::vector<std::int64_t>{2});
      set(node, "dilations", std::vector<std::int64_t>{dilation});
      set(node, "group", groups);
      std::vector<float> y;
      for (std::int64_t o = 0; o < kFilters; ++o) {
        for (std::int64_t i = 0; 2 * i - 2 + 2 * dilation < kLength + 1; ++i) {
          float sum = random_reals(kFilters)[static_cast<std::size_t>(o)];
          for (std::int64_t c = 0; c < inner; ++c) {
            for (std::int64_t tap = 0; tap < 3; ++tap) {
              const std::int64_t at = 2 * i - 2 + tap * dilation;
              if (at < 0 || at >= kLength) continue;
              const std::int64_t channel = o / (kFilters / groups) * inner + c;
              sum += x[static_cast<std::size_t>(channel * kLength + at)] *
                     filter[static_cast<std::size_t>((o * inner + c) * 3 + tap)];
            }
          }
          y.push_back(sum);
        }
      }
      const auto network = graph.read();
      if (!network) FAIL(network.error().message);
      CHECK(are_close(run(*network, x), y));
    }
  }
}

TEST_CASE("Signals keep their channels behind from operator to operator") {
  Graph graph({1, 3, 16});
  graph.constant("w1", {4, 3, 3}, random_reals(36));
  graph.constant("w2", {4, 1, 3}, random_reals(12));
  graph.constant("w3", {4, 5}, random_reals(20));
  graph.node("Conv", {"x", "w1"}, "a");
  graph.node("Relu", {"a"}, "b");
  set(graph.node("Conv", {"b", "w2"}, "c"), "group", 4);
  auto& pool = graph.node("MaxPool", {"c"}, "d");
  set(pool, "kernel_shape", std::vector<std::int64_t>{2});
  set(pool, "strides", std::vector<std::int64_t>{2});
  set(graph.node("Concat", {"d", "d"}, "e"), "axis", 2);
  set(graph.node("Transpose", {"e"}, "f"), "perm", {0, 2, 1});
  graph.node("MatMul", {"f", "w3"}, "y");
  const auto network = graph.read();
  if (!network) FAIL(network.error().message);
  // The input becomes an image, the output is one no more; the Transpose before the product is what
  // is there anyway.
  CHECK(operators(*network, octet_quantizer::schema::BuiltinOperator_TRANSPOSE) == 1);
  CHECK(operators(*network, octet_quantizer::schema::BuiltinOperator_RESHAPE) == 2);
}

TEST_CASE("Volumes are refused by name") {
  Graph graph({1, 2, 4, 4, 4});
  graph.constant("w", {2, 2, 3, 3, 3}, random_reals(108));
  graph.node("Conv", {"x", "w"}, "y");
  const auto network = graph.read();
  REQUIRE(!network);
  CHECK(network.error().message == "node y (Conv): volumes, of rank 5, are not read");
}

TEST_CASE("Maxima beside pads are those of the image, whatever the sign") {
  Reals x{{1, 2, 7, 6}, random_reals(84)};
  for (float& value : x.values) value -= 5;
  for (const std::int64_t size : {2, 3, 4, 5}) {
    for (const std::int64_t dilation : {1, 2}) {
      const std::int64_t pad = dilation == 1 ? size / 2 : 0, reach = (size - 1) * dilation + 1;
      if (reach > 6) continue;
      Graph graph(x.dims);
      auto& node = graph.node("MaxPool", {"x"}, "y");
      set(node, "kernel_shape", {size, size});
      set(node, "pads", {pad, pad, pad, pad});
      set(node, "strides", {2, 2});
      set(node, "dilations", {dilation, dilation});
      Reals y{{1, 2, (7 + 2 * pad - reach) / 2 + 1, (6 + 2 * pad - reach) / 2 + 1}, {}};
      for (std::int64_t c = 0; c < 2; ++c) {
        for (std::int64_t oy = 0; oy < y.dims[2]; ++oy) {
          for (std::int64_t ox = 0; ox < y.dims[3]; ++ox) {
            float max = -100;
            for (std::int64_t tap = 0; tap < size * size; ++tap) {
              const std::int64_t row = 2 * oy - pad + tap / size * dilation,
                                 column = 2 * ox - pad + tap % size * dilation;
              if (row < 0 || row >= 7 || column < 0 || column >= 6) continue;
              max = std::max(max, x.values[static_cast<std::size_t>((c * 7 + row) * 6 + column)]);
            }
            y.values.push_back(max);
          }
        }
      }
      CAPTURE(size, dilation);
      const auto network = graph.read();
      if (!network) FAIL(network.error().message);
      CHECK(run(*network, to_network(x)) == to_network(y));
    }
  }
}

TEST_CASE("Transposed convolutions with groups and dilation spread what they read") {
  constexpr std::int64_t kChannels = 4, kHeight = 4, kWidth = 3;
  for (const std::int64_t groups : {1, 2, 4}) {
    for (const std::int64_t dilation : {1, 2}) {
      for (const std::int64_t outputs : {1, 2}) {  // of each group
        const Reals x{{1, kChannels, kHeight, kWidth}, random_reals(kChannels * kHeight * kWidth)};
        const auto filter = random_reals(static_cast<std::size_t>(kChannels * outputs * 9));
        const auto bias = random_reals(static_cast<std::size_t>(groups * outputs));
        Graph graph(x.dims);
        graph.constant("w", {kChannels, outputs, 3, 3}, filter);
        graph.constant("b", {groups * outputs}, bias);
        auto& node = graph.node("ConvTranspose", {"x", "w", "b"}, "y");
        set(node, "group", groups);
        set(node, "strides", {2, 3});
        set(node, "dilations", {dilation, dilation});
        set(node, "pads", {1, 0, 1, 1});
        set(node, "output_padding", {1, 0});
        Reals y{{1, groups * outputs, 2 * (kHeight - 1) + 2 * dilation + 1 - 1,
                 3 * (kWidth - 1) + 2 * dilation + 1 - 1},
                {}};
        const std::int64_t rows = y.dims[2], columns = y.dims[3];
        for (const float start : bias) {
          y.values.insert(y.values.end(), static_cast<std::size_t>(rows * columns), start);
        }
        for (std::int64_t c = 0; c < kChannels; ++c) {
          for (std::int64_t at = 0; at < kHeight * kWidth; ++at) {
            for (std::int64_t o = 0; o < outputs; ++o) {
              for (std::int64_t tap = 0; tap < 9; ++tap) {
                const std::int64_t row = at / kWidth * 2 - 1 + tap / 3 * dilation,
                                   column = at % kWidth * 3 + tap % 3 * dilation;
                if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
                const std::int64_t filter_out = c / (kChannels / groups) * outputs + o;
                y.values[static_cast<std::size_t>((filter_out * rows + row) * columns + column)] +=
                    x.values[static_cast<std::size_t>(c * kHeight * kWidth + at)] *
                    filter[static_cast<std::size_t>((c * outputs + o) * 9 + tap)];
              }
            }
          }
        }
        CAPTURE(groups, dilation, outputs);
        const auto network = graph.read();
        if (!network) FAIL(network.error().message);
        CHECK(are_close(run(*network, to_network(x)), to_network(y)));
      }
    }
  }
}

TEST_CASE("Erf between products is Gelu") {
  const auto x = random_reals(12);
  auto expected = x;
  for (float& value : expected) value *= 0.5f * (1 + std::erf(value * std::sqrt(0.5f)));
  for (const int order : {0, 1, 2}) {
    Graph graph({2, 6});
    graph.constant("root", {}, {std::sqrt(2.0f)});
    graph.constant("one", {}, {1});
    graph.constant("half", {1}, {0.5f});
    graph.node("Div", {"x", "root"}, "scaled");
    graph.node("Erf", {"scaled"}, "erf");
    graph.node("Add", {"erf", "one"}, "sum");
    if (order == 0) {
      graph.node("Mul", {"x", "sum"}, "product");
      graph.node("Mul", {"product", "half"}, "y");
    } else if (order == 1) {
      graph.node("Mul", {"x", "half"}, "product");
      graph.node("Mul", {"product", "sum"}, "y");
    } else {
      graph.node("Mul", {"sum", "half"}, "product");
      graph.node("Mul", {"x", "product"}, "y");
    }
    const auto network = graph.read();
    if (!network) FAIL(network.error().message);
    CHECK(operators(*network) == 1);
    CHECK(are_close(run(*network, x), expected));
  }
}

TEST_CASE("Tanh of Softplus beside its input is Mish") {
  Graph graph({2, 6});
  graph.node("Softplus", {"x"}, "plus");
  graph.node("Tanh", {"plus"}, "gate");
  graph.node("Mul", {"x", "gate"}, "y");
  const auto network = graph.read();
  if (!network) FAIL(network.error().message);
  const auto x = random_reals(12);
  auto expected = x;
  for (float& value : expected) value *= std::tanh(std::log1p(std::exp(value)));
  CHECK(are_close(run(*network, x), expected));
}

TEST_CASE("A division by the length of the same is one operator") {
  Graph graph({2, 6});
  auto& length = graph.node("ReduceL2", {"x"}, "length");
  set(length, "axes", std::vector<std::int64_t>{1});
  graph.constant("epsilon", {}, {1e-12f});
  graph.node("Clip", {"length", "epsilon"}, "positive");
  graph.integers("shape", {2, 6});
  graph.node("Expand", {"positive", "shape"}, "lengths");
  graph.node("Div", {"x", "lengths"}, "y");
  const auto network = graph.read();
  if (!network) FAIL(network.error().message);
  CHECK(operators(*network) == 1);
  const auto x = random_reals(12);
  auto expected = x;
  for (std::size_t row = 0; row < 12; row += 6) {
    float squares = 0;
    for (std::size_t i = row; i < row + 6; ++i) squares += x[i] * x[i];
    for (std::size_t i = row; i < row + 6; ++i) expected[i] /= std::sqrt(squares);
  }
  CHECK(are_close(run(*network, x), expected));
}

TEST_CASE("Dimensions of -1 are those of what is expanded") {
  // As exporters write x.expand(2, -1): ones where the shape has -1.
  Graph graph({1, 6});
  graph.integers("shape", {2, -1});
  graph.integers("open", {-1, -1});
  graph.integers("ones", {1, 1});
  graph.node("Equal", {"shape", "open"}, "is_open");
  graph.node("Where", {"is_open", "ones", "shape"}, "closed");
  graph.node("Expand", {"x", "closed"}, "y");
  const auto network = graph.read();
  if (!network) FAIL(network.error().message);
  const auto x = random_reals(6);
  auto twice = x;
  twice.insert(twice.end(), x.begin(), x.end());
  CHECK(run(*network, x) == twice);
}

TEST_CASE("A place of a dimension, or a list of places") {
  const Reals x{{1, 3, 2, 4}, random_reals(24)};
  Graph one(x.dims);
  one.integers("place", {-1}, true);
  set(one.node("Gather", {"x", "place"}, "y"), "axis", 2);
  const auto row = one.read();
  if (!row) FAIL(row.error().message);
  std::vector<float> expected;
  for (std::size_t i = 0; i < 24; ++i) {
    if (i / 4 % 2 == 1) expected.push_back(x.values[i]);
  }
  CHECK(run(*row, to_network(x)) == expected);
  Graph several(x.dims);
  several.integers("places", {2, 0});
  set(several.node("Gather", {"x", "places"}, "y"), "axis", 1);
  const auto channels = several.read();
  if (!channels) FAIL(channels.error().message);
  Reals moved{{1, 2, 2, 4}, {x.values.begin() + 16, x.values.end()}};
  moved.values.insert(moved.values.end(), x.values.begin(), x.values.begin() + 8);
  CHECK(run(*channels, to_network(x)) == to_network(moved));
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
  set_real(graph.node("HardSigmoid", {"x"}, "gate"), "alpha", 1.0f / 6);
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
  graph.node("TopK", {"x"}, "a");
  graph.node("TopK", {"a"}, "b");
  graph.node("NonMaxSuppression", {"b"}, "y");
  const auto network = graph.read();
  REQUIRE(!network);
  CHECK(network.error().message == "operators that cannot be read: NonMaxSuppression x1 TopK x2");
}

TEST_CASE("Images need a height and a width") {
  Graph graph({0, 3, 0, 8});
  graph.node("Relu", {"x"}, "y");
  const auto network = graph.read();
  REQUIRE(!network);
  CHECK(network.error().message == "dimension 2 of input x has no number");
}

TEST_CASE("What a node asks for and is not read is named with the node") {
  Graph graph({1, 4, 4, 4});
  graph.node("Conv", {"x", "x"}, "y");
  const auto network = graph.read();
  REQUIRE(!network);
  CHECK(network.error().message == "node y (Conv): the filter is no constant");
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
