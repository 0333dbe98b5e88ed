// SPDX-License-Identifier: Apache-2.0
// What the Arm targets with 128-bit vectors have in common. Included inside the region and
// namespace of each, behind its add_rounded_product.

inline constexpr int kLanes = 4;
#if defined(__aarch64__)
inline constexpr int kVectorRegisters = 32;
#else
inline constexpr int kVectorRegisters = 16;
#endif
using Acc = int32x4_t;

OCTET_INLINE Acc load_acc(const std::int32_t* p) { return vld1q_s32(p); }
OCTET_INLINE void store_acc(std::int32_t* p, Acc x) { vst1q_s32(p, x); }
OCTET_INLINE Acc splat_acc(std::int32_t x) { return vdupq_n_s32(x); }
OCTET_INLINE Acc split_live_range(Acc x) {
  Acc copy;
  asm("" : "=w"(copy) : "0"(x));
  return copy;
}
OCTET_INLINE void pin(Acc& x) { asm volatile("" : "+w"(x)); }
OCTET_INLINE Acc add(Acc a, Acc b) { return vaddq_s32(a, b); }
OCTET_INLINE Acc sub(Acc a, Acc b) { return vsubq_s32(a, b); }
OCTET_INLINE Acc mul(Acc a, Acc b) { return vmulq_s32(a, b); }
OCTET_INLINE Acc min(Acc a, Acc b) { return vminq_s32(a, b); }
OCTET_INLINE Acc max(Acc a, Acc b) { return vmaxq_s32(a, b); }
OCTET_INLINE Acc shift_left(Acc x, Acc count) { return vshlq_s32(x, count); }

// 16-bit activations times 8-bit weights.
struct Dot16x8 {
  using Packed = std::int16_t;
  using Operand = int16x4_t;
  static constexpr int kDepth = 1;

  OCTET_INLINE static Operand splat(const Packed* p) { return vdup_n_s16(*p); }
  OCTET_INLINE static Operand load_weights(const std::byte* p) {
    std::int32_t group;
    __builtin_memcpy(&group, p, sizeof group);
    return vget_low_s16(vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(group))));
  }
  OCTET_INLINE static void zip(const Packed* const (&rows)[kDepth], Operand (&out)[kDepth]) {
    out[0] = vld1_s16(rows[0]);
  }
  OCTET_INLINE static void store_unzipped(std::int16_t* p, const Acc (&x)[kDepth]) {
    vst1_s16(p, vmovn_s32(x[0]));
  }
  OCTET_INLINE static Acc dot(Acc sum, Operand a, Operand b) { return vmlal_s16(sum, a, b); }
};
OCTET_INLINE void add_to_sums(std::int64_t* sums, Acc x) {
  vst1q_s64(sums, vaddw_s32(vld1q_s64(sums), vget_low_s32(x)));
  vst1q_s64(sums + 2, vaddw_high_s32(vld1q_s64(sums + 2), x));
}

// Right shifts are left shifts by negative counts. Accumulators below `away` have their halves
// rounded away from zero.
struct Multipliers {
  int32x4_t multiplier, away, right;
};
inline constexpr RequantizeForm kRequantizeForm = RequantizeForm::doubling;
OCTET_INLINE Multipliers load_multipliers(const PanelConstants& constants, int channel) {
  return {load_acc(constants.multiplier + channel), load_acc(constants.tie_shift + channel),
          load_acc(constants.right + channel)};
}
// Exact for every accumulator. Where halves go away from zero, one less makes them that for
// negative products. A product of 0 may come from a negative accumulator, but -1 is rounded to 0.
OCTET_INLINE Acc requantize(Acc x, const Multipliers& m) {
  const int32x4_t less = vreinterpretq_s32_u32(vcltq_s32(x, m.away));
  return vrshlq_s32(add_rounded_product(less, x, m.multiplier), m.right);
}

// For roundings of any kind.
struct PlainMultipliers {
  int32x4_t multiplier, tie_shift, right;
  int64x2_t addend_low, addend_high;
};
OCTET_INLINE PlainMultipliers load_multipliers(const PanelConstants& constants, int channel,
                                               std::true_type /*any rounding*/) {
  return {load_acc(constants.multiplier + channel),
          vnegq_s32(load_acc(constants.tie_shift + channel)),
          vnegq_s32(load_acc(constants.right + channel)), vld1q_s64(constants.addend + channel),
          vld1q_s64(constants.addend + channel + 2)};
}
OCTET_INLINE Acc requantize(Acc x, const PlainMultipliers& m) {
  const int64x2_t low = vmlal_s32(m.addend_low, vget_low_s32(x), vget_low_s32(m.multiplier));
  const int64x2_t high = vmlal_high_s32(m.addend_high, x, m.multiplier);
  const int32x4_t sum = vcombine_s32(vshrn_n_s64(low, 31), vshrn_n_s64(high, 31));
  const uint32x4_t tie = vshlq_u32(vreinterpretq_u32_s32(x), m.tie_shift);
  return vshlq_s32(vsubq_s32(sum, vreinterpretq_s32_u32(tie)), m.right);
}
#include "octet/target/requantize_one_step-inl.hpp"

