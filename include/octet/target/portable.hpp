// SPDX-License-Identifier: Apache-2.0
// Target `portable`: xsimd's best architecture for the command line's flags, for machines without a
// target of their own, as far as the xsimd that is installed knows them, and as the floor of all
// others. xsimd has no widening multiplication of bytes, but the low half of a 16-bit product of
// two bytes is exact.
// Sections as in scalar.hpp.
#include <bit>
#include <cstring>
#include <xsimd/xsimd.hpp>

#include "octet/detail/layout.hpp"
#include "octet/fixed_point.hpp"

#ifndef OCTET_TARGET_PORTABLE_HPP
#define OCTET_TARGET_PORTABLE_HPP
namespace octet::inline OCTET_BASELINE::portable {

inline bool available() { return true; }
namespace lanes = portable;

namespace vec {

using Acc = xsimd::batch<std::int32_t>;
using Words = xsimd::batch<std::int16_t>;
inline constexpr int kLanes = static_cast<int>(Acc::size);
static_assert(kLanes <= 16);  // buffers of kernels are for vectors of up to 512 bits
inline constexpr int kMicroRows = 4, kMicroVectors = 2;
inline constexpr MicroEpilogue kMicroEpilogue = MicroEpilogue::in_memory;

OCTET_INLINE Acc load_acc(const std::int32_t* p) { return Acc::load_unaligned(p); }
OCTET_INLINE void store_acc(std::int32_t* p, Acc x) { x.store_unaligned(p); }
OCTET_INLINE Acc split_live_range(Acc x) { return x; }
OCTET_INLINE void pin(Acc&) {}
OCTET_INLINE Acc splat_acc(std::int32_t x) { return Acc(x); }
OCTET_INLINE Acc add(Acc a, Acc b) { return a + b; }
OCTET_INLINE Acc sub(Acc a, Acc b) { return a - b; }
OCTET_INLINE Acc mul(Acc a, Acc b) { return a * b; }
OCTET_INLINE Acc min(Acc a, Acc b) { return xsimd::min(a, b); }
OCTET_INLINE Acc max(Acc a, Acc b) { return xsimd::max(a, b); }
// Lane by lane, since xsimd 8.1 shifts by vectors on some architectures only. The barrier keeps
// clang from making one vector of the lanes: for SSE2 it computes 2^count in floating point.
OCTET_INLINE Acc shift_left(Acc x, Acc count) {
  alignas(Acc::arch_type::alignment()) std::int32_t lanes[kLanes], counts[kLanes];
  x.store_aligned(lanes);
  count.store_aligned(counts);
  for (int i = 0; i < kLanes; ++i) {
    auto shifted = static_cast<std::int32_t>(static_cast<std::uint32_t>(lanes[i]) << counts[i]);
    asm("" : "+r"(shifted));
    lanes[i] = shifted;
  }
  return Acc::load_aligned(lanes);
}

// xsimd has no widening products of 32-bit integers: lane by lane.
struct Multipliers {
  std::int32_t multiplier[kLanes], tie_shift[kLanes], right[kLanes];
  std::int64_t addend[kLanes];
};
inline constexpr RequantizeForm kRequantizeForm = RequantizeForm::plain;
OCTET_INLINE Multipliers load_multipliers(const PanelConstants& constants, int channel) {
  Multipliers m;
  std::memcpy(m.multiplier, constants.multiplier + channel, sizeof m.multiplier);
  std::memcpy(m.tie_shift, constants.tie_shift + channel, sizeof m.tie_shift);
  std::memcpy(m.right, constants.right + channel, sizeof m.right);
  std::memcpy(m.addend, constants.addend + channel, sizeof m.addend);
  return m;
}
OCTET_INLINE Acc requantize(Acc x, const Multipliers& m) {
  alignas(Acc::arch_type::alignment()) std::int32_t lanes[kLanes];
  x.store_aligned(lanes);
  for (int i = 0; i < kLanes; ++i) {
    lanes[i] = requantize_closed_form(lanes[i], m.multiplier[i],
                                      {m.addend[i], m.tie_shift[i], m.right[i]});
  }
  return Acc::load_aligned(lanes);
}
#include "octet/target/requantize_one_step-inl.hpp"

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

// Four vectors to bytes, in order.
struct Narrowed {
  std::uint8_t bytes[4 * kLanes];
};
using ByteRange = OutputRange;
OCTET_INLINE ByteRange byte_range(const OutputRange& range) { return range; }
template <class Out>
OCTET_INLINE Narrowed narrow4(const Acc (&x)[4]) {
  using Limits = std::numeric_limits<Out>;
  const Acc min(std::int32_t{Limits::min()}), max(std::int32_t{Limits::max()});
  Narrowed out;
  alignas(Acc::arch_type::alignment()) std::int32_t lanes[kLanes];
  for (int v = 0; v < 4; ++v) {
    xsimd::min(xsimd::max(x[v], min), max).store_aligned(lanes);
    for (int i = 0; i < kLanes; ++i)
      out.bytes[v * kLanes + i] = static_cast<std::uint8_t>(lanes[i]);
  }
  return out;
}
OCTET_INLINE Narrowed row_order(const Narrowed& x) { return x; }
OCTET_INLINE void store_narrowed(void* p, const Narrowed& x) {
  std::memcpy(p, x.bytes, sizeof x.bytes);
}
template <int kRows, class Out>
OCTET_INLINE void store_rows(Out* p, std::int64_t stride, const Narrowed& x) {
  constexpr int kBytes = 4 * kLanes / kRows;
  for (int i = 0; i < kRows; ++i) std::memcpy(p + i * stride, x.bytes + i * kBytes, kBytes);
}

struct Dot8x8 {
  using Packed = std::int16_t;
  using Operand = Words;
  using Bytes = Words;
  static constexpr int kDepth = 2, kBands = 1;

