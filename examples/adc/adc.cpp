// SPDX-License-Identifier: Apache-2.0
// An analog-to-digital converter and an integer network have the same idea: a bounded set of
// integers for a continuous range. Sound is sampled in x and quantized in y; the integers then go
// through classifiers of tones and of spoken words that never leave them.
//
//   octet_adc [--plot FILE]                         writes a chart
//   octet_adc --features SAMPLES.npy FEATURES.npy   what training of the words starts from
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <numbers>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <octet/add.hpp>
#include <octet/fully_connected.hpp>
#include <octet/hosted/aligned_buffer.hpp>
#include <octet/mul.hpp>
#include <octet/quantize/measures.hpp>
#include <octet/quantize/multiplier.hpp>
#include <octet/quantize/range.hpp>

#include "adc/converter.hpp"
#include "adc/log_filter_bank.hpp"
#include "octet_engine/engine.hpp"
#include "octet_engine/npy.hpp"
#include "plot/svg.hpp"

namespace {

using octet_engine::Error, octet_engine::Expected;

constexpr int kSamples = 256;  // of one sound
constexpr int kTones = 8;
constexpr int kClips = 2000;

using adc::convert, adc::converter;

constexpr int kFewestBits = 2, kMostBits = 16;
double law(int bits) { return 6.02 * bits + 1.76; }

// Evenly distributed numbers, the same on every machine.
class Draw {
 public:
  explicit Draw(std::uint32_t seed) : generator_(seed) {}
  float operator()(float low, float high) {
    return low + (high - low) * static_cast<float>(generator_() >> 8) / 0x1p24f;
  }

 private:
  std::mt19937 generator_;
};

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
  for (int bits = kFewestBits; bits <= kMostBits; ++bits) {
    const Recording sine = record_sine(bits, 200000);
    measured.push_back(octet::signal_to_noise(sine.exact, sine.converted));
    std::printf("%4d %26.2f dB %15.2f dB\n", bits, measured.back(), law(bits));
    if (bits >= 7) agrees = agrees && std::abs(measured.back() - law(bits)) < 0.3;
  }
  return agrees;
}

// Which of eight tones a clip of int8 samples holds, by integers alone: the energy at each of their
// frequencies, and the largest of them.
//
//   correlations = FullyConnected(samples)             8 cosines and 8 sines as int8 weights
//   energies = Add(Mul(cosines, cosines), Mul(sines, sines))
class ToneClassifier {
 public:
  static constexpr double frequency(int tone) { return 9 + 7 * tone; }  // periods in a clip

