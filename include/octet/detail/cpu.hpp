// SPDX-License-Identifier: Apache-2.0
// What the processor and the operating system offer. Compiled for the baseline: it runs on any
// machine. __builtin_cpu_supports is not used because clang 14 does not know AVX-VNNI there.
#pragma once

#include "octet/detail/config.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace octet {
inline namespace OCTET_BASELINE {
namespace detail {

struct Cpu {
  bool sse41 = false, avx2 = false, avxvnni = false, avx512vnni = false;
  bool dotprod = false;
};

#if defined(__x86_64__)

// The vector registers that the operating system saves: XCR0.
inline std::uint32_t extended_control_register() {
  std::uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

inline Cpu detect_cpu() {
  constexpr std::uint32_t kYmmState = 0x6, kZmmState = 0xe6;
  const auto bit = [](unsigned word, int position) { return (word >> position & 1) != 0; };
  Cpu cpu;
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return cpu;
  cpu.sse41 = bit(c, 19) && bit(c, 9);  // with SSSE3, which compilers take SSE4.1 to include
  const bool os_saves_vectors = bit(c, 27);
  if (!os_saves_vectors) return cpu;
  const std::uint32_t state = extended_control_register();
  const bool ymm = (state & kYmmState) == kYmmState;
  const bool zmm = (state & kZmmState) == kZmmState;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return cpu;
  const unsigned highest_leaf = a;
  const bool f = bit(b, 16), dq = bit(b, 17), bw = bit(b, 30), vl = bit(b, 31), vnni = bit(c, 11);
  cpu.avx2 = ymm && bit(b, 5);
  cpu.avx512vnni = cpu.avx2 && zmm && f && dq && bw && vl && vnni;
  if (highest_leaf >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) {
    cpu.avxvnni = cpu.avx2 && bit(a, 4);
  }
  return cpu;
}

#elif defined(__aarch64__) && defined(__linux__)

inline Cpu detect_cpu() {
  constexpr unsigned long kAsimdDotProduct = 1ul << 20;  // HWCAP_ASIMDDP
  Cpu cpu;
  cpu.dotprod = (getauxval(AT_HWCAP) & kAsimdDotProduct) != 0;
  return cpu;
}

#else

inline Cpu detect_cpu() {
  Cpu cpu;
#if defined(__ARM_FEATURE_DOTPROD)
  cpu.dotprod = true;
#endif
  return cpu;
}

#endif

// Asked once per process: CPUID traps in virtual machines.
inline const Cpu& cpu() {
  static const Cpu detected = detect_cpu();
  return detected;
}

}  // namespace detail
}  // namespace OCTET_BASELINE
}  // namespace octet
