// SPDX-License-Identifier: Apache-2.0
// Macros only. Every other header starts from here.
#pragma once

#include <cstddef>
#include <cstdint>

#define OCTET_PRAGMA(...) _Pragma(#__VA_ARGS__)
#define OCTET_CONCAT(a, b) OCTET_CONCAT_EXPANDED(a, b)
#define OCTET_CONCAT_EXPANDED(a, b) a##b

#define OCTET_INLINE [[gnu::always_inline]] inline

// A target region: every function between BEGIN and END is compiled for the instruction sets named,
// whatever the command line says. Intrinsics headers are included before the first region.
// g++ 12 keeps arrays of accumulators in memory at -O2 unless the loops over them are unrolled
// before register allocation, hence OCTET_UNROLL on each of them.
#if defined(__clang__)
#if __has_feature(address_sanitizer)
// Each copy is instrumented: depthwise convolutions would take four minutes to compile.
#define OCTET_UNROLL
#else
#define OCTET_UNROLL OCTET_PRAGMA(unroll)
#endif
// A region of constants alone has no function for the attribute, which clang warns of.
#define OCTET_BEGIN_TARGET(isa)                                     \
  OCTET_PRAGMA(clang diagnostic push)                               \
  OCTET_PRAGMA(clang diagnostic ignored "-Wpragma-clang-attribute") \
  OCTET_PRAGMA(clang attribute push(__attribute__((target(isa))), apply_to = function))
#define OCTET_END_TARGET            \
  OCTET_PRAGMA(clang attribute pop) \
  OCTET_PRAGMA(clang diagnostic pop)
#else
#define OCTET_UNROLL OCTET_PRAGMA(GCC unroll 40)
// g++ 12 takes the undefined operand of its own AVX-512 intrinsics for an uninitialized variable
// (GCC bug 105593).
#define OCTET_BEGIN_TARGET(isa)                                \
  OCTET_PRAGMA(GCC diagnostic push)                            \
  OCTET_PRAGMA(GCC diagnostic ignored "-Wuninitialized")       \
  OCTET_PRAGMA(GCC diagnostic ignored "-Wmaybe-uninitialized") \
  OCTET_PRAGMA(GCC push_options)                               \
  OCTET_PRAGMA(GCC target(isa))
#define OCTET_END_TARGET        \
  OCTET_PRAGMA(GCC pop_options) \
  OCTET_PRAGMA(GCC diagnostic pop)
#endif

// Around the vocabulary of a target that has a flag of its own in detail/cpu.hpp: what available()
// says, and the names of the namespace vec, which are compiled for that instruction set. `shared`
// is the target whose kernels it runs where nothing is multiplied into sums
// (OCTET_LANE_KERNEL_TABLE): itself, or one that lacks its dot products alone.
#define OCTET_BEGIN_VOCABULARY(target, shared, isa)        \
  namespace octet::inline OCTET_BASELINE::target {         \
  inline bool available() { return detail::cpu().target; } \
  namespace lanes = shared;                                \
  }                                                        \
  OCTET_BEGIN_TARGET(isa)                                  \
  namespace octet::inline OCTET_BASELINE::target::vec {
#define OCTET_END_VOCABULARY \
  }                          \
  OCTET_END_TARGET

// Whether this unit compiles kernels: always, but for units that find them in octet::compiled,
// whose own units define OCTET_COMPILING.
#if defined(OCTET_COMPILED) && !defined(OCTET_COMPILING)
#define OCTET_HAS_KERNELS 0
#else
#define OCTET_HAS_KERNELS 1
#endif

#ifndef OCTET_WITH_XSIMD
#define OCTET_WITH_XSIMD 0
#endif

