// SPDX-License-Identifier: Apache-2.0
// Turns a float network into a .tflite file of integers alone, and says how good it is.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "octet_engine/files.hpp"
#include "octet_quantizer/configuration.hpp"
#include "octet_quantizer/equalize.hpp"
#include "octet_quantizer/float_network.hpp"
#include "octet_quantizer/plots.hpp"
#include "octet_quantizer/quantizer.hpp"
#include "octet_quantizer/report.hpp"

namespace {

using namespace octet_quantizer;
using octet_engine::read_file;
using octet_engine::write_file;

struct Arguments {
  std::filesystem::path network, output, config, cache_in, cache_out, json, plot, labels, compare;
  std::vector<std::filesystem::path> calibrate, evaluate;
  std::string method = "minmax", io = "int8";
  double percentile = 0.9999;
  int bits = 8;
  std::size_t synthetic = 0;
  std::vector<float> range = {0, 1};
  std::uint32_t seed = 1;
  bool equalize = false, correct_bias = false, report = false, suggest = false, table = false;
  bool per_channel_fully_connected = false;
};

// On a terminal, and only there.
class ProgressBar {
 public:
  explicit ProgressBar(std::string what) : what_(std::move(what)) {}
  ~ProgressBar() {
    if (is_shown_) std::cerr << "\r" << std::string(what_.size() + kWidth + 9, ' ') << "\r";
  }
  void operator()(double share) {
    if (isatty(STDERR_FILENO) == 0) return;
    is_shown_ = true;
    const auto full = static_cast<std::size_t>(share * kWidth);
    std::cerr << "\r" << what_ << " [" << std::string(full, '#') << std::string(kWidth - full, ' ')
              << "] " << static_cast<int>(100 * share) << "%" << std::flush;
  }

