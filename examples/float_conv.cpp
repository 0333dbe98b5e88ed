// SPDX-License-Identifier: Apache-2.0
// A convolution of floats becomes one of integers: ranges from samples, integers from ranges, one
// call, and how much is left of the result.
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include <octet/conv2d.hpp>
#include <octet/hosted/aligned_buffer.hpp>
#include <octet/quantize/calibration.hpp>
#include <octet/quantize/measures.hpp>
#include <octet/quantize/weights.hpp>

namespace {

constexpr octet::ShapeNhwc kInput{1, 16, 16, 8};
constexpr octet::ShapeOhwi kFilter{12, 3, 3, 8};

// What the float network computes: 3 x 3, padding 1, ReLU.
std::vector<float> convolve(const std::vector<float>& x, const std::vector<float>& filter,
                            const std::vector<float>& bias) {
  std::vector<float> y;
  for (int row = 0; row < 16; ++row) {
    for (int column = 0; column < 16; ++column) {
      for (int o = 0; o < 12; ++o) {
        float sum = bias[static_cast<std::size_t>(o)];
        for (int tap = 0; tap < 9; ++tap) {
          const int from = row + tap / 3 - 1, beside = column + tap % 3 - 1;
          if (from < 0 || from > 15 || beside < 0 || beside > 15) continue;
          for (int i = 0; i < 8; ++i) {
            sum += filter[static_cast<std::size_t>((o * 9 + tap) * 8 + i)] *
                   x[static_cast<std::size_t>((from * 16 + beside) * 8 + i)];
          }
        }
        y.push_back(std::fmax(sum, 0.0f));
      }
    }
  }
  return y;
}

}  // namespace

int main() {
  std::mt19937 generator(2);
  std::normal_distribution<float> normal;
  const auto draw = [&](std::int64_t count) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(normal(generator));
    return values;
  };
  const auto filter = draw(kFilter.size()), bias = draw(kFilter.o);

  // 1. Ranges of input and output, from samples.
  octet::Histogram of_input, of_output;
  for (int sample = 0; sample < 8; ++sample) {
    const auto x = draw(kInput.size());
    of_input.add(x);
    of_output.add(convolve(x, filter, bias));
  }
  const auto input_quantization = octet::asymmetric_quantization<std::int8_t>(
      octet::least_squares_range<std::int8_t>(of_input));
  const auto output_quantization = octet::asymmetric_quantization<std::int8_t>(
      octet::least_squares_range<std::int8_t>(of_output));

  // 2. Integers: weights with a scale for each channel, biases, and the factor of each channel.
  const auto weights = octet::quantize_weights(filter, octet::first_dimension(12, 9 * 8));
  const auto integer_bias = octet::quantize_bias(bias, input_quantization.scale, weights.scales);
  std::vector<std::int32_t> multiplier, shift;
  for (const float scale : weights.scales) {
    const octet::Rescale factor =
        octet::convolution_multiplier(input_quantization.scale, scale, output_quantization.scale);
    multiplier.push_back(factor.multiplier);
    shift.push_back(factor.shift);
  }

  // 3. The layer. ReLU is the clamp at the zero point.
  const octet::Conv2dParams params{.input = {kInput, input_quantization.zero_point},
                                   .filter = kFilter,
                                   .padding = {1, 1, 1, 1},
                                   .output = {.zero_point = output_quantization.zero_point,
                                              .min = output_quantization.zero_point,
                                              .multiplier = multiplier,
                                              .shift = shift}};
  using Conv2d = octet::Conv2d<std::int8_t>;
  octet::AlignedBuffer packed(Conv2d::packed_bytes(params));
  const auto conv = Conv2d::prepare(params, weights.elements, integer_bias, packed.span());
  if (!conv) return 1;
  octet::AlignedBuffer scratch(conv->scratch_bytes());

  // 4. A new input, in floats and in integers.
  const auto x = draw(kInput.size());
  const auto exact = convolve(x, filter, bias);
  std::vector<std::int8_t> input(x.size()), output(exact.size());
  std::vector<float> approximate(exact.size());
  octet::quantize<std::int8_t>(x, input_quantization, input);
  conv->bind(input, output, scratch.span())->run();
  octet::dequantize<std::int8_t>(output, output_quantization, approximate);

  const double decibel = octet::signal_to_noise(exact, approximate);
  std::printf("input scale %.4f zero point %d, output scale %.4f zero point %d\n",
              double{input_quantization.scale}, input_quantization.zero_point,
              double{output_quantization.scale}, output_quantization.zero_point);
  std::printf("float %.3f integer %.3f, ...: %.1f dB signal to quantization noise\n",
              double{exact[5]}, double{approximate[5]}, decibel);
  return decibel > 30 ? 0 : 1;
}