OCTET_INLINE Acc widen(const std::int8_t* p) {
  std::int32_t group;
  __builtin_memcpy(&group, p, sizeof group);
  return vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(group)))));
}
OCTET_INLINE Acc widen(const std::uint8_t* p) {
  std::uint32_t group;
  __builtin_memcpy(&group, p, sizeof group);
  const uint16x8_t words = vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(group)));
  return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(words)));
}
OCTET_INLINE Acc widen(const std::int16_t* p) { return vmovl_s16(vld1_s16(p)); }
OCTET_INLINE Acc widen(const std::int32_t* p) { return load_acc(p); }

template <class Out>
OCTET_INLINE void narrow(Out* p, Acc x) {
  if constexpr (sizeof(Out) == 4) {
    store_acc(p, x);
  } else if constexpr (sizeof(Out) == 2) {
    vst1_s16(p, vmovn_s32(x));
  } else {
    const int16x4_t words = vmovn_s32(x);
    const std::int32_t bytes =
        vget_lane_s32(vreinterpret_s32_s8(vmovn_s16(vcombine_s16(words, words))), 0);
    __builtin_memcpy(p, &bytes, sizeof bytes);
  }
}

// Four vectors to bytes, in order.
using Narrowed = uint8x16_t;
struct ByteRange {
  uint8x16_t min, max;
  int16x8_t zero_point;
};
OCTET_INLINE ByteRange byte_range(const OutputRange& range) {
  return {vdupq_n_u8(static_cast<std::uint8_t>(range.min)),
          vdupq_n_u8(static_cast<std::uint8_t>(range.max)),
          vdupq_n_s16(static_cast<std::int16_t>(range.zero_point))};
}
template <class T>
OCTET_INLINE Narrowed clamp_bytes(Narrowed x, const ByteRange& range) {
  if constexpr (std::is_signed_v<T>) {
    const int8x16_t raised = vmaxq_s8(vreinterpretq_s8_u8(x), vreinterpretq_s8_u8(range.min));
    return vreinterpretq_u8_s8(vminq_s8(raised, vreinterpretq_s8_u8(range.max)));
  } else {
    return vminq_u8(vmaxq_u8(x, range.min), range.max);
  }
}
template <class Out>
OCTET_INLINE Narrowed narrow_words(int16x8_t low, int16x8_t high) {
  if constexpr (std::is_signed_v<Out>) {
    return vreinterpretq_u8_s8(vqmovn_high_s16(vqmovn_s16(low), high));
  } else {
    return vqmovun_high_s16(vqmovun_s16(low), high);
  }
}
template <class Out>
OCTET_INLINE Narrowed narrow4(const Acc (&x)[4]) {
  return narrow_words<Out>(vqmovn_high_s32(vqmovn_s32(x[0]), x[1]),
                           vqmovn_high_s32(vqmovn_s32(x[2]), x[3]));
}
// With the zero point.
template <class Out>
OCTET_INLINE Narrowed narrow4(const Acc (&x)[4], const ByteRange& range) {
  const int16x8_t low = vqmovn_high_s32(vqmovn_s32(x[0]), x[1]);
  const int16x8_t high = vqmovn_high_s32(vqmovn_s32(x[2]), x[3]);
  return narrow_words<Out>(vqaddq_s16(low, range.zero_point), vqaddq_s16(high, range.zero_point));
}
OCTET_INLINE Narrowed row_order(Narrowed x) { return x; }
OCTET_INLINE Narrowed zip_low32(Narrowed a, Narrowed b) {
  return vreinterpretq_u8_u32(vzip1q_u32(vreinterpretq_u32_u8(a), vreinterpretq_u32_u8(b)));
}
OCTET_INLINE Narrowed zip_high32(Narrowed a, Narrowed b) {
  return vreinterpretq_u8_u32(vzip2q_u32(vreinterpretq_u32_u8(a), vreinterpretq_u32_u8(b)));
}
OCTET_INLINE void store_narrowed(void* p, Narrowed x) {
  vst1q_u8(static_cast<std::uint8_t*>(p), x);
}
template <int kRows, class Out>
OCTET_INLINE void store_rows(Out* p, std::int64_t stride, Narrowed x) {
  auto* const out = reinterpret_cast<std::uint8_t*>(p);
  if constexpr (kRows == 2) {
    vst1_u8(out, vget_low_u8(x));
    vst1_u8(out + stride, vget_high_u8(x));
  } else {
    const uint32x4_t rows = vreinterpretq_u32_u8(x);
    vst1q_lane_u32(reinterpret_cast<std::uint32_t*>(out), rows, 0);
    vst1q_lane_u32(reinterpret_cast<std::uint32_t*>(out + stride), rows, 1);
    vst1q_lane_u32(reinterpret_cast<std::uint32_t*>(out + 2 * stride), rows, 2);
    vst1q_lane_u32(reinterpret_cast<std::uint32_t*>(out + 3 * stride), rows, 3);
  }
}

