// SPDX-License-Identifier: Apache-2.0
// The parts of a layer on the threads of oneTBB.
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include "same_bits.hpp"

int main() {
  oneapi::tbb::task_arena arena(kThreads);
  return run_two_layers([&arena](std::int32_t count, const auto& body) {
    arena.execute([&] {
      oneapi::tbb::parallel_for(std::int32_t{0}, count, body, oneapi::tbb::static_partitioner());
    });
  });
}
