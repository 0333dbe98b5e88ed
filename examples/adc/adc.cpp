// SPDX-License-Identifier: Apache-2.0
// An analog-to-digital converter and an integer network have the same idea: a bounded set of
// integers for a continuous range. Sound is sampled in x and quantized in y; the integers then go
// through a classifier of tones that never leaves them.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <numbers>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <octet/add.hpp>
#include <octet/fully_connected.hpp>
#include <octet/hosted/aligned_buffer.hpp>
#include <octet/mul.hpp>
#include <octet/quantize/measures.hpp>
#include <octet/quantize/multiplier.hpp>
#include <octet/quantize/range.hpp>

namespace {

constexpr int kSamples = 256;  // of one sound
constexpr int kTones = 8;
constexpr int kClips = 2000;

// A converter of `bits` bits over [-1, 1]: sample = round(x / step), step = 2 / 2^bits.
octet::TensorQuantization converter(int bits) {
  return {std::exp2(1.0f - static_cast<float>(bits)), 0};
}
std::int32_t convert(float x, int bits) {
  const std::int32_t half = 1 << (bits - 1);
  const float steps = std::round(x / converter(bits).scale);
  return std::clamp(static_cast<std::int32_t>(steps), -half, half - 1);
}

// A sine that just fills the range of the converter, sampled at no multiple of its period, and what
// the converter's integers stand for.
struct Recording {
  std::vector<float> exact, converted;
};

Recording record_sine(int bits, int samples) {
  Recording sine;
  const float amplitude = 1 - 0.5f * converter(bits).scale;
  for (int i = 0; i < samples; ++i) {
    const double phase = 2 * std::numbers::pi * std::numbers::sqrt2 / 50 * i;
    sine.exact.push_back(amplitude * static_cast<float>(std::sin(phase)));
    sine.converted.push_back(converter(bits).scale *
                             static_cast<float>(convert(sine.exact.back(), bits)));
  }
  return sine;
}

// Signal to noise of each number of bits beside the law of uniform errors. True if they agree where
// there are steps enough for errors to be uniform.
bool print_law(std::vector<double>& measured) {
  std::puts("bits  signal to quantization noise  6.02 n + 1.76 dB");
  bool agrees = true;
  for (int bits = 2; bits <= 16; ++bits) {
    const Recording sine = record_sine(bits, 200000);
    const double law = 6.02 * bits + 1.76;
    measured.push_back(octet::signal_to_noise(sine.exact, sine.converted));
    std::printf("%4d %26.2f dB %15.2f dB\n", bits, measured.back(), law);
    if (bits >= 7) agrees = agrees && std::abs(measured.back() - law) < 0.3;
  }
  return agrees;
}

// Which of eight tones a clip of int8 samples holds, by integers alone: the energy at each of their
// frequencies, and the largest of them.
//
//   correlations = FullyConnected(samples)             8 cosines and 8 sines as int8 weights
//   energies = Add(Mul(cosines, cosines), Mul(sines, sines))
class Classifier {
 public:
  static constexpr double frequency(int tone) { return 9 + 7 * tone; }  // periods in a clip

  Classifier()
      : packed_(Correlate::packed_bytes(correlate_params())),
        scratch_(Correlate::scratch_bytes(correlate_params(), octet::best_backend())),
        square_(*Square::prepare(octet::mul_params<std::int8_t>(
            {1, {2 * kTones}}, kCorrelation, {1, {2 * kTones}}, kCorrelation, kEnergy))),
        add_(*octet::Add<std::int8_t>::prepare(octet::add_params<std::int8_t>(
            {1, {kTones}}, kEnergy, {1, {kTones}}, kEnergy, kEnergy))) {
    std::vector<std::int8_t> weights;
    for (int row = 0; row < 2 * kTones; ++row) {
      for (int i = 0; i < kSamples; ++i) {
        const double phase = 2 * std::numbers::pi * frequency(row % kTones) * i / kSamples;
        const double wave = row < kTones ? std::cos(phase) : std::sin(phase);
        weights.push_back(static_cast<std::int8_t>(std::lround(127 * wave)));
      }
    }
    correlate_ = *Correlate::prepare(correlate_params(), weights, {}, packed_.span());
  }

  int operator()(std::span<const std::int8_t> samples) {
    correlate_.bind(samples, correlations_, scratch_.span())->run();
    square_.bind(correlations_, correlations_, squares_)->run();
    const std::span<const std::int8_t> squares = squares_;
    add_.bind(squares.first<kTones>(), squares.last<kTones>(), energies_)->run();
    return static_cast<int>(std::ranges::max_element(energies_) - energies_.begin());
  }

 private:
  using Correlate = octet::FullyConnected<std::int8_t>;
  using Square = octet::Mul<std::int8_t>;

