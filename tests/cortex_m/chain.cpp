// SPDX-License-Identifier: Apache-2.0
// A small network of static memory, run on every backend that the machine has: a convolution, a
// depthwise one, a pool, a gate by its own logistic function, a fully connected layer, a softmax.
// Prints a line for each backend with a hash of the output of each layer. check.sh compares the
// lines of a Cortex-M with those of the machine that compiles for it.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>

#include "octet/octet.hpp"

namespace {

constexpr std::int32_t kChannels = 16, kClasses = 10;

// One factor for each channel, around 2^-8.
constexpr auto kMultipliers = [] {
  std::array<std::int32_t, kChannels> multipliers{};
  for (std::int32_t i = 0; i < kChannels; ++i) {
    multipliers[static_cast<std::size_t>(i)] = (1 << 30) + 12345678 * i;
  }
  return multipliers;
}();
constexpr auto kShifts = [] {
  std::array<std::int32_t, kChannels> shifts{};
  for (std::int32_t i = 0; i < kChannels; ++i) shifts[static_cast<std::size_t>(i)] = -7 - i % 3;
  return shifts;
}();
constexpr std::array<std::int32_t, 1> kMultiplier = {1518500250}, kShift = {-8};

constexpr octet::ShapeNhwc kInput{1, 16, 16, 8};
constexpr octet::Conv2dParams kConv{
    .input = {kInput, -5},
    .filter = {kChannels, 3, 3, kInput.c},
    .padding = octet::same_padding(kInput, {3, 3}),
    .output = {.zero_point = -128, .multiplier = kMultipliers, .shift = kShifts}};
constexpr octet::DepthwiseConv2dParams kDepthwise{
    .input = {output_shape(kConv), -128},
    .filter = {3, 3},
    .stride = {2, 2},
    .padding = octet::same_padding(output_shape(kConv), {3, 3}, {2, 2}),
    .output = {.zero_point = 3, .multiplier = kMultipliers, .shift = kShifts}};
constexpr octet::Pool2dParams kPool{.input = {output_shape(kDepthwise), 3},
                                    .filter = {2, 2},
                                    .stride = {2, 2},
                                    .output = {.zero_point = 3}};
constexpr std::int32_t kFeatures = output_shape(kPool).size();
constexpr octet::Shape kFeatureShape{1, {kFeatures}};
constexpr octet::LogisticParams kLogistic{.input = {kFeatureShape, 3, {1 << 30, 23}},
                                          .input_range_radius = 255};
constexpr octet::MulParams kMul{.input1 = {kFeatureShape, 3},
                                .input2 = {kFeatureShape, -128},
                                .output = {.zero_point = -3, .rescale = {1518500250, -7}}};
constexpr octet::FullyConnectedParams kFullyConnected{
    .inputs = kFeatures,
    .outputs = kClasses,
    .input = {-3},
    .output = {.multiplier = kMultiplier, .shift = kShift}};
constexpr octet::SoftmaxParams kSoftmax{.input = {{2, {1, kClasses}}, 0, {1 << 30, 23}},
                                        .diff_min = -248};

using Conv = octet::Conv2d<std::int8_t>;
using Depthwise = octet::DepthwiseConv2d<std::int8_t>;
using Pool = octet::MaxPool2d<std::int8_t>;
using Logistic = octet::Logistic<std::int8_t>;
using Mul = octet::Mul<std::int8_t>;
using FullyConnected = octet::FullyConnected<std::int8_t>;
using Softmax = octet::Softmax<std::int8_t>;

// All memory, of constant size.
template <std::size_t kBytes>
struct alignas(octet::kAlignment) Memory : std::array<std::byte, kBytes> {};
Memory<Conv::max_packed_bytes(kConv)> packed_conv;
Memory<Depthwise::max_packed_bytes(kDepthwise)> packed_depthwise;
Memory<Logistic::packed_bytes(kLogistic)> packed_logistic;
Memory<FullyConnected::max_packed_bytes(kFullyConnected)> packed_fully_connected;
Memory<Softmax::packed_bytes(kSoftmax)> packed_softmax;
Memory<std::max({Conv::max_scratch_bytes(kConv), Depthwise::max_scratch_bytes(kDepthwise),
                 FullyConnected::max_scratch_bytes(kFullyConnected), std::size_t{1}})>
    scratch;

std::array<std::int8_t, kConv.filter.size()> conv_filter;
std::array<std::int8_t, kDepthwise.filter.h * kDepthwise.filter.w * kChannels> depthwise_filter;
std::array<std::int8_t, std::int64_t{kClasses} * kFeatures> fully_connected_filter;
std::array<std::int32_t, kChannels> bias;

std::array<std::int8_t, kInput.size()> input;
std::array<std::int8_t, output_shape(kConv).size()> conv_output;
std::array<std::int8_t, output_shape(kDepthwise).size()> depthwise_output;
std::array<std::int8_t, kFeatures> features, gates, gated;
std::array<std::int8_t, kClasses> classes, probabilities;

// Numerical Recipes' generator: the same bytes on every machine.
void fill(std::span<std::int8_t> values) {
  static std::uint32_t state = 1;
  for (std::int8_t& value : values) {
    state = state * 1664525 + 1013904223;
    value = static_cast<std::int8_t>(state >> 24);
  }
}

// Text of a fixed size, since printf of a firmware brings a heap.
class Line {
 public:
  Line& operator<<(const char* text) {
    while (*text != '\0' && size_ + 1 < sizeof(text_)) text_[size_++] = *text++;
    text_[size_] = '\0';
    return *this;
  }
  // FNV-1a
  Line& operator<<(std::span<const std::int8_t> values) {
    std::uint32_t hash = 2166136261;
    for (const std::int8_t value : values) {
      hash = (hash ^ static_cast<std::uint8_t>(value)) * 16777619;
    }
    for (int shift = 28; shift >= 0; shift -= 4) {
      const char digit[] = {"0123456789abcdef"[hash >> shift & 15], '\0'};
      *this << digit;
    }
    return *this;
  }
  const char* text() const { return text_; }

