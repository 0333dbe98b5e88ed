// SPDX-License-Identifier: Apache-2.0
#include "float_loops.hpp"

#include <cmath>

#define OCTET_KERNEL "float_loops-inl.hpp"
#include "octet/detail/foreach_target.hpp"

namespace octet_bench {

const FloatLoops& float_loops(const octet::Backend& backend) {
  static constexpr const FloatLoops* kLoops[] = {
#define OCTET_BENCH_LOOPS(target) &octet::target::kFloatLoops,
      OCTET_FOR_EACH_BACKEND(OCTET_BENCH_LOOPS)
#undef OCTET_BENCH_LOOPS
  };
  return *kLoops[backend.index];
}

}  // namespace octet_bench
