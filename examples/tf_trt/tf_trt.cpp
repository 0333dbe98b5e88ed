// SPDX-License-Identifier: Apache-2.0
// What TensorFlow's integration of TensorRT does with a network: ranges come from a calibration
// cache, which is written and read again, and each layer gets the precision that it needs.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "digits/float_digits.hpp"

namespace {

using digits::Error, digits::FloatDigits;
using octet_quantizer::Method;

constexpr double kEnough = 37;  // dB, signal to noise at the output

std::optional<Error> run(const FloatDigits& digits, octet_plot::Chart& chart) {
  const octet_quantizer::Network& network = digits.network();
  const auto by_entropy = digits.choices({.method = Method::entropy});
  const auto measured_ranges =
      octet_quantizer::choose_ranges(digits.calibrated(), {.choices = by_entropy});
  const std::string text = octet::write_calibration_cache(
      octet_quantizer::to_cache(network, measured_ranges, Method::entropy));
  std::printf("calibration cache\n%s", text.c_str());
  const auto cache = octet::read_calibration_cache(text);
  if (!cache || octet::write_calibration_cache(*cache) != text) {
    return octet_quantizer::invalid("the cache is another one after a round trip");
  }
  const auto int8 =
      octet_quantizer::quantize(digits.calibrated(), {.choices = by_entropy, .cache = cache});
  if (!int8) return int8.error();
  // The ranges that were read decide alone: with another method behind them the file is the same.
  std::vector<octet_quantizer::Choice> choices = digits.choices({.method = Method::minmax});
  const auto without =
      octet_quantizer::quantize(digits.calibrated(), {.choices = choices, .cache = cache});
  if (!without) return without.error();
  if (int8->file != without->file) {
    return octet_quantizer::invalid("the cache does not decide the ranges alone");
  }

  // All layers in 16x8, then each in int8 whose loss leaves enough at the output.
  for (octet_quantizer::Choice& choice : choices) choice.bits = 16;
  const auto measure = [&]() -> digits::Expected<digits::Measured> {
    const auto quantized =
        octet_quantizer::quantize(digits.calibrated(), {.choices = choices, .cache = cache});
    if (!quantized) return quantized.error();
    return digits.measure(quantized->file);
  };
  const auto all_wide = measure();
  if (!all_wide) return all_wide.error();
  std::printf("\nlayers that may be int8 with %.0f dB at the output\n", kEnough);
  chart.title = "Signal to noise at the output with one more layer in int8";
  chart.y.label = "dB";
  octet_plot::Series bars{.mark = octet_plot::Mark::bars, .bar_width = 0.6};
  for (const auto& operation : octet_quantizer::graph_of(network).operators) {
    const std::int32_t output = operation->outputs[0];
    octet_quantizer::Choice& choice = choices[static_cast<std::size_t>(output)];
    choice.bits = 8;
    const auto measured = measure();
    if (!measured) return measured.error();
    const double decibels = measured->output.signal_to_noise;
    if (decibels < kEnough) choice.bits = 16;
    const std::string& name = octet_quantizer::tensor_of(network, output).name;
    std::printf("  %-18s %-14s %6.1f dB  %s\n",
                octet_quantizer::name_of(network, *operation).c_str(), name.c_str(), decibels,
                choice.bits == 8 ? "int8" : "stays 16x8");
    const auto place = static_cast<double>(bars.x.size());
    chart.x.names.push_back({place, name});
    bars.x.push_back(place);
    bars.y.push_back(decibels);
  }
  chart.series.push_back(std::move(bars));
  const auto chosen = measure(), all_int8 = digits.measure(int8->file);
  if (!chosen) return chosen.error();
  if (!all_int8) return all_int8.error();
  std::printf("\n%-10s %6s %10s %16s\n", "", "bytes", "accuracy", "signal to noise");
  for (const auto& [name, measured] :
       {std::pair{"all int8", *all_int8}, {"chosen", *chosen}, {"all 16x8", *all_wide}}) {
    std::printf("%-10s %6zu %8.2f %% %13.1f dB\n", name, measured.bytes,
                100 * *measured.output.integer_accuracy, measured.output.signal_to_noise);
  }
  if (chosen->output.signal_to_noise < kEnough) {
    return octet_quantizer::invalid("the chosen precisions leave too little");
  }
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) { return digits::run_program(argc, argv, run); }
