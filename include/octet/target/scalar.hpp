// SPDX-License-Identifier: Apache-2.0
// Target `scalar`: plain C++ without vectors, floating point or intrinsics, for machines without a
// target of their own. The smallest complete vocabulary; docs/adding-a-target.md explains each
// name. No #pragma once: the vocabulary is guarded, the kernel is included each time.
#include <cstring>

#include "octet/detail/layout.hpp"
#include "octet/fixed_point.hpp"

#ifndef OCTET_TARGET_SCALAR_HPP
#define OCTET_TARGET_SCALAR_HPP
namespace octet::inline OCTET_BASELINE::scalar {

inline bool available() { return true; }
namespace lanes = scalar;

namespace vec {

inline constexpr int kLanes = 1;
inline constexpr int kMicroRows = 4, kMicroVectors = 2;
inline constexpr MicroEpilogue kMicroEpilogue = MicroEpilogue::in_memory;
using Acc = std::int32_t;

// Sums wrap in the ring of 32-bit integers; the total does not, as preparation proves.
OCTET_INLINE Acc add(Acc a, Acc b) {
  return static_cast<Acc>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

OCTET_INLINE Acc load_acc(const std::int32_t* p) { return *p; }
OCTET_INLINE void store_acc(std::int32_t* p, Acc x) { *p = x; }
OCTET_INLINE Acc split_live_range(Acc x) { return x; }
OCTET_INLINE void pin(Acc&) {}
OCTET_INLINE Acc splat_acc(std::int32_t x) { return x; }
OCTET_INLINE Acc sub(Acc a, Acc b) { return a - b; }
OCTET_INLINE Acc mul(Acc a, Acc b) { return a * b; }
OCTET_INLINE Acc min(Acc a, Acc b) { return a < b ? a : b; }
OCTET_INLINE Acc max(Acc a, Acc b) { return a > b ? a : b; }
// The barrier keeps clang from shifting vectors: for SSE2 it computes 2^count in floating point.
OCTET_INLINE Acc shift_left(Acc x, Acc count) {
  auto shifted = static_cast<Acc>(static_cast<std::uint32_t>(x) << count);
  asm("" : "+r"(shifted));
  return shifted;
}

struct Multipliers {
  std::int32_t multiplier;
  RequantizeConstants constants;
};
inline constexpr RequantizeForm kRequantizeForm = RequantizeForm::plain;
OCTET_INLINE Multipliers load_multipliers(const PanelConstants& constants, int channel) {
  return {constants.multiplier[channel],
          {constants.addend[channel], constants.tie_shift[channel], constants.right[channel]}};
}
OCTET_INLINE Acc requantize(Acc x, const Multipliers& m) {
  return requantize_closed_form(x, m.multiplier, m.constants);
}
#include "octet/target/requantize_one_step-inl.hpp"

// The barrier keeps g++ -O3 from vectorizing sums of widened elements: g++ 12 skips every other row
// where several sums of int16 run side by side, on AArch64 and with the instructions that all
// x86-64 processors have.
template <class In>
OCTET_INLINE Acc widen(const In* p) {
  Acc x = *p;
#if !defined(__clang__)
  asm("" : "+r"(x));
#endif
  return x;
}
template <class Out>
OCTET_INLINE void narrow(Out* p, Acc x) {
  *p = static_cast<Out>(x);
}

struct Narrowed {
  std::uint8_t bytes[4];
};
using ByteRange = OutputRange;
OCTET_INLINE ByteRange byte_range(const OutputRange& range) { return range; }
template <class Out>
OCTET_INLINE Narrowed narrow4(const Acc (&x)[4]) {
  Narrowed out;
  for (int i = 0; i < 4; ++i) {
    out.bytes[i] = static_cast<std::uint8_t>(saturate<Out>(x[i]));
  }
  return out;
}
OCTET_INLINE Narrowed row_order(const Narrowed& x) { return x; }
OCTET_INLINE void store_narrowed(void* p, const Narrowed& x) { std::memcpy(p, x.bytes, 4); }
template <int kRows, class Out>
OCTET_INLINE void store_rows(Out* p, std::int64_t stride, const Narrowed& x) {
  constexpr int kBytes = 4 / kRows;
  for (int i = 0; i < kRows; ++i) std::memcpy(p + i * stride, x.bytes + i * kBytes, kBytes);
}

struct Dot8x8 {
  using Packed = std::int8_t;
  using Operand = std::int8_t;
  using Bytes = std::int8_t;
  static constexpr int kDepth = 1, kBands = 1;

  OCTET_INLINE static Operand splat(const Packed* p) { return *p; }
  OCTET_INLINE static Operand load_weights(const std::byte* p) { return static_cast<Operand>(*p); }
  OCTET_INLINE static Operand load_operand(const std::byte* p) { return static_cast<Operand>(*p); }
  OCTET_INLINE static void store_operand(std::byte* p, Operand x) {
    *p = static_cast<std::byte>(x);
  }
  OCTET_INLINE static Acc dot(Acc sum, Operand a, Operand b) { return add(sum, a * b); }

  OCTET_INLINE static Bytes load_bytes(const std::uint8_t* p, bool is_signed) {
    return static_cast<Bytes>(is_signed ? *p : *p ^ 0x80);
  }
  OCTET_INLINE static void store_packed(Packed* p, Bytes x) { *p = x; }
  OCTET_INLINE static void zip(const Bytes (&rows)[kDepth], Operand (&out)[kDepth]) {
    out[0] = rows[0];
  }
  OCTET_INLINE static void unzip(const Narrowed (&x)[kDepth], Narrowed (&out)[kDepth]) {
    out[0] = x[0];
  }
};
using MatrixDot8x8 = Dot8x8;

// 16-bit activations times 8-bit weights.
struct Dot16x8 {
  using Packed = std::int16_t;
  using Operand = std::int32_t;
  static constexpr int kDepth = 1;

  OCTET_INLINE static Operand splat(const Packed* p) { return *p; }
  OCTET_INLINE static Operand load_weights(const std::byte* p) {
    return static_cast<std::int8_t>(*p);
  }
  OCTET_INLINE static void zip(const Packed* const (&rows)[kDepth], Operand (&out)[kDepth]) {
    out[0] = *rows[0];
  }
  OCTET_INLINE static void store_unzipped(std::int16_t* p, const Acc (&x)[kDepth]) {
    narrow(p, x[0]);
  }
  OCTET_INLINE static Acc dot(Acc sum, Operand a, Operand b) { return add(sum, a * b); }
};
OCTET_INLINE void add_to_sums(std::int64_t* sums, Acc x) { *sums += x; }

// Pooling: blocks of four bytes.
OCTET_INLINE Narrowed load_narrowed(const void* p) {
  Narrowed out;
  std::memcpy(out.bytes, p, 4);
  return out;
}
template <class T>
OCTET_INLINE Narrowed max_bytes(Narrowed a, const Narrowed& b) {
  for (int i = 0; i < 4; ++i) {
    if (static_cast<T>(b.bytes[i]) > static_cast<T>(a.bytes[i])) a.bytes[i] = b.bytes[i];
  }
  return a;
}
template <class T>
OCTET_INLINE Narrowed clamp_bytes(Narrowed x, const ByteRange& range) {
  if (!range.limits_bytes()) return x;
  for (std::uint8_t& byte : x.bytes) {
    const std::int32_t value = static_cast<T>(byte);
    byte = static_cast<std::uint8_t>(clamp(value, range.min, range.max));
  }
  return x;
}
using LookupTable = const std::uint8_t*;  // nothing looks up several bytes at once
struct Sums {
  std::int32_t sums[4];
};
template <class T>
OCTET_INLINE void add_bytes(Sums& sums, const T* p) {
  for (int i = 0; i < 4; ++i) sums.sums[i] += p[i];
}
template <class T>
OCTET_INLINE void widen_sums(const Sums& sums, Acc (&out)[4]) {
  for (int i = 0; i < 4; ++i) out[i] = sums.sums[i];
}

}  // namespace vec
}  // namespace octet::inline OCTET_BASELINE::scalar
#endif  // OCTET_TARGET_SCALAR_HPP

#if defined(OCTET_KERNEL) && OCTET_TARGET_SCALAR
#define OCTET_TARGET scalar
#include OCTET_KERNEL
#undef OCTET_TARGET
#endif
