// SPDX-License-Identifier: Apache-2.0
// Products of bytes without dot product instructions: smull makes exact 16-bit products, sadalp
// adds neighbouring pairs of them to 32 bits, two depths a lane. Included in the vocabulary of neon
// and neon32, behind vector128_arm-inl.hpp.

struct Dot8x8 : ByteOperands<int8x8_t, std::int16_t> {
  OCTET_INLINE static Operand splat(const Packed* p) {
    return vreinterpret_s8_s16(vdup_n_s16(load_group(p)));
  }
  OCTET_INLINE static Acc dot(Acc sum, Operand a, Operand b) {
    return vpadalq_s16(sum, vmull_s8(a, b));
  }
  // Two products of 16 bits fit 16 bits unless all four factors are -128.
  static constexpr bool kWantsBounds = true;
  OCTET_INLINE static Acc dot_pair(Acc sum, const Operand (&a)[2], const Operand (&b)[2]) {
    return vpadalq_s16(sum, vmlal_s8(vmull_s8(a[0], b[0]), a[1], b[1]));
  }

  OCTET_INLINE static Bytes load_bytes(const std::uint8_t* p, bool is_signed) {
    return vreinterpret_s8_u8(veor_u8(vld1_u8(p), vdup_n_u8(is_signed ? 0 : 0x80)));
  }

  // Two rows of 8 channels to two vectors of 4 channels x 2 rows.
  OCTET_INLINE static void zip(const Bytes (&rows)[kDepth], Operand (&out)[kDepth]) {
    out[0] = vzip1_s8(rows[0], rows[1]);
    out[1] = vzip2_s8(rows[0], rows[1]);
  }
  OCTET_INLINE static void unzip(const Narrowed (&x)[kDepth], Narrowed (&out)[kDepth]) {
    out[0] = zip_low32(x[0], x[1]);
    out[1] = zip_high32(x[0], x[1]);
  }
};

// Of matrices: the products of a row and a column, 16 deep, added up in four lanes.
struct MatrixDot8x8 : ByteOperands<int8x16_t, int8x16_t> {
  static constexpr int kRowsTogether = 1, kSums = 4, kGroupsTogether = 1;
  static constexpr int kMostSums = kVectorRegisters / 2;
  static constexpr bool kWantsBounds = true;

  OCTET_INLINE static Operand splat(const Packed* p) { return vld1q_s8(p); }
  template <class Splat>
  OCTET_INLINE static void load_rows(const std::byte* p, std::int64_t, const Splat& splat,
                                     Operand (&out)[1]) {
    out[0] = splat.groups(p);
  }
  // g++ 12 would let products take the registers of rows that are not needed any more, by a copy.
  OCTET_INLINE static void keep(const Operand& x) { asm volatile("" : : "w"(x)); }
  // Two products of 16 bits fit 16 bits unless all four factors are -128.
  // Step by step, side by side: g++ 12 orders nothing better.
  template <bool kIsBounded, int kRows>
  OCTET_INLINE static void add_parts(Acc (&sums)[kRows], const Operand (&rows)[kRows], Operand b) {
    int16x8_t products[kRows];
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) products[r] = vmull_s8(vget_low_s8(rows[r]), vget_low_s8(b));
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) {
      if constexpr (kIsBounded) {
        products[r] = vmlal_high_s8(products[r], rows[r], b);
      } else {
        sums[r] = vpadalq_s16(sums[r], products[r]);
        products[r] = vmull_high_s8(rows[r], b);
      }
    }
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) sums[r] = vpadalq_s16(sums[r], products[r]);
  }
  OCTET_INLINE static void collect(const Acc (&parts)[kSums], Acc (&rows)[1]) {
    rows[0] = vpaddq_s32(vpaddq_s32(parts[0], parts[1]), vpaddq_s32(parts[2], parts[3]));
  }
  OCTET_INLINE static Bytes load_bytes(const std::uint8_t* p, bool is_signed) {
    return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(p), vdupq_n_u8(is_signed ? 0 : 0x80)));
  }
};
