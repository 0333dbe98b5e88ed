// SPDX-License-Identifier: Apache-2.0
// Arm's Q formats, where a layer is rescaled by a right shift alone, beside a multiplier: how many
// outputs of one layer differ.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <utility>
#include <vector>

#include <octet/fully_connected.hpp>
#include <octet/hosted/aligned_buffer.hpp>
#include <octet/quantize/multiplier.hpp>

#include "plot/program.hpp"

namespace {

constexpr std::int32_t kInputs = 64, kOutputs = 256, kBatches = 64;

struct Layer {
  std::vector<std::int8_t> input, filter;
  std::vector<std::int32_t> bias;
};

std::vector<std::int8_t> run(const Layer& layer, const octet::Rescale& factor,
                             octet::Rounding rounding) {
  const octet::FullyConnectedParams params{.batches = kBatches,
                                           .inputs = kInputs,
                                           .outputs = kOutputs,
                                           .input = {},
                                           .filter = {},
                                           .output = {.multiplier = {&factor.multiplier, 1},
                                                      .shift = {&factor.shift, 1},
                                                      .rounding = rounding}};
  using FullyConnected = octet::FullyConnected<std::int8_t>;
  octet::AlignedBuffer packed(FullyConnected::packed_bytes(params));
  const auto prepared = FullyConnected::prepare(params, layer.filter, layer.bias, packed.span());
  octet::AlignedBuffer scratch(prepared->scratch_bytes());
  std::vector<std::int8_t> output(std::size_t{kBatches} * kOutputs);
  prepared->bind(layer.input, output, scratch.span())->run();
  return output;
}

// What arm_fully_connected_q7 computes: ((bias << bias_shift) + sum + rounding) >> out_shift.
std::vector<std::int8_t> by_formula(const Layer& layer, int out_shift, bool rounds) {
  std::vector<std::int8_t> output;
  for (std::int32_t b = 0; b < kBatches; ++b) {
    for (std::int32_t o = 0; o < kOutputs; ++o) {
      std::int32_t sum = layer.bias[static_cast<std::size_t>(o)];
      for (std::int32_t i = 0; i < kInputs; ++i) {
        sum += layer.input[static_cast<std::size_t>(b * kInputs + i)] *
               layer.filter[static_cast<std::size_t>(o * kInputs + i)];
      }
      const std::int32_t half = rounds && out_shift > 0 ? 1 << (out_shift - 1) : 0;
      output.push_back(octet::saturate<std::int8_t>((sum + half) >> out_shift));
    }
  }
  return output;
}

std::size_t count_differences(const std::vector<std::int8_t>& a,
                              const std::vector<std::int8_t>& b) {
  std::size_t differ = 0;
  for (std::size_t i = 0; i < a.size(); ++i) differ += a[i] != b[i] ? 1 : 0;
  return differ;
}

double share_of_differences(const std::vector<std::int8_t>& a, const std::vector<std::int8_t>& b) {
  return 100.0 * static_cast<double>(count_differences(a, b)) / static_cast<double>(a.size());
}

// Other ways to rescale by about 2^-out_shift.
struct Way {
  const char* name;
  double factor;  // times 2^-out_shift
  octet::Rounding rounding;
};
constexpr Way kWays[] = {
    {"truncated: ARM_NN_TRUNCATE", 1, octet::Rounding::floor},
    {"the same factor as a multiplier, tflite-micro's two roundings", 1, octet::Rounding::tflite},
    // The scale that a calibrator would choose seldom is a power of two.
    {"a multiplier 1 % larger", 1.01, octet::Rounding::single},
    {"a multiplier 25 % larger, as far as the next power of two may be", 1.25,
     octet::Rounding::single},
};

octet::Rescale factor_of(const Way& way, int out_shift) {
  return way.factor == 1 ? octet::power_of_two(out_shift)
                         : octet::quantize_multiplier(std::ldexp(way.factor, -out_shift));
}

Layer random_layer() {
  std::mt19937 generator(3);
  const auto byte = [&] { return static_cast<std::int8_t>(generator() >> 24); };
  Layer layer;
  for (int i = 0; i < kBatches * kInputs; ++i) layer.input.push_back(byte());
  for (int i = 0; i < kOutputs * kInputs; ++i) layer.filter.push_back(byte());
  for (int i = 0; i < kOutputs; ++i) layer.bias.push_back(64 * byte());  // bias_shift is 6
  return layer;
}

bool measure(octet_plot::Chart& chart) {
  const Layer layer = random_layer();
  // Q0.7 inputs, Q0.7 weights and Q3.4 outputs: out_shift = 7 + 7 - 4.
  constexpr int kOutShift = 10;
  const octet::Rescale shift = octet::power_of_two(kOutShift);
  const auto rounded = run(layer, shift, octet::Rounding::single);
  const auto truncated = run(layer, shift, octet::Rounding::floor);
  std::size_t wrong = count_differences(rounded, by_formula(layer, kOutShift, true));
  wrong += count_differences(truncated, by_formula(layer, kOutShift, false));
  std::printf("%zu of %zu outputs differ from CMSIS-NN's formula, rounded or truncated\n", wrong,
              2 * rounded.size());

  std::puts("share of outputs that differ from the rounded shift");
  chart.title = "Outputs that differ from those of a rounded right shift";
  chart.x.label = "right shift";
  chart.y = {.label = "% of outputs", .min = 0, .max = 119};
  for (const Way& way : kWays) {
    std::printf("  %5.2f %%  %s\n",
                share_of_differences(rounded, run(layer, factor_of(way, kOutShift), way.rounding)),
                way.name);
    octet_plot::Series series{.name = way.name};
    for (int out_shift = 6; out_shift <= 16; ++out_shift) {
      const auto by_shift = run(layer, octet::power_of_two(out_shift), octet::Rounding::single);
      series.x.push_back(out_shift);
      series.y.push_back(
          share_of_differences(by_shift, run(layer, factor_of(way, out_shift), way.rounding)));
    }
    chart.series.push_back(std::move(series));
  }
  return wrong == 0;
}

}  // namespace

int main(int argc, char** argv) { return octet_plot::run_program(argc, argv, measure); }