  OCTET_INLINE static Operand splat(const Packed* p) {
    std::int32_t group;
    __builtin_memcpy(&group, p, sizeof group);
    return std::bit_cast<Words>(Acc(group));
  }
  OCTET_INLINE static Operand load_weights(const std::byte* p) {
    using Narrow [[gnu::vector_size(2 * kLanes)]] = std::int8_t;
    using Wide [[gnu::vector_size(4 * kLanes)]] = std::int16_t;
    Narrow weights;
    __builtin_memcpy(&weights, p, sizeof weights);
    const Wide wide = __builtin_convertvector(weights, Wide);
    alignas(Acc::arch_type::alignment()) std::int16_t words[2 * kLanes];
    __builtin_memcpy(words, &wide, sizeof words);
    return Words::load_aligned(words);
  }
  OCTET_INLINE static Operand load_operand(const std::byte* p) {
    return Words::load_unaligned(reinterpret_cast<const std::int16_t*>(p));
  }
  OCTET_INLINE static void store_operand(std::byte* p, Operand x) {
    x.store_unaligned(reinterpret_cast<std::int16_t*>(p));
  }
  OCTET_INLINE static Acc dot(Acc sum, Operand a, Operand b) {
    const Acc products = std::bit_cast<Acc>(a * b);
    return sum + (((products << 16) >> 16) + (products >> 16));
  }

  OCTET_INLINE static Bytes load_bytes(const std::uint8_t* p, bool is_signed) {
    alignas(Acc::arch_type::alignment()) std::int16_t words[2 * kLanes];
    for (int i = 0; i < 2 * kLanes; ++i) {
      words[i] = is_signed ? static_cast<std::int8_t>(p[i]) : std::int16_t{p[i]};
    }
    return Words::load_aligned(words);
  }
  OCTET_INLINE static void store_packed(Packed* p, Bytes x) { x.store_unaligned(p); }

  // Two rows of 2 kLanes channels to two vectors of kLanes channels x 2 rows, in the order of every
  // target: within groups of four lanes.
  OCTET_INLINE static void zip(const Bytes (&rows)[kDepth], Operand (&out)[kDepth]) {
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
  OCTET_INLINE static void unzip(const Narrowed (&x)[kDepth], Narrowed (&out)[kDepth]) {
    for (int pixel = 0; pixel < 4; ++pixel) {
      for (int v = 0; v < kDepth; ++v) {
        for (int lane = 0; lane < kLanes; lane += 4) {
          const int place = pixel % 2 * 2 * kLanes + 2 * lane + 4 * v;
          std::memcpy(out[pixel / 2].bytes + place, x[v].bytes + pixel * kLanes + lane, 4);
        }
      }
    }
  }
};
using MatrixDot8x8 = Dot8x8;

// 16-bit activations times 8-bit weights: xsimd has no products that are wider than their factors.
struct Dot16x8 {
  using Packed = std::int16_t;
  using Operand = Acc;
  static constexpr int kDepth = 1;

