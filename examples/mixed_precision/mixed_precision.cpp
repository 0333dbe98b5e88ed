// SPDX-License-Identifier: Apache-2.0
// The digits in int8, with 16x8 in the layers that lose most, one after another, and all in 16x8:
// what each step gains and what it costs.
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "digits/float_digits.hpp"

namespace {

using digits::Error, digits::FloatDigits;

// Elements that only move or are chosen keep their precision.
void pass_on(const octet_quantizer::Network& network,
             std::vector<octet_quantizer::Choice>& choices) {
  namespace schema = octet_quantizer::schema;
  for (const auto& operation : octet_quantizer::graph_of(network).operators) {
    switch (octet_quantizer::code_of(network, *operation)) {
      case schema::BuiltinOperator_AVERAGE_POOL_2D:
      case schema::BuiltinOperator_MAX_POOL_2D:
      case schema::BuiltinOperator_RESHAPE:
        choices[static_cast<std::size_t>(operation->outputs[0])].bits =
            choices[static_cast<std::size_t>(operation->inputs[0])].bits;
        break;
      default: break;
    }
  }
}

std::optional<Error> run(const FloatDigits& digits, octet_plot::Chart& chart) {
  std::vector<octet_quantizer::Choice> choices =
      digits.choices({.method = octet_quantizer::Method::least_squares});
  const auto all_int8 = digits.quantize(choices);
  if (!all_int8) return all_int8.error();
  const auto gains = octet_quantizer::suggest(digits.network(), all_int8->plan, {}, digits.truth());
  if (!gains) return gains.error();

  chart.title = "The digits with 16x8 in more and more layers";
  chart.x.label = "layers in 16x8";
  chart.y.label = "signal to noise at the output in dB";
  octet_plot::Series line;
  std::printf("%-26s %6s %10s %16s %9s\n", "16x8 in", "bytes", "accuracy", "signal to noise",
              "time");
  double first = 0, last = 0;
  const auto step = [&](const std::string& name) -> std::optional<Error> {
    const auto quantized = digits.quantize(choices);
    if (!quantized) return quantized.error();
    const auto measured = digits.measure(quantized->file);
    if (!measured) return measured.error();
    last = measured->output.signal_to_noise;
    if (line.x.empty()) first = last;
    std::printf("%-26s %6zu %8.2f %% %13.1f dB %6.1f us\n", name.c_str(), measured->bytes,
                100 * *measured->output.integer_accuracy, last, measured->microseconds);
    line.x.push_back(static_cast<double>(line.x.size()));
    line.y.push_back(last);
    return std::nullopt;
  };
  if (const auto error = step("no layer: all int8")) return error;
  const auto& tensors = octet_quantizer::graph_of(digits.network()).tensors;
  for (const octet_quantizer::Suggestion& layer : *gains) {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (tensors[i]->name == layer.name) choices[i].bits = 16;
    }
    pass_on(digits.network(), choices);
    if (const auto error = step("and " + layer.name)) return error;
  }
  for (octet_quantizer::Choice& choice : choices) choice.bits = 16;
  if (const auto error = step("the input too: all 16x8")) return error;
  chart.series.push_back(std::move(line));
  if (last <= first) return octet_quantizer::invalid("16x8 gains nothing");
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) { return digits::run_program(argc, argv, run); }