  ToneClassifier()
      : packed_(Correlate::packed_bytes(correlate_params())),
        scratch_(Correlate::scratch_bytes(correlate_params(), octet::best_backend())),
        square_(*Square::prepare(octet::mul_params<std::int8_t>(
            {{1, {2 * kTones}}, kCorrelation, {1, {2 * kTones}}, kCorrelation, kEnergy}))),
        add_(*octet::Add<std::int8_t>::prepare(octet::add_params<std::int8_t>(
            {{1, {kTones}}, kEnergy, {1, {kTones}}, kEnergy, kEnergy}))) {
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
double recognized_tones(ToneClassifier& classify, int bits) {
  Draw draw(7);
  int right = 0;
  for (int clip = 0; clip < kClips; ++clip) {
    const int tone = clip % kTones;
    const float loudness = draw(0.02f, 0.2f), phase = draw(0, 6.2832f);
    std::array<std::int8_t, kSamples> samples;
    for (int i = 0; i < kSamples; ++i) {
      const double angle = 2 * std::numbers::pi * ToneClassifier::frequency(tone) * i / kSamples;
      const float noise = draw(-4, 4) * loudness;
      const float x = loudness * std::sin(static_cast<float>(angle) + phase) + noise;
      samples[static_cast<std::size_t>(i)] = adc::convert_to<std::int8_t>(x, bits);
    }
    right += classify(samples) == tone ? 1 : 0;
  }
  return static_cast<double>(right) / kClips;
}

// Words of samples at full scale, and what they say.
struct Words {
  std::vector<std::int16_t> samples;  // adc::LogFilterBank::kSamples for each
  std::vector<std::uint8_t> labels;   // empty where nobody knows
};

Expected<std::vector<std::int16_t>> read_samples(const std::filesystem::path& path) {
  const auto array = octet_engine::read_npy(path);
  if (!array) return array.error();
  std::vector<std::int16_t> samples(array->data.size() / sizeof(std::int16_t));
  if (array->type != octet_engine::TensorType::int16 || array->shape.size() != 2 ||
      array->shape[1] != adc::LogFilterBank::kSamples) {
    return octet_engine::invalid(path.string() + " does not hold clips of 4000 int16 samples");
  }
  std::memcpy(samples.data(), array->data.data(), array->data.size());
  return samples;
}

Expected<Words> read_words(const std::filesystem::path& folder) {
  auto samples = read_samples(folder / "words.npy");
  if (!samples) return samples.error();
  const auto labels = octet_engine::read_npy(folder / "labels.npy");
  if (!labels) return labels.error();
  Words words{std::move(*samples), {}};
  std::ranges::transform(labels->data, std::back_inserter(words.labels),
                         std::to_integer<std::uint8_t>);
  if (words.samples.size() != words.labels.size() * adc::LogFilterBank::kSamples) {
    return octet_engine::invalid("labels.npy does not hold one label for each clip of words.npy");
  }
  return words;
}

// The share of words that are recognized, spoken at a fiftieth to a half of full scale in a little
// noise, through a converter of that many bits.
double recognized_words(octet_engine::Engine& network, const Words& words, int bits) {
  constexpr int kTimes = 6;  // each word, every time at another loudness
  constexpr std::size_t kLength = adc::LogFilterBank::kSamples;
  const adc::LogFilterBank filter_bank;
  Draw draw(8);
  int right = 0;
  std::vector<std::int16_t> samples(kLength);
  std::array<std::int8_t, adc::LogFilterBank::kFeatures> features;
  for (std::size_t clip = 0; clip < kTimes * words.labels.size(); ++clip) {
    const std::size_t word = clip % words.labels.size();
    const float loudness = std::exp2(draw(-5.6f, -1));
    for (std::size_t i = 0; i < kLength; ++i) {
      const float x = static_cast<float>(words.samples[word * kLength + i]) / 32768;
      samples[i] = adc::convert_to<std::int16_t>(loudness * (x + draw(-0.01f, 0.01f)), bits);
    }
    filter_bank(samples, features);
    std::ranges::copy(std::as_bytes(std::span(features)), network.input(0).begin());
    network.run();
    const auto best = std::ranges::max_element(network.output(0), {}, std::to_integer<std::int8_t>);
    right += best - network.output(0).begin() == words.labels[word] ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(kTimes * words.labels.size());
}

std::optional<Error> write_features(const std::vector<std::string>& paths) {
  const auto samples = read_samples(paths[0]);
  if (!samples) return samples.error();
  const adc::LogFilterBank filter_bank;
  constexpr std::size_t kLength = adc::LogFilterBank::kSamples,
                        kFeatures = adc::LogFilterBank::kFeatures;
  const std::size_t clips = samples->size() / kLength;
  std::vector<std::int8_t> features(clips * kFeatures);
  for (std::size_t i = 0; i < clips; ++i) {
    filter_bank(std::span(*samples).subspan(i * kLength, kLength),
                std::span(features).subspan(i * kFeatures, kFeatures));
  }
  const std::array<std::int64_t, 2> shape{static_cast<std::int64_t>(clips), kFeatures};
  return octet_engine::write_npy(paths[1], octet_engine::TensorType::int8, shape,
                                 std::as_bytes(std::span(features)));
}

// What each number of bits is good for.
octet_plot::Chart chart_of(const std::vector<double>& measured, const octet_plot::Series& words) {
  octet_plot::Chart chart{.title = "Sound through converters of 2 to 16 bits",
                          .x = {.label = "bits"},
                          .y = {.label = "dB, %", .min = 0, .max = 104}};
  octet_plot::Series law_of_bits{.name = "6.02 n + 1.76 dB", .mark = octet_plot::Mark::dashes},
      points{.name = "a sine's signal to noise in dB", .mark = octet_plot::Mark::points};
  for (int bits = kFewestBits; bits <= kMostBits; ++bits) {
    law_of_bits.x.push_back(bits);
    law_of_bits.y.push_back(law(bits));
  }
  points.x = law_of_bits.x;
  points.y = measured;
  chart.series = {law_of_bits, points, words};
  return chart;
}

std::optional<Error> run(const std::string& plot) {
  std::vector<double> measured;
  if (!print_law(measured)) return octet_engine::invalid("the law is missed by 0.3 dB");

  ToneClassifier classify;
  std::printf("\n%d clips of %d tones in noise, classified by integers alone\nbits  recognized\n",
              kClips, kTones);
  double last = 0;
  for (const int bits : {1, 2, 3, 4, 6, 8}) {
    last = recognized_tones(classify, bits);
    std::printf("%4d %9.1f %%\n", bits, 100 * last);
  }
  if (last < 0.95) return octet_engine::invalid("fewer than 95 % of the tones were recognized");

  const std::filesystem::path folder = OCTET_ADC_DIR;
  const auto words = read_words(folder);
  if (!words) return words.error();
  const auto model = octet_engine::Model::load(folder / "words.tflite");
  if (!model) return model.error();
  auto network = octet_engine::Engine::create(*model);
  if (!network) return network.error();
  std::printf("\n%zu spoken words of voices that training never heard\nbits  recognized\n",
              words->labels.size());
  octet_plot::Series of_words{.name = "words recognized in %"};
  for (const int bits : {2, 4, 6, 8, 10, 12, 14, 16}) {
    last = recognized_words(*network, *words, bits);
    of_words.x.push_back(bits);
    of_words.y.push_back(100 * last);
    std::printf("%4d %9.1f %%\n", bits, 100 * last);
  }
  if (last < 0.9) return octet_engine::invalid("fewer than 90 % of the words were recognized");
  if (!plot.empty() && !octet_plot::write_svg(plot, chart_of(measured, of_words))) {
    return octet_engine::invalid("cannot write " + plot);
  }
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Sound as integers, and classifiers on them");
  std::string plot;
  std::vector<std::string> features;
  app.add_option("--plot", plot, "Write a chart as SVG to this file");
  app.add_option("--features", features, "Only write the features of SAMPLES.npy to FEATURES.npy")
      ->expected(2);
  CLI11_PARSE(app, argc, argv);
  const auto error = features.empty() ? run(plot) : write_features(features);
  if (!error) return 0;
  std::fprintf(stderr, "octet_adc: %s\n", error->message.c_str());
  return 1;
}
