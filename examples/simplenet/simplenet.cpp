// SPDX-License-Identifier: Apache-2.0
// The convolution of oneDNN's int8 example (simplenet, cnn_inference_int8) on octet and on oneDNN:
// 8 x 256 x 13 x 13, 384 filters of 3 x 3, padding 1, ReLU, real numbers as integers with the
// scales 1.8, 2.0 and 0.55. Outputs are compared for each of octet's roundings, and both are timed.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "octet/conv2d.hpp"
#include "octet/hosted/aligned_buffer.hpp"
#include "octet/quantize/multiplier.hpp"
#include "peers/peer.hpp"
#include "plot/program.hpp"

namespace {

constexpr float kInputScale = 1.8f, kFilterScale = 2.0f,
                kOutputScale = 0.55f;  // times real numbers
constexpr octet::ShapeNhwc kInput{8, 13, 13, 256};
constexpr octet::ShapeOhwi kFilter{384, 3, 3, 256};

// Integers of one layer, and the factor of its outputs.
struct Layer {
  const char* name;
  std::vector<std::int8_t> input, filter;
  std::vector<std::int32_t> bias;
  float factor;
};

// Real numbers as the example has them: sines, whose integers are small.
Layer as_in_the_example() {
  const auto quantize = [](float real, float scale) {
    return static_cast<std::int8_t>(std::clamp(std::nearbyint(real * scale), -128.0f, 127.0f));
  };
  Layer layer{.name = "the example's real numbers",
              .input = {},
              .filter = {},
              .bias = {},
              .factor = kOutputScale / (kInputScale * kFilterScale)};
  for (std::int64_t i = 0; i < kInput.size(); ++i) {
    layer.input.push_back(quantize(10 * std::sin(static_cast<float>(i)), kInputScale));
  }
  for (std::int64_t i = 0; i < kFilter.size(); ++i) {
    layer.filter.push_back(quantize(std::sin(static_cast<float>(i)), kFilterScale));
  }
  for (std::int32_t i = 0; i < kFilter.o; ++i) {
    const float real = std::sin(static_cast<float>(i));
    layer.bias.push_back(
        static_cast<std::int32_t>(std::nearbyint(real * kInputScale * kFilterScale)));
  }
  return layer;
}

// All values of a byte, and a factor that keeps most outputs inside one.
Layer full_range() {
  std::mt19937 generator(1);
  Layer layer{
      .name = "every value of a byte", .input = {}, .filter = {}, .bias = {}, .factor = 0.000123f};
  const auto byte = [&] { return static_cast<std::int8_t>(generator() >> 24); };
  for (std::int64_t i = 0; i < kInput.size(); ++i) layer.input.push_back(byte());
  for (std::int64_t i = 0; i < kFilter.size(); ++i) {
    layer.filter.push_back(std::max<std::int8_t>(byte(), -127));
  }
  for (std::int32_t i = 0; i < kFilter.o; ++i) layer.bias.push_back(1000 * byte());
  return layer;
}

octet::Conv2dParams params_of(const octet::Rescale& factor, octet::Rounding rounding) {
  return {.input = {kInput},
          .filter = kFilter,
          .padding = {1, 1, 1, 1},
          .output = {.min = 0,  // ReLU
                     .multiplier = {&factor.multiplier, 1},
                     .shift = {&factor.shift, 1},
                     .rounding = rounding}};
}

// Microseconds of the fastest of some runs.
double fastest(const std::function<void()>& run) {
  using Clock = std::chrono::steady_clock;
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 20; ++i) {
    const auto start = Clock::now();
    run();
    const std::chrono::duration<double, std::micro> time = Clock::now() - start;
    least = std::min(least, time.count());
  }
  return least;
}

class Octet {
 public:
  using Conv2d = octet::Conv2d<std::int8_t>;

  Octet(const Layer& layer, octet::Rounding rounding)
      : factor_(octet::quantize_multiplier(layer.factor, rounding)),
        params_(params_of(factor_, rounding)),
        packed_(Conv2d::packed_bytes(params_)),
        output_(static_cast<std::size_t>(output_shape(params_).size())),
        conv_(*Conv2d::prepare(params_, layer.filter, layer.bias, packed_.span())),
        scratch_(conv_.scratch_bytes()),
        bound_(*conv_.bind(layer.input, output_, scratch_.span())) {}
  Octet(const Octet&) = delete;
  Octet& operator=(const Octet&) = delete;

  void run() const { bound_.run(); }
  const std::vector<std::int8_t>& output() const { return output_; }

 private:
  octet::Rescale factor_;
  octet::Conv2dParams params_;
  octet::AlignedBuffer packed_;
  std::vector<std::int8_t> output_;
  Conv2d conv_;
  octet::AlignedBuffer scratch_;
  Conv2d::Bound bound_;
};

