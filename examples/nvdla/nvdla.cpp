// SPDX-License-Identifier: Apache-2.0
// What NVDLA's converters and truncation make of integers, predicted on the CPU with the rounding
// `nvdla`, so that the bytes of an accelerator can be tested without one:
//
//   converter  y = saturate(round((x - offset) * scale / 2^shifter))    halves away from zero
//   truncate   y = saturate(round(x / 2^lsb))
//
// Source: nvdla.org, Precision Preservation.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <octet/conv2d.hpp>
#include <octet/fixed_point.hpp>
#include <octet/hosted/aligned_buffer.hpp>
#include <octet/quantize/multiplier.hpp>
#include <octet/requantize.hpp>

#include "plot/program.hpp"

namespace {

// A converter's registers as octet's factor: scale * 2^-shifter for a positive scale of 16 bits.
// The multiplier's upper half is the scale, shifted until its highest bit is at its place.
octet::Rescale converter(std::int32_t scale, std::int32_t shifter) {
  octet::Rescale factor{scale << 16, 15 - shifter};
  while (factor.multiplier < (1 << 30)) {
    factor.multiplier *= 2;
    --factor.shift;
  }
  return factor;
}

// The formula as written, by division.
std::int8_t by_formula(std::int64_t x, std::int64_t offset, std::int64_t scale,
                       std::int32_t shifter) {
  const std::int64_t product = (x - offset) * scale, unit = std::int64_t{1} << shifter;
  const std::int64_t magnitude = ((product < 0 ? -product : product) * 2 + unit) / (2 * unit);
  return octet::saturate<std::int8_t>(product < 0 ? -magnitude : magnitude);
}

struct Case {
  std::int32_t x, offset, scale, shifter;
};

// Converters of activations: an element, with its offset, to a byte.
int check_elements() {
  const Case cases[] = {
      {1, 0, 1, 1},         {-1, 0, 1, 1},         {3, 0, 1, 1},         {-3, 0, 1, 1},
      {100, 10, 3, 2},      {-100, 10, 3, 2},      {1000, -24, 77, 9},   {-1000, -24, 77, 9},
      {5, 0, 16384, 15},    {-5, 0, 16384, 15},    {7, 0, 32767, 16},    {-7, 0, 32767, 16},
      {12345, 45, 201, 14}, {-12345, 45, 201, 14}, {32767, 0, 32767, 0}, {-32768, 0, 32767, 0},
      {200, 72, 127, 7},    {6, 0, 1, 2},          {-6, 0, 1, 2},        {10, 0, 1, 2},
  };
  int wrong = 0;
  std::puts("converter\n      x  offset   scale  shifter     y");
  for (const Case& c : cases) {
    const octet::RequantizeParams params{
        .input = {{1, {1}}, c.offset, {}},
        .output = {.rescale = converter(c.scale, c.shifter), .rounding = octet::Rounding::nvdla}};
    const auto requantize = octet::Requantize<std::int16_t, std::int8_t>::prepare(params);
    const std::int8_t expected = by_formula(c.x, c.offset, c.scale, c.shifter);
    std::printf("%7d %7d %7d %8d %5d", c.x, c.offset, c.scale, c.shifter, expected);
    if (!requantize) {
      std::puts("  refused: a left shift could leave 32 bits");
      continue;
    }
    const std::int16_t x = static_cast<std::int16_t>(c.x);
    std::int8_t y = 0;
    requantize->bind({&x, 1}, {&y, 1})->run();
    std::puts(y == expected ? "" : "  WRONG");
    wrong += y == expected ? 0 : 1;
  }
  return wrong;
}

// A convolution whose converter has an offset: it is a part of the bias, because it is subtracted
// before the product. All 256 inputs of a 1 x 1 filter.
int check_layer() {
  constexpr std::int32_t kOffset = 321, kScale = 1733, kShifter = 17, kBias = -77;
  const octet::Rescale factor = converter(kScale, kShifter);
  const octet::Conv2dParams params{.input = {{1, 16, 16, 1}},
                                   .filter = {1, 1, 1, 1},
                                   .output = {.multiplier = {&factor.multiplier, 1},
                                              .shift = {&factor.shift, 1},
                                              .rounding = octet::Rounding::nvdla}};
  constexpr std::int8_t kWeight = 91;
  const std::int32_t bias = kBias - kOffset;
  using Layer = octet::Conv2d<std::int8_t>;
  octet::AlignedBuffer packed(Layer::packed_bytes(params));
  const auto layer = Layer::prepare(params, {&kWeight, 1}, {&bias, 1}, packed.span());
  octet::AlignedBuffer scratch(layer->scratch_bytes());
  std::vector<std::int8_t> input, output(256);
  for (int x = -128; x < 128; ++x) input.push_back(static_cast<std::int8_t>(x));
  layer->bind(input, output, scratch.span())->run();
  int wrong = 0;
  for (std::size_t i = 0; i < input.size(); ++i) {
    wrong += output[i] == by_formula(input[i] * kWeight + kBias, kOffset, kScale, kShifter) ? 0 : 1;
  }
  std::printf("convolution with offset, scale and shifter: %d of 256 outputs differ\n", wrong);
  return wrong;
}

// Truncation has no scale: the factor is a power of two.
int check_truncation() {
  int wrong = 0;
  std::int64_t checked = 0;
  for (std::int32_t lsb = 0; lsb <= 31; ++lsb) {
    const octet::Rescale factor = octet::power_of_two(lsb);
    for (std::int64_t x = -(1 << 21); x <= 1 << 21; x += 37, ++checked) {
      const std::int32_t y = octet::multiply_by_quantized_multiplier(
          static_cast<std::int32_t>(x), factor.multiplier, factor.shift, octet::Rounding::nvdla);
      wrong += octet::saturate<std::int8_t>(y) == by_formula(x, 0, 1, lsb) ? 0 : 1;
    }
  }
  std::printf("truncation: %d of %lld values differ\n", wrong, static_cast<long long>(checked));
  return wrong;
}

// The share of outputs, in percent, that a scale of `bits` bits makes others than a multiplier of
// 31 bits, over random factors and sums whose outputs are not clamped.
double share_of_differences(int bits) {
  constexpr int kFactors = 400, kSums = 500;
  std::mt19937 generator(5);
  const auto draw = [&](double low, double high) {
    return low + (high - low) * static_cast<double>(generator()) / 0x1p32;
  };
  int differ = 0;
  for (int i = 0; i < kFactors; ++i) {
    const double factor = std::exp2(draw(-12, -3));
    int exponent = 0;
    const double fraction = std::frexp(factor, &exponent);  // in [1/2, 1)
    const auto scale = static_cast<std::int32_t>(std::lround(std::ldexp(fraction, bits - 1)));
    const int shifter = bits - 1 - exponent;
    // Rounded up to a power of two, the scale is one with a bit less.
    const bool carries = scale == 1 << (bits - 1);
    const octet::Rescale of_scale = converter(carries ? scale / 2 : scale, shifter - carries);
    const octet::Rescale exact = octet::quantize_multiplier(factor);
    for (int k = 0; k < kSums; ++k) {
      const auto sum = static_cast<std::int32_t>(draw(-127, 127) / factor);
      const auto rescale = [&](const octet::Rescale& by, octet::Rounding rounding) {
        return octet::multiply_by_quantized_multiplier(sum, by.multiplier, by.shift, rounding);
      };
      differ += rescale(of_scale, octet::Rounding::nvdla) != rescale(exact, octet::Rounding::single)
                    ? 1
                    : 0;
    }
  }
  return 100.0 * differ / (kFactors * kSums);
}

void compare_scales(octet_plot::Chart& chart) {
  chart.title = "Outputs that differ from those of a multiplier of 31 bits";
  chart.x.label = "bits of the scale";
  chart.y = {.label = "% of outputs", .logarithmic = true};
  octet_plot::Series series;
  for (int bits = 6; bits <= 16; bits += 2) {
    series.x.push_back(bits);
    series.y.push_back(share_of_differences(bits));
    std::printf("a scale of %2d bits: %6.2f %% of outputs differ from a multiplier of 31 bits\n",
                bits, series.y.back());
  }
  chart.series.push_back(std::move(series));
}

bool measure(octet_plot::Chart& chart) {
  const int wrong = check_elements() + check_layer() + check_truncation();
  compare_scales(chart);
  return wrong == 0;
}

}  // namespace

int main(int argc, char** argv) { return octet_plot::run_program(argc, argv, measure); }
