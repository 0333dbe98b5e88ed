// SPDX-License-Identifier: Apache-2.0
// The parts of a layer on the threads of OpenMP.
#include "same_bits.hpp"

int main() {
  return run_two_layers([](std::int32_t count, const auto& body) {
#pragma omp parallel for schedule(static, 1) num_threads(kThreads)
    for (std::int32_t i = 0; i < count; ++i) body(i);
  });
}