  // A tone of a quarter of full scale has a correlation of 1 / 8, an energy of 1 / 64: louder ones
  // saturate, and are still the loudest.
  static constexpr octet::TensorQuantization kSample{1.0f / 128, 0}, kWeight{1.0f / 127, 0},
      kCorrelation{0.125f / 127, 0}, kEnergy{0.015625f / 255, -128};
  static constexpr octet::Rescale kFactor = octet::fully_connected_multiplier(
      kSample.scale, kWeight.scale / kSamples, kCorrelation.scale);

  static constexpr octet::FullyConnectedParams correlate_params() {
    return {.batches = 1,
            .inputs = kSamples,
            .outputs = 2 * kTones,
            .input = {},
            .filter = {},
            .output = {.multiplier = {&kFactor.multiplier, 1}, .shift = {&kFactor.shift, 1}}};
  }

  octet::AlignedBuffer packed_, scratch_;
  Correlate correlate_;
  Square square_;
  octet::Add<std::int8_t> add_;
  std::array<std::int8_t, 2 * kTones> correlations_{}, squares_{};
  std::array<std::int8_t, kTones> energies_{};
};

// The share of clips that are recognized: a tone of random phase and loudness in noise four times
// as loud, through a converter of that many bits.
double accuracy(Classifier& classify, int bits) {
  std::mt19937 generator(7);
  const auto draw = [&](float low, float high) {
    return low + (high - low) * static_cast<float>(generator() >> 8) / 0x1p24f;
  };
  int right = 0;
  for (int clip = 0; clip < kClips; ++clip) {
    const int tone = clip % kTones;
    const float loudness = draw(0.02f, 0.2f), phase = draw(0, 6.2832f);
    std::array<std::int8_t, kSamples> samples;
    for (int i = 0; i < kSamples; ++i) {
      const double angle = 2 * std::numbers::pi * Classifier::frequency(tone) * i / kSamples;
      const float noise = draw(-4, 4) * loudness;
      const float x = loudness * std::sin(static_cast<float>(angle) + phase) + noise;
      // The upper bits of a byte, as a converter is wired to it.
      samples[static_cast<std::size_t>(i)] =
          static_cast<std::int8_t>(convert(x, bits) * (1 << (8 - bits)));
    }
    right += classify(samples) == tone ? 1 : 0;
  }
  return static_cast<double>(right) / kClips;
}

// One picture: a sine and its samples in three bits, and what was measured beside the law.
void plot(const char* path, const std::vector<double>& measured) {
  std::ofstream svg(path);
  svg << "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 900 320' font-family='sans-serif' "
         "font-size='13'>\n<rect width='900' height='320' fill='white'/>\n";
  const auto line = [&](const char* colour, auto points) {
    svg << "<polyline fill='none' stroke='" << colour << "' stroke-width='2' points='";
    points([&](double x, double y) { svg << x << ',' << y << ' '; });
    svg << "'/>\n";
  };
  const auto wave = [](double x) { return 0.9 * std::sin(x / 60); };
  line("#bbb", [&](auto to) {
    for (int x = 0; x <= 400; ++x) to(20 + x, 160 - 120 * wave(x));
  });
  line("#c33", [&](auto to) {
    for (int x = 0; x < 400; x += 20) {
      const double y =
          160 - 120 * double{converter(3).scale} * convert(static_cast<float>(wave(x)), 3);
      to(20 + x, y);
      to(40 + x, y);
    }
  });
  const auto at = [](double bits, double decibel, auto to) {
    to(500 + (bits - 2) * 26, 290 - 2.6 * decibel);
  };
  line("#bbb", [&](auto to) {
    at(2, 6.02 * 2 + 1.76, to);
    at(16, 6.02 * 16 + 1.76, to);
  });
  for (std::size_t i = 0; i < measured.size(); ++i) {
    at(2 + static_cast<double>(i), measured[i], [&](double x, double y) {
      svg << "<circle r='4' fill='#c33' cx='" << x << "' cy='" << y << "'/>\n";
    });
  }
  svg << "<text x='20' y='20'>a sine, sampled in x and quantized to 3 bits in y</text>\n"
         "<text x='500' y='20'>signal to noise, 2 to 16 bits; line: 6.02 n + 1.76 "
         "dB</text>\n</svg>\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2) return std::puts("usage: octet_adc [PLOT.svg]"), 2;
  std::vector<double> measured;
  bool passed = print_law(measured);

  Classifier classify;
  std::printf("\n%d clips of %d tones in noise, classified by integers alone\nbits  recognized\n",
              kClips, kTones);
  double last = 0;
  for (const int bits : {1, 2, 3, 4, 6, 8}) {
    last = accuracy(classify, bits);
    std::printf("%4d %9.1f %%\n", bits, 100 * last);
  }
  passed = passed && last > 0.95;
  if (argc == 2) plot(argv[1], measured);
  return passed ? 0 : 1;
}
