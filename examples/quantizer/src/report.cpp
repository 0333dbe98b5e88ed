// SPDX-License-Identifier: Apache-2.0
#include "octet_quantizer/report.hpp"

#include <algorithm>
#include <iomanip>
#include <limits>
#include <nlohmann/json.hpp>
#include <ostream>

#include "octet/quantize/measures.hpp"
#include "operators.hpp"

namespace octet_quantizer {

namespace {

// Streams the values of one tensor.
class LayerMeasures {
 public:
  explicit LayerMeasures(const Tensor& tensor)
      : channels_(static_cast<std::size_t>(tensor.shape.empty() ? 1 : tensor.shape.back())) {}

  void add(std::span<const float> exact, std::span<const float> approximate,
           const octet::RealRange& range) {
    all_.add(exact, approximate);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      channels_[i % channels_.size()].add(exact[i], approximate[i]);
    }
    clipped_ += octet::clipped_share(exact, range);
    ++samples_;
  }

  void write(LayerReport& layer) const {
    layer.signal_to_noise = all_.signal_to_noise();
    layer.cosine = all_.cosine_similarity();
    layer.clipped = samples_ == 0 ? 0 : clipped_ / static_cast<double>(samples_);
    layer.worst_signal_to_noise = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      const double now = channels_[c].signal_to_noise();
      if (now >= layer.worst_signal_to_noise) continue;
      layer.worst_signal_to_noise = now;
      layer.worst_channel = c;
    }
  }

 private:
  octet::Differences all_;
  std::vector<octet::Differences> channels_;
  double clipped_ = 0;
  std::size_t samples_ = 0;
};

std::int64_t class_of(std::span<const float> scores) {
  return std::ranges::max_element(scores) - scores.begin();
}

// A layer whose output is compared, and where it is in both networks.
struct ComparedLayer {
  std::size_t operation;  // of the float network
  std::int32_t real, integer;
};

std::vector<ComparedLayer> compared_layers(const Network& network, const IntegerNetwork& integers) {
  std::vector<ComparedLayer> layers;
  const auto& operators = graph_of(network).operators;
  for (std::size_t i = 0; i < operators.size(); ++i) {
    const std::int32_t real = operators[i]->outputs[0];
    if (tensor_of(network, real).type != schema::TensorType_FLOAT32) continue;
    layers.push_back({i, real, integers.tensors[static_cast<std::size_t>(real)]});
  }
  return layers;
}

std::string shorten(const std::string& name) {
  constexpr std::size_t kLongest = 36;
  return name.size() <= kLongest ? name : name.substr(0, kLongest) + "...";
}

}  // namespace

Truth::Truth(const Network& network, FloatEvaluator& evaluator, const Samples& samples,
             std::vector<std::int64_t> labels, const Progress& progress)
    : samples_(samples), labels_(std::move(labels)), tells_classes_(!labels_.empty()) {
  const std::vector<std::int32_t>& outputs = graph_of(network).outputs;
  const std::int32_t writer = writer_of(network, outputs[0]);
  if (writer >= 0) {
    const Code code =
        code_of(network, *graph_of(network).operators[static_cast<std::size_t>(writer)]);
    tells_classes_ = tells_classes_ || code == schema::BuiltinOperator_SOFTMAX ||
                     code == schema::BuiltinOperator_LOG_SOFTMAX;
  }
  for (std::size_t i = 0; i < samples.size(); ++i) {
    evaluator.run(samples[i]);
    auto& of_sample = outputs_.emplace_back();
    for (const std::int32_t output : outputs) {
      const std::span<const float> values = evaluator.values(output);
      of_sample.emplace_back(values.begin(), values.end());
    }
    if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(samples.size()));
  }
}

OutputReport Truth::measure(IntegerRunner& runner) const {
  octet::Differences differences;
  std::size_t agreeing = 0, right_reals = 0, right_integers = 0;
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    runner.run(samples_[i]);
    for (std::size_t k = 0; k < outputs_[i].size(); ++k) {
      differences.add(outputs_[i][k], runner.output(k));
    }
    const std::int64_t real = class_of(outputs_[i][0]), integer = class_of(runner.output(0));
    agreeing += real == integer ? 1 : 0;
    if (labels_.empty()) continue;
    right_reals += real == labels_[i] ? 1 : 0;
    right_integers += integer == labels_[i] ? 1 : 0;
  }
  const auto share = [&](std::size_t count) {
    return static_cast<double>(count) / static_cast<double>(samples_.size());
  };
  OutputReport output{.samples = samples_.size(),
                      .signal_to_noise = differences.signal_to_noise(),
                      .cosine = differences.cosine_similarity(),
                      .agreement = {},
                      .float_accuracy = {},
                      .integer_accuracy = {}};
  if (tells_classes_) output.agreement = share(agreeing);
  if (!labels_.empty()) {
    output.float_accuracy = share(right_reals);
    output.integer_accuracy = share(right_integers);
  }
  return output;
}

