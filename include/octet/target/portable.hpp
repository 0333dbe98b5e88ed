// SPDX-License-Identifier: Apache-2.0
// Target `portable`: xsimd's best architecture for the command line's flags, for machines without a
// target of their own (WebAssembly, RISC-V, POWER, SVE) and as the floor of all others. xsimd has
// no widening multiplication of bytes, but the low half of a 16-bit product of two bytes is exact.
// Sections as in scalar.hpp.
#include <xsimd/xsimd.hpp>

#include "octet/detail/layout.hpp"

#ifndef OCTET_TARGET_PORTABLE_HPP
#define OCTET_TARGET_PORTABLE_HPP
namespace octet {
inline namespace OCTET_BASELINE {
namespace portable {

inline bool available() { return true; }

namespace vec {

using Acc = xsimd::batch<std::int32_t>;
using Words = xsimd::batch<std::int16_t>;
inline constexpr int kLanes = static_cast<int>(Acc::size), kDepth = 2;
inline constexpr int kTileRows = 4, kTileVectors = 2;
using Packed = std::int16_t;
using Operand = Words;
using Bytes = Words;

// xsimd 8.1 has neither shifts by a vector of counts nor widening products on every architecture:
// these run lane by lane.
template <class Function>
OCTET_INLINE Acc for_each_lane(Acc x, Function function) {
  alignas(Acc::arch_type::alignment()) std::int32_t lanes[kLanes];
  x.store_aligned(lanes);
  for (int i = 0; i < kLanes; ++i) lanes[i] = function(lanes[i], i);
  return Acc::load_aligned(lanes);
}

OCTET_INLINE Operand splat(const Packed* p) {
  std::int32_t group;
  __builtin_memcpy(&group, p, sizeof group);
  return xsimd::bitwise_cast<Words>(Acc(group));
}
OCTET_INLINE Operand load(const Packed* p) { return Words::load_unaligned(p); }
OCTET_INLINE Acc dot(Acc sum, Operand a, Operand b) {
  const Acc products = xsimd::bitwise_cast<Acc>(a * b);
  return sum + (((products << 16) >> 16) + (products >> 16));
}

OCTET_INLINE Acc load_acc(const std::int32_t* p) { return Acc::load_unaligned(p); }
OCTET_INLINE void store_acc(std::int32_t* p, Acc x) { x.store_unaligned(p); }
OCTET_INLINE Acc splat_acc(std::int32_t x) { return Acc(x); }
OCTET_INLINE Acc add(Acc a, Acc b) { return a + b; }
OCTET_INLINE Acc sub(Acc a, Acc b) { return a - b; }
OCTET_INLINE Acc min(Acc a, Acc b) { return xsimd::min(a, b); }
OCTET_INLINE Acc max(Acc a, Acc b) { return xsimd::max(a, b); }
// Bit by bit of the count: clang turns shifts lane by lane into one by a vector, and that, for SSE2,
// into arithmetic on floating-point exponents.
OCTET_INLINE Acc shift_left(Acc x, const std::int32_t* count) {
  const Acc n = Acc::load_unaligned(count);
  x = xsimd::select((n & Acc(16)) == Acc(0), x, x << 16);
  x = xsimd::select((n & Acc(8)) == Acc(0), x, x << 8);
  x = xsimd::select((n & Acc(4)) == Acc(0), x, x << 4);
  x = xsimd::select((n & Acc(2)) == Acc(0), x, x << 2);
  return xsimd::select((n & Acc(1)) == Acc(0), x, x << 1);
}
OCTET_INLINE Acc shift_right(Acc x, const std::int32_t* count) {
  return for_each_lane(x, [count](std::int32_t v, int i) { return v >> count[i]; });
}
OCTET_INLINE Acc shift_right_logical(Acc x, const std::int32_t* count) {
  return for_each_lane(x, [count](std::int32_t v, int i) {
    return static_cast<std::int32_t>(std::uint64_t{static_cast<std::uint32_t>(v)} >> count[i]);
  });
}
OCTET_INLINE Acc multiply_add_high(Acc x, const std::int32_t* multiplier,
                                   const std::int64_t* addend) {
  return for_each_lane(x, [multiplier, addend](std::int32_t v, int i) {
    return static_cast<std::int32_t>((std::int64_t{v} * multiplier[i] + addend[i]) >> 31);
  });
}
inline constexpr AddendOrder kAddendOrder = AddendOrder::natural;

template <class In>
OCTET_INLINE Acc widen(const In* p) {
  alignas(Acc::arch_type::alignment()) std::int32_t lanes[kLanes];
  for (int i = 0; i < kLanes; ++i) lanes[i] = p[i];
  return Acc::load_aligned(lanes);
}
template <class Out>
OCTET_INLINE void narrow(Out* p, Acc x) {
  alignas(Acc::arch_type::alignment()) std::int32_t lanes[kLanes];
  x.store_aligned(lanes);
  for (int i = 0; i < kLanes; ++i) p[i] = static_cast<Out>(lanes[i]);
}

OCTET_INLINE Bytes load_bytes(const std::uint8_t* p, bool is_signed) {
  alignas(Acc::arch_type::alignment()) std::int16_t words[2 * kLanes];
  for (int i = 0; i < 2 * kLanes; ++i) {
    words[i] = is_signed ? static_cast<std::int8_t>(p[i]) : std::int16_t{p[i]};
  }
  return Words::load_aligned(words);
}
OCTET_INLINE void store_packed(Packed* p, Bytes x) { x.store_unaligned(p); }

// Two rows of 2 kLanes channels to two vectors of kLanes channels x 2 rows, in the order of every
// target: within groups of four lanes.
OCTET_INLINE void zip(const Bytes (&rows)[kDepth], Operand (&out)[kDepth]) {
  alignas(Acc::arch_type::alignment()) std::int16_t row[kDepth][2 * kLanes];
  alignas(Acc::arch_type::alignment()) std::int16_t zipped[kDepth][2 * kLanes];
  for (int i = 0; i < kDepth; ++i) rows[i].store_aligned(row[i]);
  for (int v = 0; v < kDepth; ++v) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const int channel = 8 * (lane / 4) + 4 * v + lane % 4;
      for (int i = 0; i < kDepth; ++i) zipped[v][2 * lane + i] = row[i][channel];
    }
  }
  for (int v = 0; v < kDepth; ++v) out[v] = Words::load_aligned(zipped[v]);
}
template <class Out>
OCTET_INLINE void narrow_zipped(Out* p, const Acc (&x)[kDepth]) {
  alignas(Acc::arch_type::alignment()) std::int32_t lanes[kDepth][kLanes];
  for (int v = 0; v < kDepth; ++v) x[v].store_aligned(lanes[v]);
  for (int v = 0; v < kDepth; ++v) {
    for (int lane = 0; lane < kLanes; ++lane) {
      p[8 * (lane / 4) + 4 * v + lane % 4] = static_cast<Out>(lanes[v][lane]);
    }
  }
}

}  // namespace vec
}  // namespace portable
}  // namespace OCTET_BASELINE
}  // namespace octet
#endif  // OCTET_TARGET_PORTABLE_HPP

#ifdef OCTET_KERNEL
#define OCTET_TARGET portable
#include OCTET_KERNEL
#undef OCTET_TARGET
#endif