 private:
  static constexpr std::size_t kWidth = 40;
  std::string what_;
  bool is_shown_ = false;
};

Progress progress(const std::string& what) {
  return [bar = std::make_shared<ProgressBar>(what)](double share) { (*bar)(share); };
}

// Samples of files, or made-up ones.
Expected<Samples> samples_of(const Network& network, const Arguments& arguments,
                             const std::vector<std::filesystem::path>& files, std::uint32_t seed) {
  if (!files.empty()) return Samples::load(network, files);
  if (arguments.synthetic == 0) {
    return invalid("give files of samples, or --synthetic N and --range MIN MAX");
  }
  return Samples::synthesize(network, arguments.synthetic, {arguments.range[0], arguments.range[1]},
                             seed);
}

Expected<std::string> read_text(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

Expected<Recipe> recipe_of(const Network& network, const Arguments& arguments) {
  const Choice choice{.method = *find_method(arguments.method),
                      .percentile = arguments.percentile,
                      .bits = arguments.bits,
                      .range = {}};
  std::string json = "{}";
  if (!arguments.config.empty()) {
    auto text = read_text(arguments.config);
    if (!text) return text.error();
    json = std::move(*text);
  }
  auto choices = read_configuration(network, choice, json);
  if (!choices) return choices.error();
  Recipe recipe{.choices = std::move(*choices),
                .cache = {},
                .correct_bias = arguments.correct_bias,
                .options = {.per_channel_fully_connected = arguments.per_channel_fully_connected,
                            .float_edges = arguments.io == "float"}};
  if (!arguments.cache_in.empty()) {
    const auto text = read_text(arguments.cache_in);
    if (!text) return text.error();
    recipe.cache = octet::read_calibration_cache(*text);
    if (!recipe.cache) return invalid(arguments.cache_in.string() + " is no calibration cache");
  }
  return recipe;
}

void print_row(const std::string& name, const OutputReport& output, std::size_t bytes,
               double microseconds) {
  std::cout << std::left << std::setw(36) << name << std::right << std::fixed
            << std::setprecision(2) << std::setw(8) << output.signal_to_noise
            << std::setprecision(1) << std::setw(11);
  if (output.agreement) {
    std::cout << 100 * *output.agreement << "%";
  } else {
    std::cout << "-"
              << " ";
  }
  std::cout << std::setw(10) << bytes << std::setw(10) << microseconds << "\n";
}

constexpr int kTimedRuns = 50;

std::optional<Error> print_row(const std::string& name, const Truth& truth,
                               const std::vector<std::byte>& file) {
  const auto runner = IntegerRunner::create(file);
  if (!runner) return Error{runner.error().code, name + ": " + runner.error().message};
  const OutputReport output = truth.measure(**runner);
  print_row(name, output, file.size(), (*runner)->microseconds(kTimedRuns));
  return std::nullopt;
}

// Every method, with and without what is done to weights before.
std::optional<Error> print_table(const Arguments& arguments, Calibrated& calibrated,
                                 const Recipe& recipe, const Truth& truth) {
  std::cout << "file                                SQNR/dB   as float     bytes        us\n";
  if (!arguments.compare.empty()) {
    const auto other = read_file(arguments.compare);
    if (!other) return other.error();
    if (auto error = print_row(arguments.compare.filename().string(), truth, *other)) return error;
  }
  const auto add_row = [&](const std::string& name, const Recipe& with) -> std::optional<Error> {
    const auto quantized = quantize(calibrated, with);
    if (!quantized) return quantized.error();
    return print_row(name, truth, quantized->file);
  };
  for (const Method method : kMethods) {
    for (const bool correct_bias : {false, true}) {
      Recipe other = recipe;
      other.correct_bias = correct_bias;
      for (Choice& choice : other.choices) choice.method = method;
      const std::string name = to_string(method) + (correct_bias ? ", bias corrected" : "");
      if (auto error = add_row(name, other)) return error;
    }
  }
  Recipe wide = recipe;
  for (Choice& choice : wide.choices) choice.bits = 16;
  if (auto error = add_row("16x8, " + arguments.method, wide)) return error;
  const Sample sample = truth.samples()[0];
  const auto start = std::chrono::steady_clock::now();
  calibrated.evaluator.run(sample);
  const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
  std::cout << "float32, plain loops that are no competitor: " << std::setprecision(0)
            << time.count() << " us, " << to_bytes(calibrated.network).size() << " bytes\n";
  return std::nullopt;
}

// The output's SQNR with and without a recipe's step.
std::optional<Error> print_effect(const std::string& step, const Truth& truth,
                                  const std::vector<std::byte>& without,
                                  const std::vector<std::byte>& with) {
  const auto before = IntegerRunner::create(without);
  if (!before) return before.error();
  const auto after = IntegerRunner::create(with);
  if (!after) return after.error();
  std::cout << step << std::fixed << std::setprecision(2) << ": "
            << truth.measure(**before).signal_to_noise << " dB before, "
            << truth.measure(**after).signal_to_noise << " dB after\n";
  return std::nullopt;
}

// The file that the network gives without --equalize.
Expected<std::vector<std::byte>> quantize_as_it_is(const Network& network, const Samples& samples,
                                                   const Recipe& recipe) {
  auto evaluator = FloatEvaluator::create(network);
  if (!evaluator) return evaluator.error();
  const Calibrated calibrated{network, *evaluator, samples, observe(network, *evaluator, samples)};
  auto quantized = quantize(calibrated, recipe);
  if (!quantized) return quantized.error();
  return std::move(quantized->file);
}

std::optional<Error> write_outputs(const Arguments& arguments, const Calibrated& calibrated,
                                   const Recipe& recipe, const Quantized& quantized) {
  if (!arguments.output.empty()) {
    if (auto error = write_file(arguments.output, quantized.file)) return error;
  }
  const std::vector<octet::RealRange> ranges = choose_ranges(calibrated, recipe);
  if (!arguments.cache_out.empty()) {
    const std::string text = octet::write_calibration_cache(
        to_cache(calibrated.network, ranges, *find_method(arguments.method)));
    if (auto error = write_file(arguments.cache_out, std::as_bytes(std::span(text)))) return error;
  }
  if (arguments.plot.empty()) return std::nullopt;
  return plot_histograms(arguments.plot, calibrated.network, calibrated.observations, ranges);
}

std::optional<Error> print_suggestions(const Quantized& quantized, const Recipe& recipe,
                                       const Truth& truth) {
  const auto suggestions = suggest(quantized.reals, quantized.plan, recipe.options, truth,
                                   progress("one layer at a time in 16x8"));
  if (!suggestions) return suggestions.error();
  std::cout
      << "\nlayers by what the output gains where one alone is 16x8 (measured, not estimated)\n";
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < std::min(kShown, suggestions->size()); ++i) {
    const Suggestion& suggestion = (*suggestions)[i];
    std::cout << std::fixed << std::setprecision(2) << std::showpos << std::setw(8)
              << suggestion.gain << std::noshowpos << " dB  " << suggestion.operation << "  "
              << suggestion.name << "\n";
  }
  return std::nullopt;
}

std::optional<Error> run(const Arguments& arguments) {
  Expected<Network> network = read_network(arguments.network);
  if (!network) return network.error();
  if (auto error = normalize(*network)) return error;
  if (auto error = check_operators(*network)) return error;
  const Network as_it_was = *network;
  if (arguments.equalize) {
    std::cout << "equalized " << equalize(*network) << " pairs of layers\n";
  }
  auto evaluator = FloatEvaluator::create(*network);
  if (!evaluator) return evaluator.error();
  const auto samples = samples_of(*network, arguments, arguments.calibrate, arguments.seed);
  if (!samples) return samples.error();
  const auto recipe = recipe_of(*network, arguments);
  if (!recipe) return recipe.error();
  Calibrated calibrated{*network, *evaluator, *samples,
                        observe(*network, *evaluator, *samples, progress("calibrating"))};
  const auto quantized = quantize(calibrated, *recipe, progress("means of inputs"));
  if (!quantized) return quantized.error();
  if (auto error = write_outputs(arguments, calibrated, *recipe, *quantized)) return error;
  const bool is_measured = arguments.report || arguments.suggest || arguments.table ||
                           !arguments.json.empty() || !arguments.compare.empty();
  if (!is_measured) return std::nullopt;

  const auto others = samples_of(*network, arguments, arguments.evaluate, arguments.seed + 1);
  if (!others) return others.error();
  std::vector<std::int64_t> labels;
  if (!arguments.labels.empty()) {
    auto read = load_labels(arguments.labels);
    if (!read) return read.error();
    if (read->size() != others->size()) {
      return invalid(std::to_string(read->size()) + " labels for " +
                     std::to_string(others->size()) + " samples");
    }
    labels = std::move(*read);
  }
  const Truth truth(*network, *evaluator, *others, std::move(labels), progress("float32"));
  if (arguments.report || !arguments.json.empty()) {
    const auto all = report(*network, *evaluator, quantized->integers, quantized->file, truth,
                            progress("comparing layers"));
    if (!all) return all.error();
    if (arguments.report) print(*all, std::cout);
    if (!arguments.json.empty()) {
      std::ofstream json(arguments.json);
      print_json(*all, json);
      if (!json) return invalid(arguments.json.string() + ": cannot be written");
    }
  }
  if (arguments.equalize && arguments.report) {
    const auto without = quantize_as_it_is(as_it_was, *samples, *recipe);
    if (!without) return without.error();
    if (auto error = print_effect("equalization", truth, *without, quantized->file)) return error;
  }
  if (arguments.correct_bias && arguments.report) {
    Recipe plain = *recipe;
    plain.correct_bias = false;
    const auto without = quantize(calibrated, plain);
    if (!without) return without.error();
    if (auto error = print_effect("bias correction", truth, without->file, quantized->file)) {
      return error;
    }
  }
  if (arguments.table || !arguments.compare.empty()) {
    if (auto error = print_table(arguments, calibrated, *recipe, truth)) return error;
  }
  return arguments.suggest ? print_suggestions(*quantized, *recipe, truth) : std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kFailure = 1;
  constexpr int kUsage = 2;
  Arguments arguments;
  CLI::App app("Turns a float network into a .tflite file of integers alone.");
  app.add_option("network", arguments.network, "the float network, .tflite or .onnx")->required();
  app.add_option("-o,--output", arguments.output, "the file to write");
  app.add_option("--calibrate", arguments.calibrate,
                 "samples for each input: .npy whose first dimension counts them, or raw float32");
  app.add_option("--evaluate", arguments.evaluate, "the same of samples that did not calibrate");
  app.add_option("--labels", arguments.labels, "the class of each of them: .npy of integers");
  app.add_option("--synthetic", arguments.synthetic,
                 "as many made-up samples where none are given");
  app.add_option("--range", arguments.range, "of made-up samples")->expected(2);
  app.add_option("--seed", arguments.seed, "of made-up samples; the next one evaluates");
  std::vector<std::string> methods;
  for (const Method method : kMethods) methods.push_back(to_string(method));
  app.add_option("--method", arguments.method, "how ranges follow from samples")
      ->check(CLI::IsMember(methods));
  app.add_option("--percentile", arguments.percentile,
                 "the share of values within, for that method")
      ->check(CLI::Range(0.5, 1.0));
  app.add_option("--bits", arguments.bits, "of activations: 8, or 16 for 16x8")
      ->check(CLI::IsMember({8, 16}));
  app.add_option("--config", arguments.config, "choices for single tensors and layers, JSON");
  app.add_option("--cache-in", arguments.cache_in,
                 "TensorRT's calibration cache to take ranges from");
  app.add_option("--cache-out", arguments.cache_out, "the same to write");
  app.add_option("--io", arguments.io, "what inputs and outputs are: int8 (or int16), float")
      ->check(CLI::IsMember({"int8", "float"}));
  app.add_flag("--per-channel-fully-connected", arguments.per_channel_fully_connected,
               "a scale for each output of fully connected layers");
  app.add_flag("--equalize", arguments.equalize, "cross-layer equalization");
  app.add_flag("--correct-bias", arguments.correct_bias, "bias correction");
  app.add_flag("--report", arguments.report, "print how good each layer and the output are");
  app.add_option("--json", arguments.json, "the report as JSON");
  app.add_option("--plot", arguments.plot, "a folder for histograms of activations, SVG");
  app.add_flag("--suggest", arguments.suggest, "print the layers that gain most from 16x8");
  app.add_flag("--table", arguments.table, "print a row for each method");
  app.add_option("--compare", arguments.compare, "another quantized file as a row of that table");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (const std::optional<Error> error = run(arguments)) {
    std::cerr << "octet_quantize: " << error->message << "\n";
    return kFailure;
  }
  return 0;
}
