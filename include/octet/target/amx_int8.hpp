// SPDX-License-Identifier: Apache-2.0
// Target `amx_int8`: tile registers of 16 rows of 64 bytes, and an instruction that multiplies two
// of them. Its kernels for matrices come in OCTET_TILE_KERNEL; it shares everything else with
// avx512vnni, whose compiled kernels it runs for what has no matrices.
#include <immintrin.h>

#include "octet/detail/cpu.hpp"
#include "octet/detail/layout.hpp"

// The tile instructions are written in assembly, which asks for no flags, so code of both targets
// can be inlined into one another.
#define OCTET_ISA "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"
#ifndef OCTET_TARGET_AMX_INT8_HPP
#define OCTET_TARGET_AMX_INT8_HPP
namespace octet::inline OCTET_BASELINE {
namespace amx_int8 {
using namespace avx512vnni;
namespace vectors = avx512vnni;  // the target that multiplies what is too small for tiles

#ifdef OCTET_EMULATE_TILES
inline bool available() { return detail::cpu().avx512vnni; }
#else
inline bool available() { return detail::cpu().amx_int8; }
#endif

namespace tile {

// Rows and columns of a tile of accumulators; the depth that one dot product adds, which is the
// bytes in a row of any tile.
inline constexpr int kSize = 16, kDepth = 64;

// What `configure` loads: the shape of each tile. The rest of a register is zero.
struct Configuration {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};
};
static_assert(sizeof(Configuration) == 64);

}  // namespace tile
}  // namespace amx_int8
}  // namespace octet::inline OCTET_BASELINE

#ifdef OCTET_EMULATE_TILES
#include "support/emulated_tiles.hpp"
#else
OCTET_BEGIN_TARGET(OCTET_ISA)
namespace octet::inline OCTET_BASELINE {
namespace amx_int8 {
namespace tile {

// Assembly rather than intrinsics: those of g++ 12 take no number of a tile but a literal, and do
// not tell the compiler what memory they read, so that it moves or drops the stores before them.

// Between these two a thread may use tiles; nothing that it calls in between keeps their contents.
OCTET_INLINE void configure(const Configuration& configuration) {
  asm volatile("ldtilecfg %0" : : "m"(configuration));
}
OCTET_INLINE void release() { asm volatile("tilerelease" : : : "memory"); }

// Makes what was written before visible to the loads that follow. They do not say themselves that
// they read memory: g++ 12 would then keep the constants of an epilogue between them in memory too.
OCTET_INLINE void before_loads() { asm volatile("" : : : "memory"); }

// Rows `stride` bytes apart: a stride of 0 repeats one row.
template <int kTile>
OCTET_INLINE void load(const void* rows, std::int64_t stride) {
  asm volatile("{tileloadd (%0,%1,1), %%tmm%c2|tileloadd tmm%c2, [%0+%1*1]}"
               :
               : "r"(rows), "r"(stride), "i"(kTile));
}
template <int kTile>
OCTET_INLINE void store(std::int32_t* rows, std::int64_t stride) {
  asm volatile("{tilestored %%tmm%c2, (%0,%1,1)|tilestored [%0+%1*1], tmm%c2}"
               :
               : "r"(rows), "r"(stride), "i"(kTile)
               : "memory");
}

// kSum += kA * kB, of int8 or uint8 activations in kA. kB holds int8 weights, four rows of the
// matrix in each of its own: [16][columns][4].
template <int kSum, int kA, int kB>
OCTET_INLINE void dot(bool a_is_signed) {
  if (a_is_signed) {
    asm volatile("{tdpbssd %%tmm%c2, %%tmm%c1, %%tmm%c0|tdpbssd tmm%c0, tmm%c1, tmm%c2}"
                 :
                 : "i"(kSum), "i"(kA), "i"(kB));
  } else {
    asm volatile("{tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0|tdpbusd tmm%c0, tmm%c1, tmm%c2}"
                 :
                 : "i"(kSum), "i"(kA), "i"(kB));
  }
}

}  // namespace tile
}  // namespace amx_int8
}  // namespace octet::inline OCTET_BASELINE
OCTET_END_TARGET
#endif
#endif  // OCTET_TARGET_AMX_INT8_HPP

#ifdef OCTET_TILE_KERNEL
#define OCTET_TARGET amx_int8
OCTET_BEGIN_TARGET(OCTET_ISA)
#include OCTET_TILE_KERNEL
OCTET_END_TARGET
#undef OCTET_TARGET
#endif
#undef OCTET_ISA