// Which targets exist in this build. OCTET_STATIC_BACKEND=<name> leaves only that one: no probe, no
// table, no unused code. Clang 14 hides the intrinsics of dot and matrix products unless the
// command line enables them, so it has neither `dotprod` nor `i8mm`.
#define OCTET_STATIC_scalar 1
#define OCTET_STATIC_portable 2
#define OCTET_STATIC_avx2 3
#define OCTET_STATIC_avxvnni 4
#define OCTET_STATIC_avx512vnni 5
#define OCTET_STATIC_neon 6
#define OCTET_STATIC_dotprod 7
#define OCTET_STATIC_sse41 8
#define OCTET_STATIC_amx_int8 9
#define OCTET_STATIC_i8mm 10
#define OCTET_STATIC_neon32 11

#ifdef OCTET_STATIC_BACKEND
#define OCTET_STATIC_ID OCTET_CONCAT(OCTET_STATIC_, OCTET_STATIC_BACKEND)
#define OCTET_ENABLED(id) (OCTET_STATIC_ID == (id))
#else
#define OCTET_STATIC_ID 0
#define OCTET_ENABLED(id) 1
#endif

#define OCTET_TARGET_SCALAR OCTET_ENABLED(OCTET_STATIC_scalar)
// xsimd 8.1 has no vectors for 32-bit Arm without NEON.
#if OCTET_WITH_XSIMD && (!defined(__arm__) || defined(__ARM_NEON))
#define OCTET_TARGET_PORTABLE OCTET_ENABLED(OCTET_STATIC_portable)
#else
#define OCTET_TARGET_PORTABLE 0
#endif
#if defined(__x86_64__)
#define OCTET_TARGET_SSE41 OCTET_ENABLED(OCTET_STATIC_sse41)
#define OCTET_TARGET_AVX2 OCTET_ENABLED(OCTET_STATIC_avx2)
#define OCTET_TARGET_AVXVNNI OCTET_ENABLED(OCTET_STATIC_avxvnni)
#define OCTET_TARGET_AVX512VNNI OCTET_ENABLED(OCTET_STATIC_avx512vnni)
#define OCTET_TARGET_AMX_INT8 OCTET_ENABLED(OCTET_STATIC_amx_int8)
#else
#define OCTET_TARGET_SSE41 0
#define OCTET_TARGET_AVX2 0
#define OCTET_TARGET_AVXVNNI 0
#define OCTET_TARGET_AVX512VNNI 0
#define OCTET_TARGET_AMX_INT8 0
#endif
// No backend, but a part of those of 512 bits that machines may lack.
#define OCTET_TARGET_AVX512VBMI (OCTET_TARGET_AVX512VNNI || OCTET_TARGET_AMX_INT8)
#if defined(__aarch64__) && defined(__ARM_NEON)
#define OCTET_TARGET_NEON OCTET_ENABLED(OCTET_STATIC_neon)
#if defined(__clang__) && __clang_major__ < 16 && !defined(__ARM_FEATURE_DOTPROD)
#define OCTET_TARGET_DOTPROD 0
#else
#define OCTET_TARGET_DOTPROD OCTET_ENABLED(OCTET_STATIC_dotprod)
#endif
#if defined(__clang__) && __clang_major__ < 16 && \
    !(defined(__ARM_FEATURE_DOTPROD) && defined(__ARM_FEATURE_MATMUL_INT8))
#define OCTET_TARGET_I8MM 0
#else
#define OCTET_TARGET_I8MM OCTET_ENABLED(OCTET_STATIC_i8mm)
#endif
#else
#define OCTET_TARGET_NEON 0
#define OCTET_TARGET_DOTPROD 0
#define OCTET_TARGET_I8MM 0
#endif
// Clang 14 hides the intrinsics of NEON too; without floating-point registers there is no NEON.
#if defined(__arm__) &&                                                                           \
    (defined(__ARM_NEON) || (__ARM_ARCH >= 7 && __ARM_ARCH_PROFILE == 'A' && defined(__ARM_FP) && \
                             (!defined(__clang__) || __clang_major__ >= 16)))
#define OCTET_TARGET_NEON32 OCTET_ENABLED(OCTET_STATIC_neon32)
#else
#define OCTET_TARGET_NEON32 0
#endif

