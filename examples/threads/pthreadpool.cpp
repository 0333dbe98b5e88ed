// SPDX-License-Identifier: Apache-2.0
// The parts of a layer on a pthreadpool, or on any pool that takes a function and a pointer.
#include <pthreadpool.h>

#include <memory>

#include "same_bits.hpp"

int main() {
  const std::unique_ptr<pthreadpool, decltype(&pthreadpool_destroy)> pool(
      pthreadpool_create(kThreads), pthreadpool_destroy);
  return run_two_layers([&pool]<class Body>(std::int32_t count, const Body& body) {
    pthreadpool_parallelize_1d(
        pool.get(),
        [](void* context, std::size_t i) {
          (*static_cast<const Body*>(context))(static_cast<std::int32_t>(i));
        },
        const_cast<Body*>(&body), static_cast<std::size_t>(count), 0);
  });
}
