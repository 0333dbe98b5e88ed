// SPDX-License-Identifier: Apache-2.0
// What x86 targets of all widths have in common. Included by the files of the widths, which name
// their Vector and its parts, and its intrinsics: OCTET_MM(add_epi32) is _mm512_add_epi32 or the
// same for fewer bits.

using Acc = Vector;
using Narrowed = Vector;

OCTET_INLINE Acc load_acc(const std::int32_t* p) { return load_vector(p); }
OCTET_INLINE void store_acc(std::int32_t* p, Acc x) { store_vector(p, x); }
OCTET_INLINE Acc splat_acc(std::int32_t x) { return OCTET_MM(set1_epi32)(x); }
OCTET_INLINE Acc split_live_range(Acc x) {
  Acc copy;
  asm("" : "=v"(copy) : "0"(x));
  return copy;
}
OCTET_INLINE void pin(Acc& x) { asm volatile("" : "+v"(x)); }
OCTET_INLINE Acc add(Acc a, Acc b) { return OCTET_MM(add_epi32)(a, b); }
OCTET_INLINE Acc sub(Acc a, Acc b) { return OCTET_MM(sub_epi32)(a, b); }
OCTET_INLINE Acc mul(Acc a, Acc b) { return OCTET_MM(mullo_epi32)(a, b); }
OCTET_INLINE Acc min(Acc a, Acc b) { return OCTET_MM(min_epi32)(a, b); }
OCTET_INLINE Acc max(Acc a, Acc b) { return OCTET_MM(max_epi32)(a, b); }

OCTET_INLINE Acc widen(const std::int8_t* p) { return OCTET_MM(cvtepi8_epi32)(load_quarter(p)); }
OCTET_INLINE Acc widen(const std::uint8_t* p) { return OCTET_MM(cvtepu8_epi32)(load_quarter(p)); }
OCTET_INLINE Acc widen(const std::int16_t* p) { return OCTET_MM(cvtepi16_epi32)(load_half(p)); }
OCTET_INLINE Acc widen(const std::int32_t* p) { return load_acc(p); }

// Bytes packed from 16-bit values.
template <class Out>
OCTET_INLINE Narrowed pack_words(Vector low, Vector high) {
  return std::is_signed_v<Out> ? OCTET_MM(packs_epi16)(low, high)
                               : OCTET_MM(packus_epi16)(low, high);
}

// Four vectors to bytes. Packs work within lanes of 128 bits, so that 32-bit group l of vector i
// ends up as group i of lane l: row_order undoes that for vectors of neighbouring channels, for
// vectors that zip made it is the order wanted.
template <class Out>
OCTET_INLINE Narrowed narrow4(const Acc (&x)[4]) {
  const Vector low = OCTET_MM(packs_epi32)(x[0], x[1]);
  const Vector high = OCTET_MM(packs_epi32)(x[2], x[3]);
  return pack_words<Out>(low, high);
}
OCTET_INLINE void store_narrowed(void* p, Narrowed x) { store_vector(p, x); }

struct ByteRange {
  Vector min, max;
  bool limited;
};
OCTET_INLINE ByteRange byte_range(const OutputRange& range) {
  return {OCTET_MM(set1_epi8)(static_cast<char>(range.min)),
          OCTET_MM(set1_epi8)(static_cast<char>(range.max)), range.limits_bytes()};
}
template <class T>
OCTET_INLINE Narrowed clamp_bytes(Narrowed x, const ByteRange& range) {
  if (!range.limited) return x;
  return std::is_signed_v<T> ? OCTET_MM(min_epi8)(OCTET_MM(max_epi8)(x, range.min), range.max)
                             : OCTET_MM(min_epu8)(OCTET_MM(max_epu8)(x, range.min), range.max);
}

// What the dot schemes of all widths share: operands are vectors of bytes or of words, groups of
// them as wide as an accumulator.
struct DotOperands {
  using Operand = Vector;
  using Bytes = Vector;

  // One group of kDepth operands, four bytes whatever their type, to every lane.
  OCTET_INLINE static Operand splat(const void* p) {
    std::int32_t group;
    __builtin_memcpy(&group, p, sizeof group);
    return OCTET_MM(set1_epi32)(group);
  }
  OCTET_INLINE static Operand load_operand(const std::byte* p) { return load_vector(p); }
  OCTET_INLINE static void store_operand(std::byte* p, Operand x) { store_vector(p, x); }