// Pooling: blocks of 16 bytes.
OCTET_INLINE Narrowed load_narrowed(const void* p) {
  return vld1q_u8(static_cast<const std::uint8_t*>(p));
}
template <class T>
OCTET_INLINE Narrowed max_bytes(Narrowed a, Narrowed b) {
  if constexpr (std::is_signed_v<T>) {
    return vreinterpretq_u8_s8(vmaxq_s8(vreinterpretq_s8_u8(a), vreinterpretq_s8_u8(b)));
  } else {
    return vmaxq_u8(a, b);
  }
}
// tbl looks up in 64 bytes, of 32-bit Arm in 32; tbx leaves what indices beyond them found before.
#if defined(__aarch64__)
struct TableParts {
  static constexpr int kBytes = 64;
  uint8x16x4_t parts[4];

  OCTET_INLINE explicit TableParts(const std::uint8_t* entries)
      : parts{vld1q_u8_x4(entries), vld1q_u8_x4(entries + 64), vld1q_u8_x4(entries + 128),
              vld1q_u8_x4(entries + 192)} {}
  OCTET_INLINE uint8x16x4_t operator[](int i) const { return parts[i]; }
  OCTET_INLINE static Narrowed find(uint8x16x4_t part, Narrowed x) { return vqtbl4q_u8(part, x); }
  OCTET_INLINE static Narrowed find(Narrowed found, uint8x16x4_t part, Narrowed x) {
    return vqtbx4q_u8(found, part, x);
  }
};
#else
// In memory: it would take all registers.
struct TableParts {
  static constexpr int kBytes = 32;
  const std::uint8_t* entries;

  OCTET_INLINE explicit TableParts(const std::uint8_t* all_entries) : entries(all_entries) {}
  OCTET_INLINE uint8x8x4_t operator[](int i) const {
    const std::uint8_t* const part = entries + i * kBytes;
    return {{vld1_u8(part), vld1_u8(part + 8), vld1_u8(part + 16), vld1_u8(part + 24)}};
  }
  OCTET_INLINE static Narrowed find(uint8x8x4_t part, Narrowed x) {
    return vcombine_u8(vtbl4_u8(part, vget_low_u8(x)), vtbl4_u8(part, vget_high_u8(x)));
  }
  OCTET_INLINE static Narrowed find(Narrowed found, uint8x8x4_t part, Narrowed x) {
    return vcombine_u8(vtbx4_u8(vget_low_u8(found), part, vget_low_u8(x)),
                       vtbx4_u8(vget_high_u8(found), part, vget_high_u8(x)));
  }
};
#endif
struct LookupTable {
  TableParts parts;

  OCTET_INLINE explicit LookupTable(const std::uint8_t* entries) : parts(entries) {}
  template <int kCount>
  OCTET_INLINE void look_up(Narrowed (&x)[kCount]) const {
    const uint8x16_t part_bytes = vdupq_n_u8(TableParts::kBytes);
    Narrowed found[kCount];
    OCTET_UNROLL
    for (int i = 0; i < 256 / TableParts::kBytes; ++i) {
      const auto part = parts[i];
      OCTET_UNROLL
      for (int v = 0; v < kCount; ++v) {
        found[v] = i == 0 ? TableParts::find(part, x[v]) : TableParts::find(found[v], part, x[v]);
        x[v] = vsubq_u8(x[v], part_bytes);
      }
    }
    OCTET_UNROLL
    for (int v = 0; v < kCount; ++v) x[v] = found[v];
  }
};
struct Sums {
  uint16x8_t low, high;
};
OCTET_INLINE void add_bytes(Sums& sums, const std::int8_t* p) {
  const int8x16_t bytes = vld1q_s8(p);
  const int16x8_t low = vreinterpretq_s16_u16(sums.low), high = vreinterpretq_s16_u16(sums.high);
  sums.low = vreinterpretq_u16_s16(vaddw_s8(low, vget_low_s8(bytes)));
  sums.high = vreinterpretq_u16_s16(vaddw_high_s8(high, bytes));
}
OCTET_INLINE void add_bytes(Sums& sums, const std::uint8_t* p) {
  const uint8x16_t bytes = vld1q_u8(p);
  sums.low = vaddw_u8(sums.low, vget_low_u8(bytes));
  sums.high = vaddw_high_u8(sums.high, bytes);
}
template <class T>
OCTET_INLINE void widen_sums(const Sums& sums, Acc (&out)[4]) {
  if constexpr (std::is_signed_v<T>) {
    const int16x8_t low = vreinterpretq_s16_u16(sums.low), high = vreinterpretq_s16_u16(sums.high);
    out[0] = vmovl_s16(vget_low_s16(low));
    out[1] = vmovl_high_s16(low);
    out[2] = vmovl_s16(vget_low_s16(high));
    out[3] = vmovl_high_s16(high);
  } else {
    out[0] = vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(sums.low)));
    out[1] = vreinterpretq_s32_u32(vmovl_high_u16(sums.low));
    out[2] = vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(sums.high)));
    out[3] = vreinterpretq_s32_u32(vmovl_high_u16(sums.high));
  }
}

