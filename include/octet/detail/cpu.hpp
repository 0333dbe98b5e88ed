// SPDX-License-Identifier: Apache-2.0
// What the processor and the operating system offer. Compiled for the baseline: it runs on any
// machine. __builtin_cpu_supports is not used because clang 14 does not know AVX-VNNI there.
#pragma once

#include "octet/detail/config.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#elif (defined(__aarch64__) || defined(__arm__)) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#elif defined(__aarch64__) && defined(_WIN32)
// windows.h, which declares the same, would bring macros named min and max.
extern "C" __declspec(dllimport) int __stdcall IsProcessorFeaturePresent(unsigned long feature);
#endif

namespace octet::inline OCTET_BASELINE::detail {

struct Cpu {
  bool sse41 = false, avx2 = false, avxvnni = false, avx512vnni = false, avx512vbmi = false;
  bool amx_int8 = false, dotprod = false, i8mm = false, neon32 = false;
};

#if defined(__x86_64__)

// Whom detect_cpu asks; tests put another machine in its place.
struct ThisMachine {
  struct Registers {
    unsigned a = 0, b = 0, c = 0, d = 0;
  };
  // Zeros where the processor has no such leaf.
  static Registers cpuid(unsigned leaf, unsigned subleaf) {
    Registers r;
    if (__get_cpuid_count(leaf, subleaf, &r.a, &r.b, &r.c, &r.d) == 0) return {};
    return r;
  }
  // XCR0: the registers that the operating system saves.
  static std::uint32_t saved_registers() {
    std::uint32_t low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
  }
  // Linux grants the tile registers to a process that asks for them, once for all its threads; it
  // refuses where a signal handler's stack has no room for them.
  static bool request_tile_permission() {
#if defined(__linux__)
    constexpr long kRequestPermission = 0x1023, kTileData = 18;
    return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
    return false;
#endif
  }
};

// Whether palette 1 has the eight tiles of 16 rows of 64 bytes that kernels configure. Virtual
// machines exist that announce AMX and have no palettes.
template <class Machine>
bool has_tile_palette(const Machine& machine) {
  constexpr unsigned kTileLeaf = 0x1d;
  if (machine.cpuid(kTileLeaf, 0).a < 1) return false;
  const auto palette = machine.cpuid(kTileLeaf, 1);
  const unsigned tile_bytes = palette.a >> 16, row_bytes = palette.b & 0xffff;
  const unsigned tiles = palette.b >> 16, rows = palette.c & 0xffff;
  return tile_bytes >= 1024 && row_bytes >= 64 && tiles >= 8 && rows >= 16;
}

template <class Machine>
Cpu detect_cpu(const Machine& machine) {
  constexpr std::uint32_t kYmmState = 0x6, kZmmState = 0xe6, kTileState = 0x60000;
  const auto bit = [](unsigned word, int position) { return (word >> position & 1) != 0; };
  Cpu cpu;
  const auto basic = machine.cpuid(1, 0);
  cpu.sse41 =
      bit(basic.c, 19) && bit(basic.c, 9);  // with SSSE3, which compilers take SSE4.1 to include
  const bool os_saves_vectors = bit(basic.c, 27);
  if (!os_saves_vectors) return cpu;
  const std::uint32_t saved = machine.saved_registers();
  const auto saves = [&](std::uint32_t state) { return (saved & state) == state; };
  const auto extended = machine.cpuid(7, 0);
  const unsigned b = extended.b;
  const bool f = bit(b, 16), dq = bit(b, 17), bw = bit(b, 30), vl = bit(b, 31);
  const bool vnni = bit(extended.c, 11), tiles = bit(extended.d, 24), int8 = bit(extended.d, 25);
  cpu.avx2 = saves(kYmmState) && bit(b, 5);
  cpu.avx512vnni = cpu.avx2 && saves(kZmmState) && f && dq && bw && vl && vnni;
  cpu.avx512vbmi = cpu.avx512vnni && bit(extended.c, 1);
  const unsigned highest_subleaf = extended.a;
  cpu.avxvnni = cpu.avx2 && highest_subleaf >= 1 && bit(machine.cpuid(7, 1).a, 4);
  // The permission comes last: it is asked for where it will be used.
  cpu.amx_int8 = cpu.avx512vnni && tiles && int8 && saves(kTileState) &&
                 has_tile_palette(machine) && machine.request_tile_permission();
  return cpu;
}

inline Cpu detect_cpu() { return detect_cpu(ThisMachine{}); }

#elif defined(__aarch64__) && defined(__linux__)

inline Cpu detect_cpu() {
  constexpr unsigned long kAsimdDotProduct = 1ul << 20;  // HWCAP_ASIMDDP
  constexpr unsigned long kMatrixProduct = 1ul << 13;    // HWCAP2_I8MM
  Cpu cpu;
  cpu.dotprod = (getauxval(AT_HWCAP) & kAsimdDotProduct) != 0;
  cpu.i8mm = cpu.dotprod && (getauxval(AT_HWCAP2) & kMatrixProduct) != 0;
  return cpu;
}

#elif defined(__aarch64__) && defined(__APPLE__)

inline Cpu detect_cpu() {
  const auto has = [](const char* feature) {
    int value = 0;
    std::size_t size = sizeof value;
    return sysctlbyname(feature, &value, &size, nullptr, 0) == 0 && value != 0;
  };
  Cpu cpu;
  cpu.dotprod = has("hw.optional.arm.FEAT_DotProd");
  cpu.i8mm = cpu.dotprod && has("hw.optional.arm.FEAT_I8MM");
  return cpu;
}

#elif defined(__aarch64__) && defined(_WIN32)

inline Cpu detect_cpu() {
  constexpr unsigned long kDotProduct = 43;     // PF_ARM_V82_DP_INSTRUCTIONS_AVAILABLE
  constexpr unsigned long kMatrixProduct = 66;  // PF_ARM_V82_I8MM_INSTRUCTIONS_AVAILABLE
  Cpu cpu;
  cpu.dotprod = IsProcessorFeaturePresent(kDotProduct) != 0;
  cpu.i8mm = cpu.dotprod && IsProcessorFeaturePresent(kMatrixProduct) != 0;
  return cpu;
}

#elif defined(__arm__) && defined(__linux__)

inline Cpu detect_cpu() {
  constexpr unsigned long kNeon = 1ul << 12;  // HWCAP_NEON
  Cpu cpu;
  cpu.neon32 = (getauxval(AT_HWCAP) & kNeon) != 0;
  return cpu;
}

#else

constexpr Cpu detect_cpu() {
  Cpu cpu;
#if defined(__ARM_FEATURE_DOTPROD)
  cpu.dotprod = true;
#if defined(__ARM_FEATURE_MATMUL_INT8)
  cpu.i8mm = true;
#endif
#endif
#if defined(__arm__) && defined(__ARM_NEON)
  cpu.neon32 = true;
#endif
  return cpu;
}
#define OCTET_CPU_IS_KNOWN

#endif

// Asked once per process: CPUID traps in virtual machines. Where only the compiler's flags tell it
// is a constant, because a static variable may need a lock that the system does not have.
#ifdef OCTET_CPU_IS_KNOWN
constexpr Cpu cpu() { return detect_cpu(); }
#else
inline const Cpu& cpu() {
  static const Cpu detected = detect_cpu();
  return detected;
}
#endif

}  // namespace octet::inline OCTET_BASELINE::detail