  // Rows of channels to vectors of fewer channels, each with the bytes or the 16-bit values of all
  // rows side by side: two or four, the kDepth of the target. The unpacks work within lanes of 128
  // bits too; narrowing as many results restores the order.
  OCTET_INLINE static void zip(const Bytes (&rows)[2], Operand (&out)[2]) {
    out[0] = OCTET_MM(unpacklo_epi16)(rows[0], rows[1]);
    out[1] = OCTET_MM(unpackhi_epi16)(rows[0], rows[1]);
  }
  OCTET_INLINE static void zip(const Bytes (&rows)[4], Operand (&out)[4]) {
    const Vector low01 = OCTET_MM(unpacklo_epi8)(rows[0], rows[1]);
    const Vector high01 = OCTET_MM(unpackhi_epi8)(rows[0], rows[1]);
    const Vector low23 = OCTET_MM(unpacklo_epi8)(rows[2], rows[3]);
    const Vector high23 = OCTET_MM(unpackhi_epi8)(rows[2], rows[3]);
    out[0] = OCTET_MM(unpacklo_epi16)(low01, low23);
    out[1] = OCTET_MM(unpackhi_epi16)(low01, low23);
    out[2] = OCTET_MM(unpacklo_epi16)(high01, high23);
    out[3] = OCTET_MM(unpackhi_epi16)(high01, high23);
  }
  // Four vectors of bytes, each of a quarter of the channels of four pixels, to four pixels of all
  // channels: four by four groups of four bytes, transposed within lanes of 128 bits.
  OCTET_INLINE static void unzip(const Narrowed (&x)[4], Narrowed (&out)[4]) {
    const Vector low01 = OCTET_MM(unpacklo_epi32)(x[0], x[1]);
    const Vector high01 = OCTET_MM(unpackhi_epi32)(x[0], x[1]);
    const Vector low23 = OCTET_MM(unpacklo_epi32)(x[2], x[3]);
    const Vector high23 = OCTET_MM(unpackhi_epi32)(x[2], x[3]);
    out[0] = OCTET_MM(unpacklo_epi64)(low01, low23);
    out[1] = OCTET_MM(unpackhi_epi64)(low01, low23);
    out[2] = OCTET_MM(unpacklo_epi64)(high01, high23);
    out[3] = OCTET_MM(unpackhi_epi64)(high01, high23);
  }
};

// Operands of bytes, four depths a lane: for vpdpbusd, which multiplies unsigned activations by
// signed weights.
struct ByteOperands : DotOperands {
  using Packed = std::uint8_t;
  static constexpr int kDepth = 4, kBands = 4;

  OCTET_INLINE static Operand load_weights(const std::byte* p) { return load_vector(p); }
  OCTET_INLINE static void store_packed(Packed* p, Bytes x) { store_vector(p, x); }
};

// Operands of 16 bits, two depths a lane: for vpmaddwd and vpdpwssd.
struct WordOperands : DotOperands {
  using Packed = std::int16_t;
  static constexpr int kDepth = 2;

  OCTET_INLINE static Operand load_weights(const std::byte* p) {
    return OCTET_MM(cvtepi8_epi16)(load_half(p));
  }
  OCTET_INLINE static Bytes load_bytes(const std::uint8_t* p, bool is_signed) {
    return widen_bytes(load_half(p), is_signed);
  }
  OCTET_INLINE static Bytes widen_bytes(HalfVector bytes, bool is_signed) {
    return is_signed ? OCTET_MM(cvtepi8_epi16)(bytes) : OCTET_MM(cvtepu8_epi16)(bytes);
  }
  OCTET_INLINE static void store_packed(Packed* p, Bytes x) { store_vector(p, x); }
};

