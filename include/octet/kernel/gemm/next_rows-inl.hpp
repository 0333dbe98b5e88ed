// SPDX-License-Identifier: Apache-2.0
// How a register block packs the rows of the next one: between its own dot products where register
// blocks overlap, else just before it. Included inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/gemm/pack_rows-inl.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// Rows that are packed with the register blocks before them, if `pieces` is not 0.
// Every step of a register block that is a multiple of `interval`, a power of two, packs as many
// pieces of `length` elements, kBytesStep or more; all steps of a register block pack the rows of
// the next one.
struct NextRows {
  const std::uint8_t* from = nullptr;
  MatrixDot::Packed* to = nullptr;
  std::int64_t length = 0, from_step = 0, to_step = 0;
  int pieces = 0, interval = 1;
  bool is_signed = false;

  OCTET_INLINE void pack_step(int step) {
    if ((step & (interval - 1)) != 0) return;
    for (int piece = 0; piece < pieces; ++piece) {
      pack_vectors(to, from, length, is_signed);
      from += from_step;
      to += to_step;
    }
  }
};

// Parts of a register block's dot products, between which there is room for other work: as many as
// fours of accumulators where register blocks overlap, one elsewhere.
inline constexpr int kMicroSteps = vec::kMicroEpilogue == MicroEpilogue::overlapped
                                       ? MicroShape::kRows * MicroShape::kVectors / 4
                                       : 1;

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