  template <class T>
  OCTET_INLINE static Operand load(const T* p) {
    alignas(Acc::arch_type::alignment()) std::int32_t lanes[kLanes];
    for (int i = 0; i < kLanes; ++i) lanes[i] = p[i];
    return Acc::load_aligned(lanes);
  }
  OCTET_INLINE static Operand splat(const Packed* p) { return Acc(std::int32_t{*p}); }
  OCTET_INLINE static Operand load_weights(const std::byte* p) {
    return load(reinterpret_cast<const std::int8_t*>(p));
  }
  OCTET_INLINE static void zip(const Packed* const (&rows)[kDepth], Operand (&out)[kDepth]) {
    out[0] = load(rows[0]);
  }
  OCTET_INLINE static void store_unzipped(std::int16_t* p, const Acc (&x)[kDepth]) {
    narrow(p, x[0]);
  }
  OCTET_INLINE static Acc dot(Acc sum, Operand a, Operand b) { return sum + a * b; }
};
OCTET_INLINE void add_to_sums(std::int64_t* sums, Acc x) {
  alignas(Acc::arch_type::alignment()) std::int32_t lanes[kLanes];
  x.store_aligned(lanes);
  for (int i = 0; i < kLanes; ++i) sums[i] += lanes[i];
}

// Pooling: blocks of 4 kLanes bytes. xsimd 8.1 does not widen bytes: left to the compiler.
OCTET_INLINE Narrowed load_narrowed(const void* p) {
  Narrowed out;
  std::memcpy(out.bytes, p, sizeof out.bytes);
  return out;
}
template <class T>
OCTET_INLINE xsimd::batch<T> batch_of(const Narrowed& x) {
  return xsimd::batch<T>::load_unaligned(reinterpret_cast<const T*>(x.bytes));
}
template <class T>
OCTET_INLINE Narrowed max_bytes(const Narrowed& a, const Narrowed& b) {
  Narrowed out;
  xsimd::max(batch_of<T>(a), batch_of<T>(b)).store_unaligned(reinterpret_cast<T*>(out.bytes));
  return out;
}
template <class T>
OCTET_INLINE Narrowed clamp_bytes(const Narrowed& x, const ByteRange& range) {
  if (!range.limits_bytes()) return x;
  Narrowed out;
  const xsimd::batch<T> min(static_cast<T>(range.min)), max(static_cast<T>(range.max));
  xsimd::min(xsimd::max(batch_of<T>(x), min), max).store_unaligned(reinterpret_cast<T*>(out.bytes));
  return out;
}
using LookupTable = const std::uint8_t*;  // nothing looks up several bytes at once
struct Sums {
  std::uint16_t sums[4 * kLanes];
};
template <class T>
OCTET_INLINE void add_bytes(Sums& sums, const T* p) {
  for (int i = 0; i < 4 * kLanes; ++i) {
    sums.sums[i] = static_cast<std::uint16_t>(sums.sums[i] + static_cast<std::uint16_t>(p[i]));
  }
}
template <class T>
OCTET_INLINE void widen_sums(const Sums& sums, Acc (&out)[4]) {
  using Sum = std::conditional_t<std::is_signed_v<T>, std::int16_t, std::uint16_t>;
  alignas(Acc::arch_type::alignment()) std::int32_t lanes[4 * kLanes];
  for (int i = 0; i < 4 * kLanes; ++i) lanes[i] = static_cast<Sum>(sums.sums[i]);
  for (int v = 0; v < 4; ++v) out[v] = Acc::load_aligned(lanes + v * kLanes);
}

}  // namespace vec
}  // namespace octet::inline OCTET_BASELINE::portable
#endif  // OCTET_TARGET_PORTABLE_HPP

#ifdef OCTET_KERNEL
#define OCTET_TARGET portable
#include OCTET_KERNEL
#undef OCTET_TARGET
#endif