 private:
  char text_[256] = "";
  std::size_t size_ = 0;
};

bool refused(const char* layer, const octet::Status& status) {
  if (status.ok()) return false;
  Line line;
  line << layer << ": " << status.argument << " " << to_string(status.code);
  std::puts(line.text());
  return true;
}

// Binds a prepared layer to its inputs, output and scratch memory, and runs it.
template <class Operation, class... Memory>
bool run(const char* name, const octet::Result<Operation>& layer, const Memory&... memory) {
  if (refused(name, layer.status())) return false;
  const auto bound = layer->bind(memory...);
  if (refused(name, bound.status())) return false;
  bound->run();
  return true;
}

bool run_chain(const octet::Backend& backend) {
  using Values = std::span<const std::int8_t>;
  using Output = std::span<std::int8_t>;
  const std::span<std::byte> working(scratch);
  const bool ran =
      run("conv2d", Conv::prepare(kConv, conv_filter, bias, packed_conv, backend), Values(input),
          Output(conv_output), working) &&
      run("depthwise_conv2d",
          Depthwise::prepare(kDepthwise, depthwise_filter, bias, packed_depthwise, backend),
          Values(conv_output), Output(depthwise_output), working) &&
      run("max_pool2d", Pool::prepare(kPool, backend), Values(depthwise_output),
          Output(features)) &&
      run("logistic", Logistic::prepare(kLogistic, packed_logistic), Values(features),
          Output(gates)) &&
      run("mul", Mul::prepare(kMul, backend), Values(features), Values(gates), Output(gated)) &&
      run("fully_connected",
          FullyConnected::prepare(kFullyConnected, fully_connected_filter, {},
                                  packed_fully_connected, backend),
          Values(gated), Output(classes), working) &&
      run("softmax", Softmax::prepare(kSoftmax, packed_softmax), Values(classes),
          Output(probabilities));
  if (!ran) return false;
  Line line;
  line << backend.name << ": conv2d " << conv_output << " depthwise_conv2d " << depthwise_output
       << " max_pool2d " << features << " logistic " << gates << " mul " << gated
       << " fully_connected " << classes << " softmax " << probabilities;
  std::puts(line.text());
  return true;
}

}  // namespace

int main() {
  fill(conv_filter);
  fill(depthwise_filter);
  fill(fully_connected_filter);
  fill(input);
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = 100 * conv_filter[i];
  for (const octet::Backend* backend : octet::kBackends) {
    if (backend->available() && !run_chain(*backend)) return 1;
  }
  return 0;
}