// Operands of int8, as many as a Vector of them holds, in groups as wide as a Group: what the dot
// schemes of all Arm targets share. Each adds its `dot` and its bytes.
template <class Vector, class Group>
struct ByteOperands {
  using Packed = std::int8_t;
  using Operand = Vector;
  using Bytes = Vector;
  static constexpr int kDepth = sizeof(Group), kBands = 1;

  OCTET_INLINE static Operand load_weights(const std::byte* p) {
    const auto* const bytes = reinterpret_cast<const std::int8_t*>(p);
    if constexpr (sizeof(Vector) == 16) {
      return vld1q_s8(bytes);
    } else {
      return vld1_s8(bytes);
    }
  }
  OCTET_INLINE static Operand load_operand(const std::byte* p) { return load_weights(p); }
  // Has loads from p stand behind what computes x: g++ 12 schedules as if there were registers for
  // all operands of a loop, and keeps accumulators in memory then; clang does where there are 16.
  // loads_behind: all loads, where there are 32; g++ 12 makes copies of p for the others.
#if defined(__clang__) && defined(__aarch64__)
  OCTET_INLINE static void load_behind(Acc&, const std::byte*&) {}
#else
  OCTET_INLINE static void load_behind(Acc& x, const std::byte*& p) { asm("" : "+w"(x), "+r"(p)); }
#endif
#if defined(__aarch64__) && !defined(__clang__)
  OCTET_INLINE static void loads_behind(Acc& x, const std::byte*&) {
    asm volatile("" : "+w"(x) : : "memory");
  }
#else
  OCTET_INLINE static void loads_behind(Acc& x, const std::byte*& p) { load_behind(x, p); }
#endif
  // Has x in its register up to here, where compilers need to be told.
  OCTET_INLINE static void keep(const Operand&) {}
  OCTET_INLINE static void store_packed(Packed* p, int8x16_t x) { vst1q_s8(p, x); }
  OCTET_INLINE static void store_packed(Packed* p, int8x8_t x) { vst1_s8(p, x); }
  OCTET_INLINE static void store_operand(std::byte* p, Operand x) {
    store_packed(reinterpret_cast<std::int8_t*>(p), x);
  }

  // The outputs of one pixel, narrowed as their vectors of channels are requantized.
  struct Pixel {
    int16x4_t first;  // of two vectors
    int16x8_t words[kDepth / 2];
  };
  OCTET_INLINE static void add_to_pixel(Pixel& pixel, int v, Acc x) {
    if (v % 2 == 0) {
      pixel.first = vqmovn_s32(x);
    } else {
      pixel.words[v / 2] = vqmovn_high_s32(pixel.first, x);
    }
  }
  // With the zero point, between the bounds.
  template <class Out>
  OCTET_INLINE static auto finish_pixel(const Pixel& pixel, const ByteRange& range, bool bounded) {
    int16x8_t words[kDepth / 2];
    OCTET_UNROLL
    for (int i = 0; i < kDepth / 2; ++i) words[i] = vqaddq_s16(pixel.words[i], range.zero_point);
    Narrowed bytes = narrow_words<Out>(words[0], words[kDepth / 2 - 1]);
    if (bounded) bytes = clamp_bytes<Out>(bytes, range);
    if constexpr (kDepth == 4) {
      return bytes;
    } else {
      return vget_low_u8(bytes);
    }
  }
  OCTET_INLINE static void store_pixel(void* p, uint8x16_t x) { store_narrowed(p, x); }
  OCTET_INLINE static void store_pixel(void* p, uint8x8_t x) {
    vst1_u8(static_cast<std::uint8_t*>(p), x);
  }

  OCTET_INLINE static Group load_group(const Packed* p) {
    Group group;
    __builtin_memcpy(&group, p, sizeof group);
    return group;
  }
};