// The baseline tag. Everything that generates code lives in an inline namespace whose name spells
// the instruction sets of the command line, so that two translation units whose flags differ in one
// of those named here never share a symbol: without it the linker keeps one copy of each inline
// function, maybe the one that the machine cannot run. Plain data stays outside, so that units can
// exchange it.
#if defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#define OCTET_TAG_VECTOR _avx512vnni
#elif defined(__AVX512F__)
#define OCTET_TAG_VECTOR _avx512
#elif defined(__AVX2__)
#define OCTET_TAG_VECTOR _avx2
#elif defined(__AVX__)
#define OCTET_TAG_VECTOR _avx
#elif defined(__SSE4_1__)
#define OCTET_TAG_VECTOR _sse41
#elif defined(__SSSE3__)
#define OCTET_TAG_VECTOR _ssse3
#elif defined(__ARM_FEATURE_SVE)
#define OCTET_TAG_VECTOR _sve
#elif defined(__arm__) && defined(__ARM_NEON)
#define OCTET_TAG_VECTOR _neon
#else
#define OCTET_TAG_VECTOR _generic
#endif
#if defined(__AMX_INT8__)
#define OCTET_TAG_AMX _amx
#else
#define OCTET_TAG_AMX
#endif
#if defined(__AVXVNNI__)
#define OCTET_TAG_AVXVNNI _avxvnni
#else
#define OCTET_TAG_AVXVNNI
#endif
#if defined(__ARM_FEATURE_DOTPROD)
#define OCTET_TAG_DOTPROD _dotprod
#else
#define OCTET_TAG_DOTPROD
#endif
#if defined(__ARM_FEATURE_MATMUL_INT8)
#define OCTET_TAG_I8MM _i8mm
#else
#define OCTET_TAG_I8MM
#endif
#if defined(__BMI2__)
#define OCTET_TAG_BMI _bmi
#else
#define OCTET_TAG_BMI
#endif
#if defined(__FMA__) || (defined(__arm__) && defined(__ARM_FEATURE_FMA))
#define OCTET_TAG_FMA _fma
#else
#define OCTET_TAG_FMA
#endif
#if OCTET_WITH_XSIMD
#define OCTET_TAG_XSIMD _xsimd
#else
#define OCTET_TAG_XSIMD
#endif
#ifdef OCTET_STATIC_BACKEND
#define OCTET_TAG_STATIC OCTET_CONCAT(_only_, OCTET_STATIC_BACKEND)
#else
#define OCTET_TAG_STATIC
#endif
// For tests: the tile instructions of amx_int8 emulated, on machines that lack them.
#ifdef OCTET_EMULATE_TILES
#define OCTET_TAG_TILES _emulated_tiles
#else
#define OCTET_TAG_TILES
#endif
// A name for units whose flags differ in something that the tag does not know.
#ifdef OCTET_UNIT
#define OCTET_TAG_UNIT OCTET_CONCAT(_, OCTET_UNIT)
#else
#define OCTET_TAG_UNIT
#endif
#define OCTET_TAG_A OCTET_CONCAT(OCTET_CONCAT(on, OCTET_TAG_VECTOR), OCTET_TAG_AVXVNNI)
#define OCTET_TAG_B OCTET_CONCAT(OCTET_CONCAT(OCTET_TAG_A, OCTET_TAG_AMX), OCTET_TAG_BMI)
#define OCTET_TAG_C OCTET_CONCAT(OCTET_CONCAT(OCTET_TAG_B, OCTET_TAG_FMA), OCTET_TAG_XSIMD)
#define OCTET_TAG_D OCTET_CONCAT(OCTET_CONCAT(OCTET_TAG_C, OCTET_TAG_DOTPROD), OCTET_TAG_I8MM)
#define OCTET_TAG_E OCTET_CONCAT(OCTET_CONCAT(OCTET_TAG_D, OCTET_TAG_TILES), OCTET_TAG_UNIT)
#define OCTET_BASELINE OCTET_CONCAT(OCTET_TAG_E, OCTET_TAG_STATIC)
