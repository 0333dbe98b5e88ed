// SPDX-License-Identifier: Apache-2.0
// peak/<instruction set>/<sequence>: how fast this machine multiplies and adds 8-bit values in
// registers, without loads, stores or requantization: the bound of every kernel made of that
// sequence. The sequences are exact; each runs on twelve independent accumulators. Programs measure
// them beside their layers, because clocks drift.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "isa.hpp"
#include "measure.hpp"

#if defined(__x86_64__)
namespace octet_bench {
namespace peaks {

alignas(64) inline constexpr std::int8_t kOperand[64] = {
    1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12, 13, -14, 15, -16,
    1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12, 13, -14, 15, -16,
    1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12, 13, -14, 15, -16,
    1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12, 13, -14, 15, -16};

inline constexpr std::int64_t kUnrolled = 8, kAccumulators = 12;

// Registers: 0 to 11 accumulators, 12 temporary, 13 in place of ones, 14 activations, 15 weights.
// What they hold does not change the speed, as long as it is not zero.
#define OCTET_LOAD(mov, r) \
  mov " (%1), %%" r "13\n" mov " (%1), %%" r "14\n" mov " (%1), %%" r "15\n"
#define OCTET_REPEAT(s) \
  s("0") s("1") s("2") s("3") s("4") s("5") s("6") s("7") s("8") s("9") s("10") s("11")

#define OCTET_SEQUENCE(name, features, load, step, end)                                            \
  [[gnu::target(features)]] inline void name(std::int64_t count) {                                 \
    asm volatile(load "1:\n.rept 8\n" OCTET_REPEAT(step) ".endr\ndec %0\njnz 1b\n" end             \
                 : "+r"(count)                                                                     \
                 : "r"(kOperand)                                                                   \
                 : "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", \
                   "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");          \
  }

#define OCTET_DPBUSD_ZMM(i) "vpdpbusd %%zmm15, %%zmm14, %%zmm" i "\n"
OCTET_SEQUENCE(vpdpbusd_zmm, "avx512f,avx512vnni", OCTET_LOAD("vmovdqu64", "zmm"), OCTET_DPBUSD_ZMM,
               "vzeroupper\n")

#define OCTET_DPBUSD_YMM(i) "%{vex%} vpdpbusd %%ymm15, %%ymm14, %%ymm" i "\n"
OCTET_SEQUENCE(vpdpbusd_ymm, "avx2,avxvnni", OCTET_LOAD("vmovdqu", "ymm"), OCTET_DPBUSD_YMM,
               "vzeroupper\n")

// Operands widened to 16 bits beforehand.
#define OCTET_MADDWD_YMM(i) \
  "vpmaddwd %%ymm15, %%ymm14, %%ymm12\n vpaddd %%ymm12, %%ymm" i ", %%ymm" i "\n"
OCTET_SEQUENCE(vpmaddwd_ymm, "avx2", OCTET_LOAD("vmovdqu", "ymm"), OCTET_MADDWD_YMM, "vzeroupper\n")

// |a| times w with the sign of a: two products stay within 16 bits.
#define OCTET_MADDUBS_YMM(i)                                                   \
  "vpsignb %%ymm14, %%ymm15, %%ymm12\n vpmaddubsw %%ymm12, %%ymm14, %%ymm12\n" \
  "vpmaddwd %%ymm13, %%ymm12, %%ymm12\n vpaddd %%ymm12, %%ymm" i ", %%ymm" i "\n"
OCTET_SEQUENCE(vpmaddubsw_ymm, "avx2", OCTET_LOAD("vmovdqu", "ymm"), OCTET_MADDUBS_YMM,
               "vzeroupper\n")

#define OCTET_MADDWD_XMM(i) \
  "movdqa %%xmm14, %%xmm12\n pmaddwd %%xmm15, %%xmm12\n paddd %%xmm12, %%xmm" i "\n"
OCTET_SEQUENCE(pmaddwd_xmm, "sse4.1", OCTET_LOAD("movdqu", "xmm"), OCTET_MADDWD_XMM, "")

// pmaddubsw overwrites its unsigned operand, so each step copies |a| as well.
#define OCTET_MADDUBS_XMM(i)                                                      \
  "movdqa %%xmm15, %%xmm12\n psignb %%xmm14, %%xmm12\n movdqa %%xmm14, %%xmm13\n" \
  "pmaddubsw %%xmm12, %%xmm13\n pmaddwd %%xmm15, %%xmm13\n paddd %%xmm13, %%xmm" i "\n"
OCTET_SEQUENCE(pmaddubsw_xmm, "sse4.1", OCTET_LOAD("movdqu", "xmm"), OCTET_MADDUBS_XMM, "")

#undef OCTET_LOAD
#undef OCTET_REPEAT
#undef OCTET_SEQUENCE
#undef OCTET_DPBUSD_ZMM
#undef OCTET_DPBUSD_YMM
#undef OCTET_MADDWD_YMM
#undef OCTET_MADDUBS_YMM
#undef OCTET_MADDWD_XMM
#undef OCTET_MADDUBS_XMM

// Palette 1: eight tiles of 16 rows of 64 bytes.
struct TileConfig {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfig) == 64);

// Two by two tiles of results: 0 to 3, activations in 4 and 5, weights in 6 and 7.
[[gnu::target("amx-tile,amx-int8")]] inline void tdpbusd(std::int64_t count) {
  const TileConfig config;
  asm volatile(
      "ldtilecfg %1\n"
      "tileloadd (%2, %3), %%tmm4\n tileloadd (%2, %3), %%tmm5\n"
      "tileloadd (%2, %3), %%tmm6\n tileloadd (%2, %3), %%tmm7\n"
      "1:\n.rept 24\n"
      "tdpbusd %%tmm6, %%tmm4, %%tmm0\n tdpbusd %%tmm7, %%tmm4, %%tmm1\n"
      "tdpbusd %%tmm6, %%tmm5, %%tmm2\n tdpbusd %%tmm7, %%tmm5, %%tmm3\n"
      ".endr\ndec %0\njnz 1b\ntilerelease\n"
      : "+r"(count)
      : "m"(config), "r"(kOperand), "r"(std::int64_t{0})
      : "cc", "memory");
}

struct Sequence {
  std::string_view isa, name;
  std::int64_t multiply_adds;  // of one step
  void (*run)(std::int64_t count);
};

inline constexpr Sequence kSequences[] = {
    {"amx", "tdpbusd", 16 * 16 * 64, tdpbusd},
    {"avx512vnni", "vpdpbusd_zmm", 64, vpdpbusd_zmm},
    {"avxvnni", "vpdpbusd_ymm", 32, vpdpbusd_ymm},
    {"avx2", "vpmaddwd_ymm", 16, vpmaddwd_ymm},
    {"avx2", "vpmaddubsw_ymm", 32, vpmaddubsw_ymm},
    {"sse41", "pmaddwd_xmm", 8, pmaddwd_xmm},
    {"sse41", "pmaddubsw_xmm", 16, pmaddubsw_xmm},
};

}  // namespace peaks

// The sequences of one instruction set, if the machine has it.
inline void register_peaks(std::string_view isa) {
  if (!find_isa(isa)->available()) return;
  for (const peaks::Sequence& sequence : peaks::kSequences) {
    if (sequence.isa != isa) continue;
    register_benchmark(
        "peak/" + std::string(isa) + "/" + std::string(sequence.name),
        [&sequence](benchmark::State& state) {
          constexpr std::int64_t kCount = 1000;
          constexpr std::int64_t kSteps = kCount * peaks::kUnrolled * peaks::kAccumulators;
          measure(state, 2 * kSteps * sequence.multiply_adds, 0, [&] { sequence.run(kCount); });
        });
  }
}

}  // namespace octet_bench
#else
namespace octet_bench {
inline void register_peaks(std::string_view) {}
}  // namespace octet_bench
#endif
