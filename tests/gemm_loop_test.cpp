// SPDX-License-Identifier: Apache-2.0
// Which loop a matrix multiplication takes: the table of docs/packing.md.
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "octet/gemm.hpp"
#include "octet/hosted/aligned_buffer.hpp"
#include "support/catch.hpp"

using octet::GemmParams;

TEST_CASE("gemm tells which loop it takes") {
  static constexpr std::int32_t kMultiplier[] = {1 << 30}, kShift[] = {-8}, kLeftShift[] = {1},
                                kFarRight[] = {-31};
  const auto loop_of = [](const char* name, GemmParams params, std::int32_t bias = 0) {
    const octet::Backend* const backend = octet::find_backend(name);
    if (backend == nullptr) return std::string();
    using Operation = octet::Gemm<std::int8_t>;
    params.output.multiplier = kMultiplier;
    if (params.output.shift.empty()) params.output.shift = kShift;
    const std::vector<std::int8_t> filter(static_cast<std::size_t>(params.n) *
                                          static_cast<std::size_t>(params.k));
    const std::vector<std::int32_t> biases(static_cast<std::size_t>(params.n), bias);
    octet::AlignedBuffer packed(Operation::packed_bytes(params, *backend));
    const auto gemm = Operation::prepare(params, filter, biases, packed.span(), *backend);
    REQUIRE(gemm);
    return std::string(gemm->loop());
  };
  const auto check_loop = [&](const GemmParams& params, const char* avx512vnni, const char* avxvnni,
                              const char* dotprod, const char* neon, const char* avx2,
                              const char* others) {
    CAPTURE(params.m, params.n, params.k);
    const auto is = [&](const char* backend, const char* expected) {
      CAPTURE(backend);
      const std::string loop = loop_of(backend, params);
      CHECK((loop.empty() || loop == expected));
    };
    is("avx512vnni", avx512vnni);
    is("avxvnni", avxvnni);
    is("dotprod", dotprod);
    is("neon", neon);
    is("neon32", neon);
    is("avx2", avx2);
    for (const char* const backend : {"sse41", "portable", "scalar"}) {
      is(backend, others);
    }
  };
  const char* const in_memory = "in_memory";
  const char* const in_registers = "in_registers";
  check_loop({.m = 1, .n = 40, .k = 70}, "single_row", "single_row", "single_row", "single_row",
             "single_row", in_memory);
  check_loop({.m = 4, .n = 64, .k = 48}, "shallow", in_memory, in_memory, in_registers, in_memory,
             in_memory);
  check_loop({.m = 4, .n = 64, .k = 49}, "few_rows", in_memory, "few_rows", in_registers, in_memory,
             in_memory);
  check_loop({.m = 4, .n = 63, .k = 49}, in_memory, in_memory, "few_rows", in_registers, in_memory,
             in_memory);
  check_loop({.m = 31, .n = 40, .k = 48}, "shallow", in_registers, in_registers, in_registers,
             in_memory, in_memory);
  check_loop({.m = 32, .n = 40, .k = 49}, "overlapped", in_registers, in_registers, in_registers,
             in_registers, in_memory);
  constexpr auto kMost = static_cast<std::int32_t>(4 * octet::detail::kMostOverlappedGroups);
  check_loop({.m = 32, .n = 40, .k = kMost}, "overlapped", in_registers, in_registers, in_registers,
             in_registers, in_memory);
  check_loop({.m = 32, .n = 40, .k = kMost + 1}, in_memory, in_registers, in_registers,
             in_registers, in_registers, in_memory);
  // What is not the usual case.
  check_loop({.m = 32, .n = 40, .k = 64, .filter = {.zero_point = 1}}, in_memory, in_memory,
             in_memory, in_memory, in_memory, in_memory);
  check_loop({.m = 32, .n = 40, .k = 64, .output = {.shift = kLeftShift}}, in_memory, in_memory,
             in_memory, in_memory, in_memory, in_memory);
  // The largest accumulators take the usual loop where 32 bits hold what is made of them.
  constexpr auto kHighest = std::numeric_limits<std::int32_t>::max();
  for (const char* const backend : {"avx512vnni", "avx2", "scalar"}) {
    GemmParams params{.m = 32, .n = 40, .k = 64};
    CHECK(loop_of(backend, params, kHighest) == loop_of(backend, params));
    params.output.shift = kFarRight;
    const std::string loop = loop_of(backend, params, kHighest);
    CHECK((loop.empty() || loop == "in_memory"));
  }
  const std::string tiles = loop_of("amx_int8", {.m = 100, .n = 100, .k = 100});
  CHECK((tiles.empty() || tiles == "tiles"));
}
