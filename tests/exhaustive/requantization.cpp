// SPDX-License-Identifier: Apache-2.0
// Every accumulator there is, through the output stage of every backend: products of depth 1, whose
// rows are the 256 bytes and whose columns differ by 256 in their bias.
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "octet/gemm.hpp"
#include "octet/hosted/aligned_buffer.hpp"
#include "octet/reference/output_value.hpp"
#include "support/random.hpp"
#include "work.hpp"

namespace exhaustive {
namespace {

// The outputs of a part and what is expected of them fit caches.
constexpr std::int32_t kRows = 256, kColumns = 256;
constexpr std::int64_t kPartSize = std::int64_t{kRows} * kColumns;
constexpr std::int64_t kParts = (std::int64_t{1} << 32) / kPartSize;

constexpr std::int64_t first_of(std::int64_t part) {
  return std::numeric_limits<std::int32_t>::min() + part * kPartSize;
}

// The parts that are looked at: those at both ends, around 0, and every one_in-th.
bool is_chosen(std::int64_t part, const Options& options) {
  const std::int64_t half = kParts / 2;
  return part == 0 || part == kParts - 1 || part == half || part == half - 1 ||
         part % options.one_in == 0;
}

octet::Rescale any_factor(Random& random) {
  octet::Rescale factor{random.in(1 << 30, std::numeric_limits<std::int32_t>::max()),
                        -random.in(0, 31)};
  if (random.one_in(4)) factor.multiplier = 1 << 30;
  if (random.one_in(8)) factor.shift = random.in(1, 3);
  return factor;
}

// One set of parameters.
struct Set {
  octet::Rescale factor;
  std::int32_t zero_point;

  octet::OutputStage stage(octet::Rounding rounding) const {
    return {.zero_point = zero_point,
            .multiplier = {&factor.multiplier, 1},
            .shift = {&factor.shift, 1},
            .rounding = rounding};
  }
};

template <class Out>
Set any_set(Random& random) {
  using Limits = std::numeric_limits<Out>;
  // Zero points other than 0 keep products with large shifts from the vector kernels.
  Set set{any_factor(random), random.one_in(2) ? 0 : random.in(Limits::min(), Limits::max())};
  // Any shift; and in half of the sets one with which outputs are not saturated nearly everywhere.
  if (random.one_in(2)) set.factor.shift = -random.in(31 - Limits::digits, 31);
  return set;
}

// What the reference makes of a part, in the order of the product's outputs. All but the
// accumulator is constant here, and the compiler knows it.
template <class Out, octet::Rounding kRounding>
const std::vector<Out>& expected_outputs(const Set& parameters, std::int64_t first) {
  const Set set = parameters;  // not in memory that outputs could be written to
  const octet::OutputStage stage = set.stage(kRounding);
  // Kept, because the system clears what it hands out, which would be a third of the time.
  thread_local std::vector<Out> outputs(kPartSize);
  Out* out = outputs.data();
  for (std::int64_t r = first; r < first + kRows; ++r) {
    for (std::int64_t c = 0; c < kColumns; ++c) {
      *out++ =
          octet::reference::output_value<Out>(octet::reference::ExactSum(r + c * kRows), stage, 0);
    }
  }
  return outputs;
}

// The same part on a backend: "" or what differs.
template <class Out>
std::string compare(const octet::Backend& backend, const octet::OutputStage& stage,
                    std::int64_t first, const std::vector<Out>& expected) {
  std::vector<std::int8_t> input(kRows);
  for (std::int32_t r = 0; r < kRows; ++r) {
    input[static_cast<std::size_t>(r)] = static_cast<std::int8_t>(r - 128);
  }
  const std::vector<std::int8_t> filter(kColumns, 1);
  std::vector<std::int32_t> bias(kColumns);
  for (std::int32_t c = 0; c < kColumns; ++c) {
    bias[static_cast<std::size_t>(c)] = static_cast<std::int32_t>(first + 128 + c * kRows);
  }
  const octet::GemmParams params{.m = kRows, .n = kColumns, .k = 1, .output = stage};
  using Gemm = octet::Gemm<std::int8_t, Out>;
  octet::AlignedBuffer packed(Gemm::packed_bytes(params, backend));
  octet::AlignedBuffer scratch(Gemm::scratch_bytes(params, backend));
  const auto gemm = Gemm::prepare(params, filter, bias, packed.span(), backend);
  if (!gemm) return "prepare refuses";
  thread_local std::vector<Out> output;
  output.assign(expected.size(), Out{});
  const auto bound = gemm->bind(input, output, scratch.span());
  if (!bound) return "bind refuses";
  bound->run();
  if (output == expected) return "";
  const auto [got, instead_of] = std::mismatch(output.begin(), output.end(), expected.begin());
  const std::int64_t i = got - output.begin();
  return std::string(backend.name) + ": accumulator " +
         std::to_string(first + i % kColumns * kRows + i / kColumns) + " zero point " +
         std::to_string(stage.zero_point) + ": " + std::to_string(*got) + " instead of " +
         std::to_string(*instead_of);
}

template <class Out, octet::Rounding kRounding>
Row with_output(const Options& options, Random& random, const char* type) {
  Row row{std::string("requantize to ") + type + ", " + octet::to_string(kRounding)};
  const auto runnable = backends();
  // Half of the sets for each of two types.
  for (std::int64_t i = 0; i < (options.sets + 1) / 2; ++i) {
    const Set set = any_set<Out>(random);
    Check check(row.name + ", " + std::to_string(set.factor.multiplier) + " * 2^" +
                    std::to_string(set.factor.shift - 31) + " + " + std::to_string(set.zero_point),
                kParts);
    check.run(options, [&](std::int64_t part) {
      if (!is_chosen(part, options)) return;
      const std::int64_t first = first_of(part);
      const auto& expected = expected_outputs<Out, kRounding>(set, first);
      for (const octet::Backend* backend : runnable) {
        const auto message = compare(*backend, set.stage(kRounding), first, expected);
        if (!message.empty()) check.fail(message);
      }
      check.count(kPartSize);
    });
    row.add(check);
  }
  return row;
}

template <octet::Rounding kRounding>
void with_rounding(const Options& options, Summary& summary) {
  if (!options.wants(octet::to_string(kRounding))) return;
  Random random(options.seed);
  summary.push_back(with_output<std::int8_t, kRounding>(options, random, "int8"));
  summary.push_back(with_output<std::int16_t, kRounding>(options, random, "int16"));
}

}  // namespace

void requantization(const Options& options, Summary& summary) {
  [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    (with_rounding<octet::kRoundings[kIndex]>(options, summary), ...);
  }
  (std::make_index_sequence<std::size(octet::kRoundings)>());
}

void float32(const Options& options, Summary& summary) {
  if (!options.wants("float32")) return;
  Row row{"float32_half_even and the machine"};
  Random random(options.seed);
  for (std::int64_t set = 0; set < options.sets; ++set) {
    const octet::Rescale factor = any_factor(random);
    const float scale = std::ldexp(static_cast<float>(factor.multiplier >> 7), factor.shift - 24);
    char name[80];
    std::snprintf(name, sizeof name, "%s, scale %.9g", row.name.c_str(), scale);
    Check check(name, kParts);
    check.run(options, [&](std::int64_t part) {
      if (!is_chosen(part, options)) return;
      for (std::int64_t i = 0; i < kPartSize; ++i) {
        const auto x = static_cast<std::int32_t>(first_of(part) + i);
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
    row.add(check);
  }
  summary.push_back(row);
}

}  // namespace exhaustive
