// SPDX-License-Identifier: Apache-2.0
// Reads handwritten digits with a small quantized network, on every instruction set of this
// machine.
//
//   octet_digits [FOLDER]    FOLDER holds digits.tflite, images.npy, labels.npy and training.json
//
// Fails if the backends do not agree to the last bit, or if too few digits are read correctly.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "octet/backends.hpp"
#include "octet_engine/engine.hpp"
#include "octet_engine/files.hpp"
#include "octet_engine/npy.hpp"

namespace {

using octet_engine::Engine, octet_engine::Error, octet_engine::Expected, octet_engine::invalid,
    octet_engine::Model, octet_engine::NpyArray;

constexpr std::size_t kSide = 8;
constexpr std::size_t kPixels = kSide * kSide;
constexpr std::size_t kClasses = 10;
constexpr std::size_t kGreyLevels = 17;
constexpr double kLowestAccuracy = 0.95;

struct Digits {
  std::vector<std::uint8_t> pixels;  // 0 to 16, kPixels for each image
  std::vector<std::uint8_t> labels;

  std::size_t size() const { return labels.size(); }
};

std::vector<std::uint8_t> values(const NpyArray& array) {
  std::vector<std::uint8_t> values(array.data.size());
  std::ranges::transform(array.data, values.begin(), std::to_integer<std::uint8_t>);
  return values;
}

Expected<Digits> read_digits(const std::filesystem::path& folder) {
  const auto images = octet_engine::read_npy(folder / "images.npy");
  if (!images) return images.error();
  const auto labels = octet_engine::read_npy(folder / "labels.npy");
  if (!labels) return labels.error();
  Digits digits{values(*images), values(*labels)};
  const auto count = static_cast<std::int64_t>(digits.size());
  if (digits.size() == 0 || images->shape != std::vector<std::int64_t>{count, kSide, kSide, 1}) {
    return invalid("images.npy does not hold one 8x8x1 image for each of labels.npy");
  }
  const auto exceeds = [](std::size_t limit) { return [=](auto value) { return value >= limit; }; };
  if (std::ranges::any_of(digits.pixels, exceeds(kGreyLevels)) ||
      std::ranges::any_of(digits.labels, exceeds(kClasses))) {
    return invalid("a pixel is not in 0..16 or a label not in 0..9");
  }
  return digits;
}

// The accuracy of the network before it was quantized, as training noted it.
std::optional<double> read_float_accuracy(const std::filesystem::path& folder) {
  const auto bytes = octet_engine::read_file(folder / "training.json");
  if (!bytes) return std::nullopt;
  const std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  constexpr std::string_view key = "\"float_accuracy\":";
  const std::size_t at = text.find(key);
  if (at == std::string::npos) return std::nullopt;
  return std::strtod(text.c_str() + at + key.size(), nullptr);
}

// The int8 value of each grey level.
std::array<std::byte, kGreyLevels> input_table(const octet_engine::Tensor& input) {
  std::array<std::byte, kGreyLevels> table{};
  for (std::size_t grey = 0; grey < kGreyLevels; ++grey) {
    const float steps = std::round(static_cast<float>(grey) / input.quantization.scales[0]);
    const float value = steps + static_cast<float>(input.quantization.zero_point(0));
    table[grey] = static_cast<std::byte>(static_cast<int>(std::clamp(value, -128.0f, 127.0f)));
  }
  return table;
}

int score(std::byte value) { return std::to_integer<std::int8_t>(value); }

std::size_t best_class(std::span<const std::byte> scores) {
  const auto best = std::ranges::max_element(scores, {}, score);
  return static_cast<std::size_t>(best - scores.begin());
}

// FNV-1a, to compare runs on different machines by eye.
std::uint64_t hash(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::byte byte : bytes) {
    hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3;
  }
  return hash;
}

struct Run {
  std::vector<std::byte> scores;  // kClasses for each image
  double microseconds = 0;        // of the median image
};

