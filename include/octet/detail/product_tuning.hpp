// SPDX-License-Identifier: Apache-2.0
// The numbers that products of matrices and convolutions were tuned with, what each one gains and
// how to see it again: build/release/bench/gemm_bench or conv2d_bench with
// --benchmark_filter=<what is named here>, once with the number and once with another. Gains are of
// time, in alternation with the number before on one core, of the processor named.
#pragma once

#include <cstdint>

#include "octet/detail/config.hpp"

namespace octet::inline OCTET_BASELINE::detail {

// Bytes of packed activations of one block of rows: they stay in the second level cache while every
// panel of weights passes over them. Blocks come as near to that as equal ones can: 49 rows of
// depth 4608 are 32 and 17 instead of 24, 24 and 1, 5 % (gemm/octet:avx512vnni/.*/49x512x4608).
inline constexpr std::int64_t kBlockBytes = 128 * 1024;

// The same with tile registers, which use up weights several times as fast. Where these come from
// the third level cache, more rows have to share them; processors with such tiles have 2 MiB of the
// second (gemm/octet:amx_int8/.*/2048x2048x2048).
inline constexpr std::int64_t kMatrixBlockBytes = 4 * kBlockBytes;

// The same without vectors, also for what convolutions stage: processors without them have little
// memory, and seldom a second cache. A block has at least the rows of the micro kernel, a window
// those of the filter. 3x3 convolutions of 48x48x32 take 1,344 bytes of scratch instead of 124,416,
// and the time they took (tests/packing_test.cpp has sizes as constants).
inline constexpr std::int64_t kScalarBlockBytes = 2 * 1024;
OCTET_INLINE constexpr std::int64_t cached_bytes(int lanes, std::int64_t with_vectors) {
  return lanes == 1 ? kScalarBlockBytes : with_vectors;
}

// Rows are packed about that many bytes at a time, just before the first panel needs them: 15 % of
// 3136x24x96 was packing (gemm/octet:avx2/.*/3136x24x96).
inline constexpr std::int64_t kPackedBytes = 4096;

// Packing that is spread over dot products does at least so many vectors at a time: a step that
// does less costs more than it hides. 5 to 15 % at 12544x16x32, 3136x24x96 and 784x32x144
// (gemm/octet:avx512vnni/.*/12544x16x32).
inline constexpr std::int64_t kLeastVectorsAtOnce = 8;

// How many rows make up for reading weights of 16 bits where targets can widen bytes: fewer wait
// for twice as many bytes. 512x512x512 gains 6 % by them, 3136x24x96 12 %
// (gemm/octet:avx2/.*/(512x512x512|16x4096x4096)).
inline constexpr std::int64_t kLeastWideRows = 32;

// The depth, in groups of what a lane multiplies at once, up to which an epilogue is spread over
// the dot products of the next register block. More of it hides all of an epilogue without help, in
// a loop that is shorter because there is nothing else to do. 3136x64x576 gains 4 to 14 %
// (gemm/octet:avx512vnni/.*/(3136x64x576|49x320x960|196x256x2304)).
inline constexpr std::int64_t kMostOverlappedGroups = 320;

// The depth up to which the weights of a vector of columns stay in registers while rows pass by:
// these, eight accumulators, the constants and the intermediate values of the epilogue fill 32
// registers. 12544x16x32 gains 30 % (gemm/octet:avx512vnni/.*/12544x16x32).
inline constexpr int kMostShallowGroups = 12;

// What the copy of a row costs a part that has some of its columns, as a number of columns that it
// could be multiplied with instead (threads_bench, threads/2/.*).
inline constexpr std::int32_t kRowCost = 16;

// Rows whose bytes lie a multiple of that apart compete for few sets of the first level cache: they
// are copied though they could be read in place (gemm/octet:avx512vnni/.*/49x512x4608, with uint8).
inline constexpr std::int64_t kCacheSetStride = 1024;

// How many columns make up for packing rows in pairs, where instructions multiply two rows: that
// takes as long as reading rows in place costs four to six panels of 8 columns by the model of a
// Neoverse V1, 102 multiply-accumulates per cycle instead of 127 (scripts/arm_model.py loops).
inline constexpr std::int32_t kLeastPairedColumns = 64;

// Products that are too small for tile registers, whose configuration and release takes as long as
// 48 x 48 x 48. A single row uses one of a tile's 16, and waits for memory anyway; little depth
// leaves most of a tile's 64 unused (gemm/octet:amx_int8/.*/64x64x64).
#ifdef OCTET_EMULATE_TILES
// The emulation is there to be used.
inline constexpr std::int64_t kLeastMatrixProduct = 64, kLeastMatrixDepth = 2;
#else
inline constexpr std::int64_t kLeastMatrixProduct = 48 * 48 * 48, kLeastMatrixDepth = 16;
#endif

// Rows of a block of tiles from which on its epilogue is spread over the next block: as many as it
// writes at a time.
inline constexpr int kLeastOverlappedRows = 4;

// Panels of filters up to which the input of a convolution is staged. Staging copies each value
// once and gathering filter.h * filter.w times, but rows of the output end register blocks
// (conv2d/octet:avx2/.*/(32x32x16_3x3_16|56x56x64_3x3_64)).
inline constexpr std::int64_t kStagedPanels = 4;

// Staged windows of which each row fills its depth unit are longer than gathered ones, with zeros:
// at most so many fourths as long with tile registers (conv2d/octet:amx_int8/.*/32x32x16_3x3_16).
inline constexpr std::int64_t kStagedFourths = 5;

}  // namespace octet::inline OCTET_BASELINE::detail
