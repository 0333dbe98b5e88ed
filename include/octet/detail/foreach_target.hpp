// SPDX-License-Identifier: Apache-2.0
// Includes the file named by OCTET_KERNEL once per target of this build, inside that target's
// region, with OCTET_TARGET naming its namespace. No include guard: each operation's header
// includes this once for each of its kernels. Where kernels are compiled elsewhere, it makes the
// targets known and no more, but for files of constants: OCTET_KERNEL_IS_CONSTANTS. amx_int8 has
// kernels for matrices only, those that
// OCTET_TILE_KERNEL names; whatever else it runs is compiled for avx512vnni. avx512vbmi is compiled
// where OCTET_KERNEL_LOOKS_UP is defined. i8mm has kernels for matrices only too, those that
// OCTET_MATRIX_KERNEL names, and runs what is compiled for dotprod.
#include "octet/detail/config.hpp"
#if !OCTET_HAS_KERNELS && !defined(OCTET_KERNEL_IS_CONSTANTS)
#undef OCTET_KERNEL
#undef OCTET_TILE_KERNEL
#undef OCTET_MATRIX_KERNEL
#undef OCTET_KERNEL_LOOKS_UP
#endif
#include "octet/target/scalar.hpp"
#if OCTET_TARGET_PORTABLE
#include "octet/target/portable.hpp"
#endif
#if OCTET_TARGET_SSE41
#include "octet/target/sse41.hpp"
#endif
#if OCTET_TARGET_AVX2
#include "octet/target/avx2.hpp"
#endif
#if OCTET_TARGET_AVXVNNI
#include "octet/target/avxvnni.hpp"
#endif
#if OCTET_TARGET_AVX512VNNI || OCTET_TARGET_AMX_INT8
#include "octet/target/avx512vnni.hpp"
#endif
#if OCTET_TARGET_AVX512VBMI
#include "octet/target/avx512vbmi.hpp"
#endif
#if OCTET_TARGET_AMX_INT8
#include "octet/target/amx_int8.hpp"
#endif
#if OCTET_TARGET_NEON
#include "octet/target/neon.hpp"
#endif
#if OCTET_TARGET_NEON32
#include "octet/target/neon32.hpp"
#endif
#if OCTET_TARGET_DOTPROD || OCTET_TARGET_I8MM
#include "octet/target/dotprod.hpp"
#endif
#if OCTET_TARGET_I8MM
#include "octet/target/i8mm.hpp"
#endif
#undef OCTET_KERNEL
#undef OCTET_TILE_KERNEL
#undef OCTET_MATRIX_KERNEL
#undef OCTET_KERNEL_LOOKS_UP
#undef OCTET_KERNEL_IS_CONSTANTS