Expected<Report> report(const Network& network, FloatEvaluator& evaluator,
                        const IntegerNetwork& integers, const std::vector<std::byte>& file,
                        const Truth& truth, const Progress& progress) {
  auto runner = IntegerRunner::create(file);
  if (!runner) return runner.error();
  Report report{.output = truth.measure(**runner),
                .layers = {},
                .float_bytes = to_bytes(network).size(),
                .integer_bytes = file.size()};
  const std::vector<ComparedLayer> layers = compared_layers(network, integers);
  std::vector<LayerMeasures> measures;
  for (const ComparedLayer& layer : layers) {
    measures.emplace_back(tensor_of(network, layer.real));
  }
  // Which layer an operator of the integer network is; it has more of them.
  std::vector<std::size_t> layer_of(graph_of(integers.network).operators.size(), layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    layer_of[static_cast<std::size_t>(writer_of(integers.network, layers[i].integer))] = i;
  }
  const Samples& samples = truth.samples();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Sample sample = samples[i];
    evaluator.run(sample);
    (*runner)->run(sample, [&](std::size_t operation) {
      const std::size_t l = layer_of[operation];
      if (l == layers.size()) return;
      measures[l].add(evaluator.values(layers[l].real), (*runner)->reals_of(layers[l].integer),
                      (*runner)->range_of(layers[l].integer));
    });
    if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(samples.size()));
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Tensor& tensor = tensor_of(integers.network, layers[i].integer);
    const Operation& operation = *graph_of(network).operators[layers[i].operation];
    LayerReport layer{.operation = name_of(network, operation),
                      .name = tensor_of(network, layers[i].real).name,
                      .type = schema::EnumNameTensorType(tensor.type),
                      .range = (*runner)->range_of(layers[i].integer)};
    measures[i].write(layer);
    report.layers.push_back(std::move(layer));
  }
  return report;
}

void print(const Report& report, std::ostream& out) {
  const auto decibels = [&](double value) -> std::ostream& {
    return out << std::fixed << std::setprecision(1) << std::setw(7) << value;
  };
  out << "  #  operation            type   SQNR/dB  cosine  clipped  worst channel  range, name\n";
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    const LayerReport& layer = report.layers[i];
    out << std::right << std::setw(3) << i << "  " << std::left << std::setw(19) << layer.operation
        << "  " << std::setw(5) << layer.type << std::right << "  ";
    decibels(layer.signal_to_noise) << "  " << std::setprecision(4) << std::setw(6) << layer.cosine
                                    << std::setw(8) << std::setprecision(3) << 100 * layer.clipped
                                    << "%  " << std::setw(5) << layer.worst_channel;
    decibels(layer.worst_signal_to_noise)
        << "   " << std::setprecision(3) << layer.range.min << ".." << layer.range.max << "  "
        << shorten(layer.name) << "\n";
  }
  const OutputReport& output = report.output;
  out << "\noutput   " << std::setprecision(2) << output.signal_to_noise << " dB over "
      << output.samples << " samples, cosine " << std::setprecision(5) << output.cosine << "\n";
  const auto percent = [&](const char* what, const std::optional<double>& share) {
    if (share) out << what << std::setprecision(1) << 100 * *share << "%\n";
  };
  percent("classes  as float in ", output.agreement);
  percent("right    float     ", output.float_accuracy);
  percent("right    integers  ", output.integer_accuracy);
  out << "size     " << report.float_bytes << " bytes of float32, " << report.integer_bytes
      << " bytes of integers\n";
}

void print_json(const Report& report, std::ostream& out) {
  const auto optional = [](const std::optional<double>& value) {
    return value ? nlohmann::json(*value) : nlohmann::json();
  };
  nlohmann::json layers = nlohmann::json::array();
  for (const LayerReport& layer : report.layers) {
    layers.push_back({{"operation", layer.operation},
                      {"name", layer.name},
                      {"type", layer.type},
                      {"range", {layer.range.min, layer.range.max}},
                      {"signal_to_noise", layer.signal_to_noise},
                      {"cosine", layer.cosine},
                      {"clipped", layer.clipped},
                      {"worst_channel", layer.worst_channel},
                      {"worst_signal_to_noise", layer.worst_signal_to_noise}});
  }
  const OutputReport& output = report.output;
  const nlohmann::json all = {{"samples", output.samples},
                              {"signal_to_noise", output.signal_to_noise},
                              {"cosine", output.cosine},
                              {"agreement", optional(output.agreement)},
                              {"float_accuracy", optional(output.float_accuracy)},
                              {"integer_accuracy", optional(output.integer_accuracy)},
                              {"float_bytes", report.float_bytes},
                              {"integer_bytes", report.integer_bytes},
                              {"layers", layers}};
  out << all.dump(1) << "\n";
}

Expected<std::vector<Suggestion>> suggest(const Network& network,
                                          const std::vector<TensorPlan>& plan,
                                          const IntegerOptions& options, const Truth& truth,
                                          const Progress& progress) {
  const auto measure = [&](const std::vector<TensorPlan>& with) -> Expected<double> {
    const auto integers = to_integers(network, with, options);
    if (!integers) return integers.error();
    const auto runner = IntegerRunner::create(to_bytes(integers->network));
    if (!runner) return runner.error();
    return truth.measure(**runner).signal_to_noise;
  };
  const Expected<double> before = measure(plan);
  if (!before) return before.error();
  std::vector<Suggestion> suggestions;
  const auto& operators = graph_of(network).operators;
  for (std::size_t i = 0; i < operators.size(); ++i) {
    const auto output = static_cast<std::size_t>(operators[i]->outputs[0]);
    const OperatorType& type = *find_operator(code_of(network, *operators[i]));
    const bool computes = type.scale == OutputScale::own || type.scale == OutputScale::fixed;
    if (!type.has_int16 || !computes || plan[output].bits == 16) continue;
    std::vector<TensorPlan> wide = plan;
    wide[output].bits = 16;
    const Expected<double> after = measure(wide);
    if (!after) return after.error();
    suggestions.push_back({name_of(network, *operators[i]), graph_of(network).tensors[output]->name,
                           *after - *before});
    if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(operators.size()));
  }
  std::ranges::sort(suggestions, std::ranges::greater(), &Suggestion::gain);
  return suggestions;
}

}  // namespace octet_quantizer
