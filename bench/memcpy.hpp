// SPDX-License-Identifier: Apache-2.0
// <program>/memcpy: 64 KB, beside what computes with as many bytes or moves them.
#pragma once

#include <cstring>
#include <string>

#include "array.hpp"
#include "isa.hpp"
#include "measure.hpp"

namespace octet_bench {

inline void register_memcpy(const std::string& program) {
  register_benchmark(program + "/memcpy", [](benchmark::State& state) {
    constexpr std::int64_t kBytes = 64 * 1024;
    Array<std::int8_t> input(kBytes), output(kBytes);
    Generator generator(kSeed);
    fill(input.span(), -128, 127, generator);
    measure(state, kBytes, 2 * kBytes,
            [&] { std::memcpy(output.data(), input.data(), static_cast<std::size_t>(kBytes)); });
  });
}

// The main function of such a program: register_all(backend) registers what it measures besides.
template <class Register>
int run_beside_memcpy(const std::string& program, int argc, char** argv,
                      const Register& register_all) {
  const Isa& isa = limit_isa(argc, argv);
  register_memcpy(program);
  for (const octet::Backend* backend : backends(isa)) register_all(*backend);
  return run(isa, argc, argv);
}

}  // namespace octet_bench
