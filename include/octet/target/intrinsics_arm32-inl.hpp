// SPDX-License-Identifier: Apache-2.0
// The intrinsics of AArch64 that Arm targets use and 32-bit Arm lacks, by those that it has.
// Included in the vocabulary of neon32, before vector128_arm-inl.hpp.

OCTET_INLINE int64x2_t vaddw_high_s32(int64x2_t sum, int32x4_t x) {
  return vaddw_s32(sum, vget_high_s32(x));
}
OCTET_INLINE int16x8_t vaddw_high_s8(int16x8_t sum, int8x16_t x) {
  return vaddw_s8(sum, vget_high_s8(x));
}
OCTET_INLINE uint16x8_t vaddw_high_u8(uint16x8_t sum, uint8x16_t x) {
  return vaddw_u8(sum, vget_high_u8(x));
}
OCTET_INLINE int16x8_t vmull_high_s8(int8x16_t a, int8x16_t b) {
  return vmull_s8(vget_high_s8(a), vget_high_s8(b));
}
OCTET_INLINE int16x8_t vmlal_high_s8(int16x8_t sum, int8x16_t a, int8x16_t b) {
  return vmlal_s8(sum, vget_high_s8(a), vget_high_s8(b));
}
OCTET_INLINE int64x2_t vmlal_high_s32(int64x2_t sum, int32x4_t a, int32x4_t b) {
  return vmlal_s32(sum, vget_high_s32(a), vget_high_s32(b));
}
OCTET_INLINE int32x4_t vmovl_high_s16(int16x8_t x) { return vmovl_s16(vget_high_s16(x)); }
OCTET_INLINE uint32x4_t vmovl_high_u16(uint16x8_t x) { return vmovl_u16(vget_high_u16(x)); }
OCTET_INLINE int16x8_t vqmovn_high_s32(int16x4_t low, int32x4_t high) {
  return vcombine_s16(low, vqmovn_s32(high));
}
OCTET_INLINE int8x16_t vqmovn_high_s16(int8x8_t low, int16x8_t high) {
  return vcombine_s8(low, vqmovn_s16(high));
}
OCTET_INLINE uint8x16_t vqmovun_high_s16(uint8x8_t low, int16x8_t high) {
  return vcombine_u8(low, vqmovun_s16(high));
}
OCTET_INLINE int32x4_t vpaddq_s32(int32x4_t a, int32x4_t b) {
  return vcombine_s32(vpadd_s32(vget_low_s32(a), vget_high_s32(a)),
                      vpadd_s32(vget_low_s32(b), vget_high_s32(b)));
}
OCTET_INLINE int8x8_t vzip1_s8(int8x8_t a, int8x8_t b) { return vzip_s8(a, b).val[0]; }
OCTET_INLINE int8x8_t vzip2_s8(int8x8_t a, int8x8_t b) { return vzip_s8(a, b).val[1]; }
OCTET_INLINE uint32x4_t vzip1q_u32(uint32x4_t a, uint32x4_t b) { return vzipq_u32(a, b).val[0]; }
OCTET_INLINE uint32x4_t vzip2q_u32(uint32x4_t a, uint32x4_t b) { return vzipq_u32(a, b).val[1]; }
