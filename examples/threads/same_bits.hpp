// SPDX-License-Identifier: Apache-2.0
// A matrix multiplication and a 3x3 convolution, in one part and in two on threads of the caller.
#pragma once

#include <array>
#include <chrono>
#include <cstdio>
#include <vector>

#include <octet/conv2d.hpp>
#include <octet/gemm.hpp>
#include <octet/hosted/aligned_buffer.hpp>
#include <octet/hosted/message.hpp>

constexpr std::int32_t kThreads = 2;

inline std::vector<std::int8_t> some_values(std::int64_t count) {
  std::vector<std::int8_t> values(static_cast<std::size_t>(count));
  std::uint32_t state = 1;
  for (std::int8_t& value : values) value = static_cast<std::int8_t>((state *= 747796405u) >> 24);
  return values;
}

// Microseconds of the fastest of a few calls.
template <class Call>
double fastest(Call call) {
  double best = 1e9;
  for (int i = 0; i < 200; ++i) {
    const auto start = std::chrono::steady_clock::now();
    call();
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
    if (time.count() < best) best = time.count();
  }
  return best;
}

// Whether the operation writes the same bytes in one part and in kThreads of them.
template <class Operation, class Params, class ParallelFor>
bool same_bits(const char* name, const Params& params, std::int64_t inputs, std::int64_t weights,
               std::int64_t outputs, const ParallelFor& parallel_for) {
  const auto input = some_values(inputs), filter = some_values(weights);
  std::vector<std::int8_t> alone(static_cast<std::size_t>(outputs)), together(alone);
  octet::AlignedBuffer packed(Operation::packed_bytes(params));
  const auto operation = Operation::prepare(params, filter, {}, packed.span());
  if (!operation) return std::puts(octet::to_string(operation.status()).c_str()), false;
  octet::AlignedBuffer scratch(operation->scratch_bytes(kThreads));  // of every part

  const auto one = operation->bind(input, alone, scratch.span());
  const auto two = operation->bind(input, together, scratch.span(), kThreads);
  if (!one || !two) return std::puts(octet::to_string(two.status()).c_str()), false;
  const double time_alone = fastest([&] { one->run(); });
  const double time_together = fastest([&] { two->run(parallel_for); });

  const bool same = alone == together;
  std::printf("%-8s %8.1f us  %8.1f us on %d threads  %s\n", name, time_alone, time_together,
              kThreads, same ? "same bits" : "DIFFERENT BITS");
  return same;
}

// The result of main.
template <class ParallelFor>
int run_two_layers(const ParallelFor& parallel_for) {
  static constexpr std::array<std::int32_t, 1> kMultiplier = {1518500250}, kShift = {-8};
  const octet::OutputStage output = {.zero_point = 2, .multiplier = kMultiplier, .shift = kShift};
  const octet::GemmParams gemm{
      .m = 256, .n = 256, .k = 256, .input = {.zero_point = -3}, .output = output};
  const octet::Conv2dParams conv{.input = {{1, 28, 28, 64}, -3},
                                 .filter = {64, 3, 3, 64},
                                 .padding = octet::same_padding({1, 28, 28, 64}, {3, 3}),
                                 .output = output};
  const bool same_gemm = same_bits<octet::Gemm<std::int8_t>>(
      "gemm", gemm, gemm.m * gemm.k, gemm.k * gemm.n, gemm.m * gemm.n, parallel_for);
  const bool same_conv = same_bits<octet::Conv2d<std::int8_t>>(
      "conv2d", conv, conv.input.shape.size(), conv.filter.size(), octet::output_shape(conv).size(),
      parallel_for);
  return same_gemm && same_conv ? 0 : 1;
}
