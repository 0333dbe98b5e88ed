// SPDX-License-Identifier: Apache-2.0
// What the Arm targets with 128-bit vectors have in common. Included inside the region and
// namespace of each.

inline constexpr int kLanes = 4;
using Packed = std::int8_t;
using Acc = int32x4_t;

OCTET_INLINE Acc load_acc(const std::int32_t* p) { return vld1q_s32(p); }
OCTET_INLINE void store_acc(std::int32_t* p, Acc x) { vst1q_s32(p, x); }
OCTET_INLINE Acc splat_acc(std::int32_t x) { return vdupq_n_s32(x); }
OCTET_INLINE Acc add(Acc a, Acc b) { return vaddq_s32(a, b); }
OCTET_INLINE Acc sub(Acc a, Acc b) { return vsubq_s32(a, b); }
OCTET_INLINE Acc min(Acc a, Acc b) { return vminq_s32(a, b); }
OCTET_INLINE Acc max(Acc a, Acc b) { return vmaxq_s32(a, b); }
OCTET_INLINE Acc shift_left(Acc x, const std::int32_t* count) {
  return vshlq_s32(x, load_acc(count));
}
OCTET_INLINE Acc shift_right(Acc x, const std::int32_t* count) {
  return vshlq_s32(x, vnegq_s32(load_acc(count)));
}
OCTET_INLINE Acc shift_right_logical(Acc x, const std::int32_t* count) {
  return vreinterpretq_s32_u32(vshlq_u32(vreinterpretq_u32_s32(x), vnegq_s32(load_acc(count))));
}

OCTET_INLINE Acc multiply_add_high(Acc x, const std::int32_t* multiplier,
                                   const std::int64_t* addend) {
  const int32x4_t m = load_acc(multiplier);
  const int64x2_t low = vmlal_s32(vld1q_s64(addend), vget_low_s32(x), vget_low_s32(m));
  const int64x2_t high = vmlal_high_s32(vld1q_s64(addend + 2), x, m);
  return vcombine_s32(vshrn_n_s64(low, 31), vshrn_n_s64(high, 31));
}
inline constexpr AddendOrder kAddendOrder = AddendOrder::natural;

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
