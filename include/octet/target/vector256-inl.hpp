// SPDX-License-Identifier: Apache-2.0
// What the 256-bit x86 targets have in common. Included inside the region and namespace of each.

inline constexpr int kLanes = 8;
inline constexpr int kTileRows = 6, kTileVectors = 2;
inline constexpr TileEpilogue kTileEpilogue = TileEpilogue::in_registers;
using Acc = __m256i;
using Operand = __m256i;
using Bytes = __m256i;
using Narrowed = __m256i;

OCTET_INLINE __m256i load_vector(const void* p) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(p));
}
OCTET_INLINE void store_vector(void* p, __m256i x) {
  _mm256_storeu_si256(static_cast<__m256i*>(p), x);
}

// One group of kDepth operands, four bytes whatever their type, to every lane.
OCTET_INLINE Operand splat(const void* p) {
  std::int32_t group;
  __builtin_memcpy(&group, p, sizeof group);
  return _mm256_set1_epi32(group);
}
OCTET_INLINE Operand load_operand(const std::byte* p) { return load_vector(p); }
OCTET_INLINE void store_operand(std::byte* p, Operand x) { store_vector(p, x); }

OCTET_INLINE Acc load_acc(const std::int32_t* p) { return load_vector(p); }
OCTET_INLINE void store_acc(std::int32_t* p, Acc x) { store_vector(p, x); }
OCTET_INLINE Acc splat_acc(std::int32_t x) { return _mm256_set1_epi32(x); }
OCTET_INLINE Acc split_live_range(Acc x) {
  Acc copy;
  asm("" : "=x"(copy) : "0"(x));
  return copy;
}
OCTET_INLINE void pin(Acc& x) { asm volatile("" : "+x"(x)); }
OCTET_INLINE Acc add(Acc a, Acc b) { return _mm256_add_epi32(a, b); }
OCTET_INLINE Acc sub(Acc a, Acc b) { return _mm256_sub_epi32(a, b); }
OCTET_INLINE Acc min(Acc a, Acc b) { return _mm256_min_epi32(a, b); }
OCTET_INLINE Acc max(Acc a, Acc b) { return _mm256_max_epi32(a, b); }
OCTET_INLINE Acc shift_left(Acc x, Acc count) { return _mm256_sllv_epi32(x, count); }

// As in vector512-inl.hpp.
struct Multipliers {
  __m256i even, odd, addend_even, addend_odd, tie_shift, right;
};
inline constexpr RequantizeForm kRequantizeForm = RequantizeForm::biased;
OCTET_INLINE Multipliers load_multipliers(const PanelConstants& constants, int channel) {
  const std::int32_t* const multiplier = constants.multiplier + 2 * channel;
  return {load_acc(multiplier),
          load_acc(multiplier + kLanes),
          load_vector(constants.addend + channel),
          load_vector(constants.addend + channel + kLanes / 2),
          load_acc(constants.tie_shift + channel),
          load_acc(constants.right + channel)};
}
// As in vector512-inl.hpp.
inline constexpr int kRequantizeSteps = 9, kRequantizeTogether = 2;
struct Requantizing {
  __m256i x, even, odd, tie;
};
OCTET_INLINE void requantize_step(int step, Requantizing& state, const Multipliers& m) {
  // g++ would put the steps of one vector one after the other again.
  const auto keep = [](Acc & x) __attribute__((always_inline)) { asm("" : "+x"(x)); };
  switch (step) {
    case 0: return keep(state.odd = _mm256_shuffle_epi32(state.x, 0xf5));
    case 1: return keep(state.even = _mm256_mul_epu32(state.x, m.even));
    case 2: return keep(state.odd = _mm256_mul_epu32(state.odd, m.odd));
    case 3: return keep(state.tie = _mm256_srlv_epi32(state.x, m.tie_shift));
    case 4: return keep(state.even = _mm256_add_epi64(state.even, m.addend_even));
    case 5: return keep(state.odd = _mm256_add_epi64(state.odd, m.addend_odd));
    case 6:
      return keep(state.x =
                      _mm256_blend_epi32(_mm256_shuffle_epi32(state.even, 0xf5), state.odd, 0xaa));
    case 7: return keep(state.x = _mm256_add_epi32(state.x, state.tie));
    case 8: return keep(state.x = _mm256_srav_epi32(state.x, m.right));
    default: return;
  }
}
OCTET_INLINE Acc requantize(Acc x, const Multipliers& m) {
  Requantizing state{x, x, x, x};
  OCTET_UNROLL
  for (int step = 0; step < kRequantizeSteps; ++step) requantize_step(step, state, m);
  return state.x;
}
OCTET_INLINE Acc widen(const std::int8_t* p) {
  return _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
}
OCTET_INLINE Acc widen(const std::uint8_t* p) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
}
OCTET_INLINE Acc widen(const std::int16_t* p) {
  return _mm256_cvtepi16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
OCTET_INLINE Acc widen(const std::int32_t* p) { return load_acc(p); }

// Bytes packed from 16-bit values.
template <class Out>
OCTET_INLINE __m256i pack_bytes(__m256i low, __m256i high) {
  return std::is_signed_v<Out> ? _mm256_packs_epi16(low, high) : _mm256_packus_epi16(low, high);
}

template <class Out>
OCTET_INLINE void narrow(Out* p, Acc x) {
  if constexpr (sizeof(Out) == 4) {
    store_acc(p, x);
  } else if constexpr (std::is_same_v<Out, std::uint16_t>) {
    static_assert(sizeof(Out) == 0, "no operation has uint16 outputs");
  } else {
    const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(x, x), 0x08);
    if constexpr (sizeof(Out) == 2) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(words));
    } else {
      _mm_storel_epi64(reinterpret_cast<__m128i*>(p),
                       _mm256_castsi256_si128(pack_bytes<Out>(words, words)));
    }
  }
}