Run read_all(Engine& engine, const std::vector<std::byte>& inputs) {
  using Clock = std::chrono::steady_clock;
  Run run;
  std::vector<Clock::duration> times;
  for (std::size_t start = 0; start < inputs.size(); start += kPixels) {
    std::ranges::copy(std::span(inputs).subspan(start, kPixels), engine.input(0).begin());
    const Clock::time_point before = Clock::now();
    engine.run();
    times.push_back(Clock::now() - before);
    run.scores.insert(run.scores.end(), engine.output(0).begin(), engine.output(0).end());
  }
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  run.microseconds = std::chrono::duration<double, std::micro>(*middle).count();
  return run;
}

void draw(const Digits& digits, std::size_t image, std::span<const std::byte> scores) {
  constexpr std::string_view ink = " .:-=+*#%@";
  for (std::size_t row = 0; row < std::max(kSide, kClasses); ++row) {
    std::string line(2 * kSide, ' ');
    for (std::size_t column = 0; column < kSide && row < kSide; ++column) {
      const std::size_t grey = digits.pixels[image * kPixels + row * kSide + column];
      line[2 * column] = line[2 * column + 1] = ink[grey * (ink.size() - 1) / (kGreyLevels - 1)];
    }
    // The output's scale is 1/256 and its zero point -128.
    const int percent = (score(scores[row]) + 128) * 100 / 256;
    const std::string bar(static_cast<std::size_t>(percent) / 4, '=');
    std::cout << "  " << line << "  " << row << std::setw(4) << percent << "%"
              << (bar.empty() ? "" : "  " + bar) << "\n";
  }
}

void print_accuracy(const char* what, double accuracy) {
  std::cout << what << std::fixed << std::setprecision(2) << 100 * accuracy << " %\n";
}

std::optional<Error> run(const std::filesystem::path& folder) {
  const auto digits = read_digits(folder);
  if (!digits) return digits.error();
  const auto model = Model::load(folder / "digits.tflite");
  if (!model) return model.error();

  std::vector<std::byte> inputs;
  std::optional<Run> first;
  bool all_agree = true;
  std::cout << digits->size()
            << " images of 8x8 pixels\n\nbackend       us/image  hash of all scores\n";
  for (const octet::Backend* backend : octet::kBackends) {
    std::cout << std::left << std::setw(12) << backend->name << std::right;
    if (!backend->available()) {
      std::cout << "   skipped: this machine cannot run it\n";
      continue;
    }
    auto engine = Engine::create(*model, *backend);
    if (!engine) return engine.error();
    if (engine->input(0).size() != kPixels || engine->output(0).size() != kClasses) {
      return invalid("the model does not turn 64 pixels into 10 scores");
    }
    if (inputs.empty()) {
      const auto table = input_table(model->tensor(model->inputs()[0]));
      for (const std::uint8_t pixel : digits->pixels) inputs.push_back(table[pixel]);
    }
    Run run = read_all(*engine, inputs);
    std::cout << std::fixed << std::setprecision(2) << std::setw(10) << run.microseconds << "  "
              << std::hex << std::setw(16) << hash(run.scores) << std::dec << "\n";
    if (!first) {
      first = std::move(run);
    } else if (run.scores != first->scores) {
      all_agree = false;
    }
  }

  std::size_t correct = 0;
  for (std::size_t i = 0; i < digits->size(); ++i) {
    const auto scores = std::span(first->scores).subspan(i * kClasses, kClasses);
    correct += best_class(scores) == digits->labels[i];
  }
  const double accuracy = static_cast<double>(correct) / static_cast<double>(digits->size());
  std::cout << "\n";
  draw(*digits, 0, std::span(first->scores).first(kClasses));
  std::cout << "\n";
  if (const auto float_accuracy = read_float_accuracy(folder)) {
    print_accuracy("float accuracy, in training  ", *float_accuracy);
  }
  print_accuracy("int8 accuracy                ", accuracy);
  std::cout << (all_agree ? "all backends gave the same bits\n" : "");
  if (!all_agree) return invalid("the backends do not give the same bits");
  if (accuracy < kLowestAccuracy)
    return invalid("fewer than 95 % of the digits were read correctly");
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  if (const std::optional<Error> error = run(argc > 1 ? argv[1] : OCTET_DIGITS_DIR)) {
    std::cerr << "octet_digits: " << error->message << "\n";
    return EXIT_FAILURE;
  }
}
