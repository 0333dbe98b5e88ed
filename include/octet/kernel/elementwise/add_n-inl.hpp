// SPDX-License-Identifier: Apache-2.0
// Sums of many tensors, a block of their elements at a time: reference/add_n.hpp in lanes. Included
// inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/elementwise/elementwise.hpp"

#include "octet/kernel/editor_alone.hpp"

#include "octet/kernel/elementwise/add_n.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <class T>
inline void run_add_n(const AddNTask& task, const T* const* inputs, T* output) {
  constexpr std::int64_t kBlock = vec::kLanes > 1 ? 512 : 16;
  // Sums suit vectors, which need no bounds.
  constexpr OutputRange kAny = {0, -(1 << 30), (1 << 30) - 1};
  const Rescaling rescale_input(task.input), rescale(task.output);
  const vec::Acc start = vec::splat_acc(task.start);
  std::int32_t sums[kBlock], copies[kElementStep] = {};
  T input_copies[kElementStep] = {};
  for (std::int64_t first = 0; first < task.size; first += kBlock) {
    const std::int64_t count = task.size - first < kBlock ? task.size - first : kBlock;
    const auto start_with = [&](vec::Acc x) __attribute__((always_inline)) {
      return vec::add(start, rescale_input(x));
    };
    map_elements(kAny, count, inputs[0] + first, sums, start_with);
    for (std::int32_t k = 1; k < task.count; ++k) {
      Source<std::int32_t> so_far{sums, copies};
      Source<T> input{inputs[k] + first, input_copies};
      const auto add = [&](vec::Acc(&results)[4]) __attribute__((always_inline)) {
        OCTET_UNROLL
        for (int v = 0; v < 4; ++v) {
          results[v] = vec::add(so_far.vector(v), rescale_input(input.vector(v)));
        }
      };
      for_each_element(kAny, count, sums, add, so_far, input);
    }
    map_elements(task.range, count, sums, output + first, rescale);
  }
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