// 16-bit activations times 8-bit weights: what the schemes Dot16x8 of all widths share. Each target
// adds its `dot`.
struct Dot16x8Operands : WordOperands {
  OCTET_INLINE static void zip(const Packed* const (&rows)[kDepth], Operand (&out)[kDepth]) {
    const Vector words[kDepth] = {load_vector(rows[0]), load_vector(rows[1])};
    DotOperands::zip(words, out);
  }
  OCTET_INLINE static void store_unzipped(std::int16_t* p, const Acc (&x)[kDepth]) {
    store_vector(p, OCTET_MM(packs_epi32)(x[0], x[1]));
  }
};
OCTET_INLINE void add_to_sums(std::int64_t* sums, Acc x) {
  const auto add = [](std::int64_t* p, Vector wide) {
    store_vector(p, OCTET_MM(add_epi64)(load_vector(p), wide));
  };
  add(sums, OCTET_MM(cvtepi32_epi64)(low_half(x)));
  add(sums + kLanes / 2, OCTET_MM(cvtepi32_epi64)(high_half(x)));
}

// Pooling: blocks of a vector of bytes.
OCTET_INLINE Narrowed load_narrowed(const void* p) { return load_vector(p); }
template <class T>
OCTET_INLINE Narrowed max_bytes(Narrowed a, Narrowed b) {
  return std::is_signed_v<T> ? OCTET_MM(max_epi8)(a, b) : OCTET_MM(max_epu8)(a, b);
}
struct Sums {
  Vector low, high;
};
template <class T>
OCTET_INLINE Vector widen_to_words(const T* p) {
  return std::is_signed_v<T> ? OCTET_MM(cvtepi8_epi16)(load_half(p))
                             : OCTET_MM(cvtepu8_epi16)(load_half(p));
}
template <class T>
OCTET_INLINE void add_bytes(Sums& sums, const T* p) {
  sums.low = OCTET_MM(add_epi16)(sums.low, widen_to_words(p));
  sums.high = OCTET_MM(add_epi16)(sums.high, widen_to_words(p + 2 * kLanes));
}
template <class T>
OCTET_INLINE Acc widen_words(HalfVector words) {
  return std::is_signed_v<T> ? OCTET_MM(cvtepi16_epi32)(words) : OCTET_MM(cvtepu16_epi32)(words);
}
template <class T>
OCTET_INLINE void widen_sums(const Sums& sums, Acc (&out)[4]) {
  out[0] = widen_words<T>(low_half(sums.low));
  out[1] = widen_words<T>(high_half(sums.low));
  out[2] = widen_words<T>(low_half(sums.high));
  out[3] = widen_words<T>(high_half(sums.high));
}

// Bytes looked up in a table of 256, 16 of them at a time: pshufb takes the low half of an index,
// and gives 0 where the highest bit is set. Step i looks up x - 16 * i, without saturation up to
// step 8 and saturated thereafter, so that the highest bit is clear in the steps from 0 to x / 16,
// but no more than the last eight of these. What they find adds up to the result, modulo 256: row i
// is the difference between the entries of this and the last step, plus the row that drops out.
struct LookupTable {
  Vector rows[16];

  OCTET_INLINE explicit LookupTable(const std::uint8_t* entries) {
    Vector last = OCTET_MM(set1_epi8)(0);
    for (int i = 0; i < 16; ++i) {
      const Vector row = repeat_16_bytes(entries + 16 * i);
      rows[i] = OCTET_MM(sub_epi8)(row, last);
      if (i >= 8) rows[i] = OCTET_MM(add_epi8)(rows[i], rows[i - 8]);
      last = row;
    }
  }
  template <int kCount>
  OCTET_INLINE void look_up(Narrowed (&x)[kCount]) const {
    const Vector sixteen = OCTET_MM(set1_epi8)(16);
    Narrowed sums[kCount];
    OCTET_UNROLL
    for (int v = 0; v < kCount; ++v) sums[v] = OCTET_MM(shuffle_epi8)(rows[0], x[v]);
    OCTET_UNROLL
    for (int i = 1; i < 16; ++i) {
      OCTET_UNROLL
      for (int v = 0; v < kCount; ++v) {
        x[v] = i <= 8 ? OCTET_MM(sub_epi8)(x[v], sixteen) : OCTET_MM(subs_epi8)(x[v], sixteen);
        sums[v] = OCTET_MM(add_epi8)(sums[v], OCTET_MM(shuffle_epi8)(rows[i], x[v]));
      }
    }
    OCTET_UNROLL
    for (int v = 0; v < kCount; ++v) x[v] = sums[v];
  }
};
