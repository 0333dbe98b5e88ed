// SPDX-License-Identifier: Apache-2.0
// How good the integers of a network are, against float32, on inputs that did not calibrate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "octet_quantizer/calibration.hpp"
#include "octet_quantizer/integer_network.hpp"
#include "octet_quantizer/integer_runner.hpp"

namespace octet_quantizer {

// Of what one operator writes.
struct LayerReport {
  std::string operation, name;  // "CONV_2D", and that of the tensor
  std::string type;             // "INT8"
  octet::RealRange range;       // that the integers cover
  double signal_to_noise = 0;   // dB, over all samples
  double cosine = 0;
  double clipped = 0;  // the share of float32 values outside of the range
  std::size_t worst_channel = 0;
  double worst_signal_to_noise = 0;  // of that channel
};

// Of what comes out.
struct OutputReport {
  std::size_t samples = 0;
  double signal_to_noise = 0;  // dB, of all outputs together
  double cosine = 0;
  // The shares of samples whose class is that of float32, and whose class is the label's; only of
  // networks that tell classes.
  std::optional<double> agreement, float_accuracy, integer_accuracy;
};

struct Report {
  OutputReport output;
  std::vector<LayerReport> layers;
  std::size_t float_bytes = 0, integer_bytes = 0;  // of the files
};

// What float32 makes of samples: the truth, once for all that is compared with it.
class Truth {
 public:
  // Labels are empty, or one for each sample.
  Truth(const Network& network, FloatEvaluator& evaluator, const Samples& samples,
        std::vector<std::int64_t> labels, const Progress& progress = {});

  // Of any file that has the network's inputs and outputs.
  OutputReport measure(IntegerRunner& runner) const;

  const Samples& samples() const { return samples_; }

 private:
  const Samples& samples_;
  std::vector<std::int64_t> labels_;
  bool tells_classes_;
  std::vector<std::vector<std::vector<float>>> outputs_;  // by sample and output
};

// Of every layer. `file` holds the integer network's bytes.
Expected<Report> report(const Network& network, FloatEvaluator& evaluator,
                        const IntegerNetwork& integers, const std::vector<std::byte>& file,
                        const Truth& truth, const Progress& progress = {});

void print(const Report& report, std::ostream& out);
void print_json(const Report& report, std::ostream& out);

// The output's gain in dB where one layer alone computes with 16x8, largest first.
struct Suggestion {
  std::string operation, name;
  double gain = 0;
};
Expected<std::vector<Suggestion>> suggest(const Network& network,
                                          const std::vector<TensorPlan>& plan,
                                          const IntegerOptions& options, const Truth& truth,
                                          const Progress& progress = {});

}  // namespace octet_quantizer