constexpr double kBarWidth = 0.3;
constexpr octet::Rounding kRoundings[] = {octet::Rounding::tflite, octet::Rounding::single,
                                          octet::Rounding::float32_half_even};

// Prints and draws how many outputs differ for each rounding, and returns how many do for
// float32_half_even, which is oneDNN's.
std::int64_t compare(const Layer& layer, const octet_bench::Peer& onednn,
                     octet_plot::Chart& chart) {
  const octet::Rescale factor = octet::quantize_multiplier(layer.factor);
  const octet::Conv2dParams params = params_of(factor, octet::Rounding::tflite);
  std::vector<std::int8_t> theirs(static_cast<std::size_t>(output_shape(params).size()));
  const std::vector<float> scale(static_cast<std::size_t>(kFilter.o), layer.factor);
  const auto run = onednn.conv2d.int8(
      params, {layer.input.data(), layer.filter.data(), layer.bias.data(), scale, theirs.data()});
  run();
  // Its ReLU, which the adapter leaves out: the zero point is 0.
  for (std::int8_t& value : theirs) value = std::max<std::int8_t>(value, 0);

  std::printf("%s: of %zu outputs\n", layer.name, theirs.size());
  std::int64_t last = 0;
  octet_plot::Series series{
      .name = layer.name, .mark = octet_plot::Mark::bars, .bar_width = kBarWidth};
  for (const octet::Rounding rounding : kRoundings) {
    const Octet ours(layer, rounding);
    ours.run();
    std::int64_t differ = 0, most = 0;
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      const std::int64_t difference = std::abs(ours.output()[i] - theirs[i]);
      differ += difference != 0 ? 1 : 0;
      most = std::max(most, difference);
    }
    std::printf("  %-18s %8lld differ, by %lld at most\n", octet::to_string(rounding),
                static_cast<long long>(differ), static_cast<long long>(most));
    const auto place = static_cast<double>(series.x.size());
    series.x.push_back(place + kBarWidth * static_cast<double>(chart.series.size()));
    series.y.push_back(static_cast<double>(differ));
    last = differ;
  }
  chart.series.push_back(std::move(series));
  return last;
}

bool has_vnni() {
  for (const octet::Backend* backend : octet::kBackends) {
    const std::string_view name = backend->name;
    if ((name == "avxvnni" || name == "avx512vnni") && backend->available()) return true;
  }
  return false;
}

void time(const Layer& layer, const octet_bench::Peer& onednn) {
  const Octet ours(layer, octet::Rounding::tflite);
  const octet::Rescale factor = octet::quantize_multiplier(layer.factor);
  const octet::Conv2dParams params = params_of(factor, octet::Rounding::tflite);
  std::vector<std::int8_t> bytes(ours.output().size());
  std::vector<float> scale(static_cast<std::size_t>(kFilter.o), layer.factor);
  const std::vector<float> input(layer.input.begin(), layer.input.end()),
      filter(layer.filter.begin(), layer.filter.end());
  std::vector<float> reals(bytes.size());
  const auto int8 = onednn.conv2d.int8(
      params, {layer.input.data(), layer.filter.data(), layer.bias.data(), scale, bytes.data()});
  const auto fp32 = onednn.conv2d.fp32(params, {input.data(), filter.data(), reals.data()});
  const double own = fastest([&] { ours.run(); });
  const double their_int8 = fastest(int8), their_fp32 = fastest(fp32);
  std::printf("time on one core, octet's int8 on %s = 1\n", octet::best_backend().name);
  std::printf("  %-28s %5.2f\n", (onednn.name + " int8").c_str(), their_int8 / own);
  std::printf("  %-28s %5.2f\n", (onednn.name + " fp32").c_str(), their_fp32 / own);
}

bool measure(const octet_bench::Peer& onednn, octet_plot::Chart& chart) {
  chart.title = "Outputs that differ from oneDNN's, of 519168";
  chart.y.label = "outputs";
  for (const octet::Rounding rounding : kRoundings) {
    chart.x.names.push_back(
        {static_cast<double>(chart.x.names.size()) + kBarWidth / 2, octet::to_string(rounding)});
  }
  const Layer example = as_in_the_example(), full = full_range();
  const std::int64_t differ = compare(example, onednn, chart);
  const std::int64_t differ_in_full = compare(full, onednn, chart);
  if (!has_vnni()) {
    std::puts(
        "  (without VNNI oneDNN halves the weights, and adds pairs of products in 16 bits, which\n"
        "  saturate)");
  }
  time(full, onednn);
  return !has_vnni() || (differ == 0 && differ_in_full == 0);
}

}  // namespace

int main(int argc, char** argv) {
  const octet_bench::Peer onednn = octet_bench::onednn();
  if (onednn.conv2d.int8 == nullptr) {
    return std::puts("skipped: this version of oneDNN has another interface"), 77;
  }
  return octet_plot::run_program(argc, argv,
                                 [&](octet_plot::Chart& chart) { return measure(onednn, chart); });
}
