// SPDX-License-Identifier: Apache-2.0
// What all benchmarks share: the timed loop with its counters, and the main function.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <exception>
#include <fstream>
#include <string>

#include "isa.hpp"
#include "octet/version.hpp"

namespace octet_bench {

inline int failures = 0;

// Gives up on a benchmark; the program will end with an error.
inline void fail(benchmark::State& state, const std::string& message) {
  ++failures;
  state.SkipWithError(message.c_str());
}

// Times function(). Counters: GOPS, 10^9 operations per second, a multiplication and an addition
// being two; bytes, the operands and results of one run.
template <class Function>
void measure(benchmark::State& state, std::int64_t operations, std::int64_t bytes,
             const Function& function) {
  for ([[maybe_unused]] auto _ : state) {
    function();
    benchmark::ClobberMemory();
  }
  state.counters["GOPS"] = benchmark::Counter(1e-9 * static_cast<double>(operations),
                                              benchmark::Counter::kIsIterationInvariantRate);
  state.counters["bytes"] = static_cast<double>(bytes);
}

// function(state) as a benchmark, which is returned to be set up further; what it throws is a
// failure of this benchmark alone.
template <class Function>
auto* register_benchmark(const std::string& name, Function function) {
  return benchmark::RegisterBenchmark(name.c_str(), [function](benchmark::State& state) {
    try {
      function(state);
    } catch (const std::exception& error) {
      fail(state, error.what());
    }
  });
}

// "AMD EPYC 9B45"; empty where the system does not tell.
inline std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return {};
}

// Runs what was registered, as the arguments say, and records what the numbers depend on. Returns
// the exit code.
inline int run(const Isa& isa, int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("cpu", cpu_name());
  benchmark::AddCustomContext("isa", std::string(isa.name));
#if defined(__clang__)
  benchmark::AddCustomContext("compiler", __VERSION__);
#else
  benchmark::AddCustomContext("compiler", "GCC " __VERSION__);
#endif
  benchmark::AddCustomContext("octet", std::to_string(OCTET_VERSION_MAJOR) + "." +
                                           std::to_string(OCTET_VERSION_MINOR) + "." +
                                           std::to_string(OCTET_VERSION_PATCH));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return failures == 0 ? 0 : 1;
}

}  // namespace octet_bench
