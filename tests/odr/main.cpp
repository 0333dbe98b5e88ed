// SPDX-License-Identifier: Apache-2.0
// Runs the check that was compiled for the baseline, then, where the machine has its instruction
// sets, the other one. Exit code 77 says that the second one could not run.
#include <cstdio>

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "check.hpp"

namespace {

// Whether this machine has what CMakeLists.txt passes to the compiler for extended.cpp.
bool runs_extended() {
#if defined(__aarch64__)
  return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#else
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
#endif
}

bool passes(const char* name, int wrong) {
  std::printf("%s: %d wrong\n", name, wrong);
  return wrong == 0;
}

}  // namespace

int main() {
  if (!passes("plain", octet_odr_check_plain())) return 1;
  if (!runs_extended()) {
    std::puts("extended: skipped, this machine lacks its instruction sets");
    return 77;
  }
  return passes("extended", octet_odr_check_extended()) ? 0 : 1;
}
