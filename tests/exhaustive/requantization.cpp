// SPDX-License-Identifier: Apache-2.0
// Every accumulator there is, through the output stage of every backend: products of depth 1, whose
// rows are the 256 bytes and whose columns differ by 256 in their bias.
#include <cmath>
#include <limits>
#include <span>
#include <type_traits>

#include "octet/gemm.hpp"
#include "octet/hosted/aligned_buffer.hpp"
#include "octet/reference/output_value.hpp"
#include "support/random.hpp"
#include "work.hpp"

namespace exhaustive {
namespace {

constexpr std::int32_t kRows = 256, kColumns = 4096;
constexpr std::int64_t kPartSize = std::int64_t{kRows} * kColumns;
constexpr std::int64_t kParts = (std::int64_t{1} << 32) / kPartSize;
constexpr std::int64_t kLowest = std::numeric_limits<std::int32_t>::min();

// One part on one backend, compared with what the reference makes of it.
template <class Out>
class Part {
 public:
  Part(const octet::OutputStage& stage, std::int64_t part)
      : stage_(stage), first_(kLowest + part * kPartSize), bias_(kColumns), expected_(kPartSize) {
    for (std::int32_t c = 0; c < kColumns; ++c) {
      bias_[static_cast<std::size_t>(c)] = static_cast<std::int32_t>(first_ + 128 + c * kRows);
    }
    for (std::int64_t i = 0; i < kPartSize; ++i) {
      expected_[static_cast<std::size_t>(i)] =
          octet::reference::output_value<Out>(octet::reference::ExactSum(first_ + i), stage, 0);
    }
  }

  // "" or what differs.
  std::string compare(const octet::Backend& backend) const {
    std::vector<std::int8_t> input(kRows);
    for (std::int32_t r = 0; r < kRows; ++r) {
      input[static_cast<std::size_t>(r)] = static_cast<std::int8_t>(r - 128);
    }
    const std::vector<std::int8_t> filter(kColumns, 1);
    const octet::GemmParams params{.m = kRows, .n = kColumns, .k = 1, .output = stage_};
    using Gemm = octet::Gemm<std::int8_t, Out>;
    octet::AlignedBuffer packed(Gemm::packed_bytes(params, backend));
    octet::AlignedBuffer scratch(Gemm::scratch_bytes(params, backend));
    std::vector<Out> output(static_cast<std::size_t>(kPartSize));
    const auto gemm = Gemm::prepare(params, filter, bias_, packed.span(), backend);
    if (!gemm) return "prepare refuses";
    const auto bound = gemm->bind(input, output, scratch.span());
    if (!bound) return "bind refuses";
    bound->run();
    for (std::int64_t i = 0; i < kPartSize; ++i) {
      const Out got = output[static_cast<std::size_t>(i % kRows * kColumns + i / kRows)];
      const Out expected = expected_[static_cast<std::size_t>(i)];
      if (got == expected) continue;
      return std::string(backend.name) + ": accumulator " + std::to_string(first_ + i) +
             " multiplier " + std::to_string(stage_.multiplier[0]) + " shift " +
             std::to_string(stage_.shift[0]) + " zero point " + std::to_string(stage_.zero_point) +
             ": " + std::to_string(got) + " instead of " + std::to_string(expected);
    }
    return "";
  }

 private:
  octet::OutputStage stage_;
  std::int64_t first_;
  std::vector<std::int32_t> bias_;
  std::vector<Out> expected_;
};

octet::Rescale any_factor(Random& random) {
  octet::Rescale factor{random.in(1 << 30, std::numeric_limits<std::int32_t>::max()),
                        -random.in(0, 31)};
  if (random.one_in(4)) factor.multiplier = 1 << 30;
  if (random.one_in(8)) factor.shift = random.in(1, 3);
  return factor;
}

// The parts that are looked at: those at both ends, around 0, and every one_in-th.
bool is_chosen(std::int64_t part, const Options& options) {
  const std::int64_t half = kParts / 2;
  return part == 0 || part == kParts - 1 || part == half || part == half - 1 ||
         part % options.one_in == 0;
}

template <class Out>
bool with_output(const Options& options, octet::Rounding rounding, Random& random,
                 const char* type) {
  const auto runnable = backends();
  bool passed = true;
  for (std::int64_t set = 0; set < options.sets; ++set) {
    const octet::Rescale factor = any_factor(random);
    using Limits = std::numeric_limits<Out>;
    const octet::OutputStage stage{
        .zero_point = random.one_in(4) ? 0 : random.in(Limits::min(), Limits::max()),
        .multiplier = {&factor.multiplier, 1},
        .shift = {&factor.shift, 1},
        .rounding = rounding};
    Check check(std::string("requantize to ") + type + ", " + octet::to_string(rounding) + ", " +
                    std::to_string(factor.multiplier) + " * 2^" + std::to_string(factor.shift - 31),
                kParts);
    check.run(options, [&](std::int64_t part) {
      if (!is_chosen(part, options)) return;
      const Part<Out> accumulators(stage, part);
      for (const octet::Backend* backend : runnable) {
        if (const auto message = accumulators.compare(*backend); !message.empty()) {
          check.fail(message);
        }
        check.count(kPartSize);
      }
    });
    passed = check.passed() && passed;
  }
  return passed;
}

}  // namespace

bool requantization(const Options& options) {
  Random random(options.seed);
  bool passed = true;
  for (const octet::Rounding rounding : octet::kRoundings) {
    passed = with_output<std::int8_t>(options, rounding, random, "int8") && passed;
    passed = with_output<std::int16_t>(options, rounding, random, "int16") && passed;
  }
  return passed;
}

bool float32(const Options& options) {
  Random random(options.seed);
  bool passed = true;
  for (std::int64_t set = 0; set < options.sets; ++set) {
    const octet::Rescale factor = any_factor(random);
    const float scale = std::ldexp(static_cast<float>(factor.multiplier >> 7), factor.shift - 24);
    char name[80];
    std::snprintf(name, sizeof name, "float32_half_even and the machine, scale %.9g", scale);
    Check check(name, kParts);
    check.run(options, [&](std::int64_t part) {
      if (!is_chosen(part, options)) return;
      for (std::int64_t i = 0; i < kPartSize; ++i) {
        const auto x = static_cast<std::int32_t>(kLowest + part * kPartSize + i);
        const float product = static_cast<float>(x) * scale;
        const std::int64_t expected = std::llrint(product);
        const std::int64_t got = octet::float32_product(x, factor.multiplier, factor.shift);
        if (got != expected) {
          check.fail(std::to_string(x) + ": " + std::to_string(got) + " instead of " +
                     std::to_string(expected));
        }
      }
      check.count(kPartSize);
    });
    passed = check.passed() && passed;
  }
  return passed;
}

}  // namespace exhaustive