// As in vector512-inl.hpp.
struct ByteRange {
  __m256i min, max;
  bool limited;
};
OCTET_INLINE ByteRange byte_range(const OutputRange& range) {
  return {_mm256_set1_epi8(static_cast<char>(range.min)),
          _mm256_set1_epi8(static_cast<char>(range.max)), range.limits_bytes()};
}
template <class T>
OCTET_INLINE Narrowed clamp_bytes(Narrowed x, const ByteRange& range) {
  if (!range.limited) return x;
  return std::is_signed_v<T> ? _mm256_min_epi8(_mm256_max_epi8(x, range.min), range.max)
                             : _mm256_min_epu8(_mm256_max_epu8(x, range.min), range.max);
}
template <class Out>
OCTET_INLINE Narrowed narrow4(const Acc (&x)[4]) {
  const __m256i low = _mm256_packs_epi32(x[0], x[1]);
  const __m256i high = _mm256_packs_epi32(x[2], x[3]);
  return pack_bytes<Out>(low, high);
}
OCTET_INLINE Narrowed row_order(Narrowed x) {
  return _mm256_permutevar8x32_epi32(x, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}
OCTET_INLINE void store_narrowed(void* p, Narrowed x) { store_vector(p, x); }
template <int kRows, class Out>
OCTET_INLINE void store_rows(Out* p, std::int64_t stride, Narrowed x) {
  const __m128i low = _mm256_castsi256_si128(x), high = _mm256_extracti128_si256(x, 1);
  const auto row = [&](int i) { return reinterpret_cast<__m128i*>(p + i * stride); };
  if constexpr (kRows == 2) {
    _mm_storeu_si128(row(0), low);
    _mm_storeu_si128(row(1), high);
  } else {
    _mm_storel_epi64(row(0), low);
    _mm_storel_epi64(row(1), _mm_unpackhi_epi64(low, low));
    _mm_storel_epi64(row(2), high);
    _mm_storel_epi64(row(3), _mm_unpackhi_epi64(high, high));
  }
}

// Pooling: blocks of 32 bytes.
OCTET_INLINE Narrowed load_narrowed(const void* p) { return load_vector(p); }
template <class T>
OCTET_INLINE Narrowed max_bytes(Narrowed a, Narrowed b) {
  return std::is_signed_v<T> ? _mm256_max_epi8(a, b) : _mm256_max_epu8(a, b);
}
struct Sums {
  __m256i low, high;
};
template <class T>
OCTET_INLINE __m256i widen_to_words(const T* p) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return std::is_signed_v<T> ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes);
}
template <class T>
OCTET_INLINE void add_bytes(Sums& sums, const T* p) {
  sums.low = _mm256_add_epi16(sums.low, widen_to_words(p));
  sums.high = _mm256_add_epi16(sums.high, widen_to_words(p + 16));
}
template <class T>
OCTET_INLINE Acc widen_words(__m128i words) {
  return std::is_signed_v<T> ? _mm256_cvtepi16_epi32(words) : _mm256_cvtepu16_epi32(words);
}
template <class T>
OCTET_INLINE void widen_sums(const Sums& sums, Acc (&out)[4]) {
  out[0] = widen_words<T>(_mm256_castsi256_si128(sums.low));
  out[1] = widen_words<T>(_mm256_extracti128_si256(sums.low, 1));
  out[2] = widen_words<T>(_mm256_castsi256_si128(sums.high));
  out[3] = widen_words<T>(_mm256_extracti128_si256(sums.high, 1));
}
