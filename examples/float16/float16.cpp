// SPDX-License-Identifier: Apache-2.0
// Weights stored as 16-bit floats: the file halves and the results stay, but every weight becomes a
// float32 again before anything is multiplied. TensorFlow Lite's float16 quantization writes such
// files: each constant of float16 goes through a DEQUANTIZE.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "digits/float_digits.hpp"
#include "octet/quantize/measures.hpp"

namespace {

namespace schema = octet_quantizer::schema;
using digits::Error, digits::FloatDigits;
using octet_quantizer::Network;

// The nearest number with 10 bits of mantissa and 5 of exponent, halves to even.
std::uint16_t to_half(float x) {
  const std::uint32_t sign = std::signbit(x) ? 0x8000 : 0;
  const float magnitude = std::abs(x);
  if (!(magnitude < 65520)) return static_cast<std::uint16_t>(sign | 0x7C00);  // infinity
  // Below 2^-14 the exponent stays, and the mantissa has no leading one.
  const int exponent = magnitude == 0 ? -14 : std::max(std::ilogb(magnitude), -14);
  const auto mantissa = static_cast<std::int32_t>(std::lrint(std::ldexp(magnitude, 10 - exponent)));
  const std::int32_t bits = (exponent + 14) * 1024 + mantissa;
  return static_cast<std::uint16_t>(sign | static_cast<std::uint32_t>(bits));
}

// The network with every float32 constant as float16.
Network to_float16(Network network) {
  auto& graph = octet_quantizer::graph_of(network);
  std::vector<std::unique_ptr<octet_quantizer::Operation>> dequantize;
  const std::size_t tensors = graph.tensors.size();
  for (std::size_t i = 0; i < tensors; ++i) {
    const auto index = static_cast<std::int32_t>(i);
    if (!octet_quantizer::is_constant(network, index) ||
        graph.tensors[i]->type != schema::TensorType_FLOAT32) {
      continue;
    }
    std::vector<std::uint16_t> halves;
    for (const float value : octet_quantizer::values_of<float>(network, index)) {
      halves.push_back(to_half(value));
    }
    const std::int32_t real =
        octet_quantizer::add_tensor(network, graph.tensors[i]->name + "/float32",
                                    graph.tensors[i]->shape, schema::TensorType_FLOAT32);
    octet_quantizer::replace_reads(network, index, real);
    graph.tensors[i]->type = schema::TensorType_FLOAT16;
    octet_quantizer::set_values(network, index, halves);
    auto operation = std::make_unique<octet_quantizer::Operation>();
    operation->opcode_index =
        octet_quantizer::opcode_index(network, schema::BuiltinOperator_DEQUANTIZE);
    operation->inputs = {index};
    operation->outputs = {real};
    dequantize.push_back(std::move(operation));
  }
  graph.operators.insert(graph.operators.begin(), std::make_move_iterator(dequantize.begin()),
                         std::make_move_iterator(dequantize.end()));
  octet_quantizer::drop_unused(network);
  return network;
}

struct Row {
  std::string name;
  std::size_t bytes;
  double accuracy, agreement, decibel;
};

// What a float network makes of the test images, beside what the digits' own makes of them.
digits::Expected<Row> measure_reals(const FloatDigits& digits, const char* name, std::size_t bytes,
                                    const Network& network) {
  auto evaluator = octet_quantizer::FloatEvaluator::create(network);
  if (!evaluator) return evaluator.error();
  octet_quantizer::FloatEvaluator& truth = digits.calibrated().evaluator;
  octet::Differences differences;
  int right = 0, agreeing = 0;
  for (std::size_t i = 0; i < digits.test().size(); ++i) {
    evaluator->run(digits.test()[i]);
    truth.run(digits.test()[i]);
    const auto ours = evaluator->values(octet_quantizer::graph_of(network).outputs[0]);
    const auto exact = truth.values(octet_quantizer::graph_of(digits.network()).outputs[0]);
    differences.add(exact, ours);
    const auto digit = std::ranges::max_element(ours) - ours.begin();
    right += digit == digits.labels()[i] ? 1 : 0;
    agreeing += digit == std::ranges::max_element(exact) - exact.begin() ? 1 : 0;
  }
  const auto images = static_cast<double>(digits.test().size());
  return Row{name, bytes, right / images, agreeing / images, differences.signal_to_noise()};
}

std::optional<Error> run(const FloatDigits& digits, octet_plot::Chart& chart) {
  const auto of_reals = measure_reals(
      digits, "float32", octet_quantizer::to_bytes(digits.network()).size(), digits.network());
  if (!of_reals) return of_reals.error();
  const std::vector<std::byte> file = octet_quantizer::to_bytes(to_float16(digits.network()));
  auto network = octet_quantizer::parse_network(file);
  if (!network) return network.error();
  if (const auto error = octet_quantizer::normalize(*network)) return error;
  const auto of_halves = measure_reals(digits, "float16", file.size(), *network);
  if (!of_halves) return of_halves.error();
  const auto quantized = digits.quantize(digits.choices({}));
  if (!quantized) return quantized.error();
  const auto of_integers = digits.measure(quantized->file);
  if (!of_integers) return of_integers.error();
  const octet_quantizer::OutputReport& output = of_integers->output;
  const Row rows[] = {*of_reals, *of_halves,
                      Row{"int8", of_integers->bytes, *output.integer_accuracy, *output.agreement,
                          output.signal_to_noise}};

  std::printf("%-8s %6s %9s %12s %16s\n", "weights", "bytes", "accuracy", "as float32",
              "signal to noise");
  chart.title = "The digits' file";
  chart.y = {.label = "bytes", .min = 0};
  octet_plot::Series series{.mark = octet_plot::Mark::bars, .bar_width = 0.6};
  for (const Row& row : rows) {
    std::printf("%-8s %6zu %7.2f %% %10.2f %% %13.1f dB\n", row.name.c_str(), row.bytes,
                100 * row.accuracy, 100 * row.agreement, row.decibel);
    const auto place = static_cast<double>(series.x.size());
    chart.x.names.push_back({place, row.name});
    series.x.push_back(place);
    series.y.push_back(static_cast<double>(row.bytes));
  }
  chart.series.push_back(std::move(series));
  if (rows[1].accuracy < rows[0].accuracy) {
    return octet_quantizer::invalid("16-bit floats read fewer digits");
  }
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) { return digits::run_program(argc, argv, run); }
