// SPDX-License-Identifier: Apache-2.0
// Runs one layer a number of times, for the instruction counter of arm_model.py:
//   layers gemm|conv2d|depthwise_conv2d RUNS
// Prints the multiply-accumulates of a run and a hash of its outputs, which is the same for
// activations of uint8 (-DACTIVATION=std::uint8_t): they are those of int8 and 128.
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "octet/conv2d.hpp"
#include "octet/depthwise_conv2d.hpp"
#include "octet/gemm.hpp"
#include "octet/hosted/aligned_buffer.hpp"

#ifndef ACTIVATION
#define ACTIVATION std::int8_t
#endif

namespace {

using Activation = ACTIVATION;
constexpr std::int32_t kOffset = std::is_signed_v<Activation> ? 0 : 128;

// The usual random numbers of 32 bits; weights are symmetric, -127 to 127.
std::vector<std::int8_t> bytes(std::int64_t size, std::int32_t lowest) {
  std::vector<std::int8_t> out(static_cast<std::size_t>(size));
  std::uint32_t state = 1;
  for (std::int8_t& x : out) {
    state = state * 1664525u + 1013904223u;
    const auto span = static_cast<std::uint32_t>(128 - lowest);
    x = static_cast<std::int8_t>(lowest + static_cast<std::int32_t>((state >> 8) % span));
  }
  return out;
}

template <class Layer>
int run(const typename Layer::Params& params, std::int64_t inputs, std::int64_t weights,
        std::int64_t outputs, std::int64_t depth, int runs) {
  std::vector<Activation> input;
  for (const std::int8_t x : bytes(inputs, -128)) {
    input.push_back(static_cast<Activation>(x + kOffset));
  }
  const auto filter = bytes(weights, -127);
  octet::AlignedBuffer packed(Layer::packed_bytes(params));
  const auto layer = Layer::prepare(params, filter, {}, packed.span());
  if (!layer) return std::puts(layer.status().argument), 1;
  octet::AlignedBuffer scratch(layer->scratch_bytes());
  std::vector<Activation> output(static_cast<std::size_t>(outputs));
  const auto bound = layer->bind(input, output, scratch.span());
  if (!bound) return std::puts(bound.status().argument), 1;
  for (int i = 0; i < runs; ++i) bound->run();
  std::uint64_t hash = 14695981039346656037u;
  for (const Activation x : output) {
    hash = (hash ^ static_cast<std::uint8_t>(x - kOffset)) * 1099511628211u;
  }
  std::printf("%lld %016llx\n", static_cast<long long>(outputs * depth),
              static_cast<unsigned long long>(hash));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::puts("layers gemm|conv2d|depthwise_conv2d RUNS"), 2;
  const std::string_view name = argv[1];
  const int runs = std::atoi(argv[2]);
  std::vector<std::int32_t> multiplier, shift;
  for (int c = 0; c < 256; ++c) {
    multiplier.push_back((1 << 30) + c * 4000000);
    shift.push_back(-6 - c % 3);
  }
  const auto stage = [&](std::size_t channels) {
    return octet::OutputStage{.zero_point = 3 + kOffset,
                              .multiplier = std::span(multiplier).first(channels),
                              .shift = std::span(shift).first(channels)};
  };
  if (name == "gemm") {
    const octet::GemmParams params{
        .m = 256, .n = 256, .k = 256, .input = {.zero_point = kOffset - 5}, .output = stage(256)};
    return run<octet::Gemm<Activation>>(params, 256 * 256, 256 * 256, 256 * 256, 256, runs);
  }
  if (name == "conv2d") {
    const octet::Conv2dParams params{.input = {.shape = {1, 14, 14, 64}, .zero_point = kOffset - 5},
                                     .filter = {64, 3, 3, 64},
                                     .padding = {1, 1, 1, 1},
                                     .output = stage(64)};
    return run<octet::Conv2d<Activation>>(params, 14 * 14 * 64, 64 * 9 * 64, 14 * 14 * 64, 9 * 64,
                                          runs);
  }
  const octet::DepthwiseConv2dParams params{
      .input = {.shape = {1, 56, 56, 64}, .zero_point = kOffset - 5},
      .filter = {3, 3},
      .padding = {1, 1, 1, 1},
      .output = stage(64)};
  return run<octet::DepthwiseConv2d<Activation>>(params, 56 * 56 * 64, 9 * 64, 56 * 56 * 64, 9,
                                                 runs);
}
