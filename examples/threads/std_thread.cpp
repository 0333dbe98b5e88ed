// SPDX-License-Identifier: Apache-2.0
// The parts of a layer on threads of their own. Starting a thread takes as long as a small layer: a
// pool serves better.
#include <thread>
#include <vector>

#include "same_bits.hpp"

int main() {
  return run_two_layers([](std::int32_t count, const auto& body) {
    std::vector<std::thread> threads;
    for (std::int32_t i = 1; i < count; ++i) threads.emplace_back([&body, i] { body(i); });
    body(0);
    for (std::thread& thread : threads) thread.join();
  });
}
