// SPDX-License-Identifier: Apache-2.0
// Accumulators, requantization and bytes of 128-bit x86 targets. SSE shifts no lane by a count of
// its own: lanes are multiplied by powers of two. Included inside the region and namespace of
// sse41.

inline constexpr int kLanes = 4;
inline constexpr int kTileRows = 6, kTileVectors = 2;
inline constexpr TileEpilogue kTileEpilogue = TileEpilogue::in_memory;
inline constexpr int kBands = 1;
using Acc = __m128i;
using Operand = __m128i;
using Bytes = __m128i;
using Narrowed = __m128i;

OCTET_INLINE __m128i load_vector(const void* p) {
  return _mm_loadu_si128(static_cast<const __m128i*>(p));
}
OCTET_INLINE void store_vector(void* p, __m128i x) {
  _mm_storeu_si128(static_cast<__m128i*>(p), x);
}
OCTET_INLINE __m128i load_four_bytes(const void* p) {
  std::int32_t bytes;
  __builtin_memcpy(&bytes, p, sizeof bytes);
  return _mm_cvtsi32_si128(bytes);
}

OCTET_INLINE Acc load_acc(const std::int32_t* p) { return load_vector(p); }
OCTET_INLINE void store_acc(std::int32_t* p, Acc x) { store_vector(p, x); }
OCTET_INLINE Acc splat_acc(std::int32_t x) { return _mm_set1_epi32(x); }
OCTET_INLINE Acc split_live_range(Acc x) {
  Acc copy;
  asm("" : "=x"(copy) : "0"(x));
  return copy;
}
OCTET_INLINE void pin(Acc& x) { asm volatile("" : "+x"(x)); }
OCTET_INLINE Acc add(Acc a, Acc b) { return _mm_add_epi32(a, b); }
OCTET_INLINE Acc sub(Acc a, Acc b) { return _mm_sub_epi32(a, b); }
OCTET_INLINE Acc min(Acc a, Acc b) { return _mm_min_epi32(a, b); }
OCTET_INLINE Acc max(Acc a, Acc b) { return _mm_max_epi32(a, b); }

// 2^exponent for exponents from 0 to 31, 0 for 32. Byte i of a lane is entry exponent - 8 * i of a
// table; entries below 0, which are large unsigned bytes, and above 7 are 0.
OCTET_INLINE Acc power_of_two(Acc exponent) {
  const __m128i lowest_byte = _mm_setr_epi32(0, 0x04040404, 0x08080808, 0x0c0c0c0c);
  const __m128i entry =
      _mm_sub_epi8(_mm_shuffle_epi8(exponent, lowest_byte), _mm_set1_epi32(0x18100800));
  return _mm_shuffle_epi8(_mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0),
                          _mm_min_epu8(entry, _mm_set1_epi8(15)));
}
OCTET_INLINE Acc shift_left(Acc x, Acc count) { return _mm_mullo_epi32(x, power_of_two(count)); }

// requantize_biased_form with its sums raised by 2^63, so that their high halves are unsigned too:
// h = v + 2^31, and v > -2^31. The high half of h * 2^(32 - right) is h >> right, that is
// (v >> right) + 2^(31 - right). The factor for right == 0 would be 2^32; 2^32 - 1 gives h - 1
// instead, that is v + 2^31 - 1. Half of the factor, rounded down, is what is to be subtracted.
struct Multipliers {
  __m128i even, odd, addend_even, addend_odd, tie_below, factor_even, factor_odd, half_factor;
};
inline constexpr RequantizeForm kRequantizeForm = RequantizeForm::biased;
OCTET_INLINE Multipliers load_multipliers(const PanelConstants& constants, int channel) {
  const std::int32_t* const multiplier = constants.multiplier + 2 * channel;
  const __m128i right = load_acc(constants.right + channel);
  const __m128i raise = _mm_set1_epi64x(std::numeric_limits<std::int64_t>::min());
  const __m128i even = load_vector(constants.addend + channel);
  const __m128i odd = load_vector(constants.addend + channel + kLanes / 2);
  const __m128i factor =
      _mm_or_si128(power_of_two(sub(splat_acc(32), right)), _mm_cmpeq_epi32(right, splat_acc(0)));
  // x >> tie_shift is 1 for signed x below this: 0 for a shift of 31, -2^31 for one of 32.
  const __m128i tie_below =
      _mm_slli_epi32(_mm_srli_epi32(load_acc(constants.tie_shift + channel), 5), 31);
  return {load_acc(multiplier),
          load_acc(multiplier + kLanes),
          _mm_xor_si128(even, raise),
          _mm_xor_si128(odd, raise),
          tie_below,
          factor,
          _mm_srli_epi64(factor, 32),
          _mm_srli_epi32(factor, 1)};
}
OCTET_INLINE Acc requantize(Acc x, const Multipliers& m) {
  const __m128i minus_tie = _mm_cmplt_epi32(x, m.tie_below);
  const __m128i even = _mm_add_epi64(_mm_mul_epu32(x, m.even), m.addend_even);
  const __m128i odd = _mm_add_epi64(_mm_mul_epu32(_mm_srli_epi64(x, 32), m.odd), m.addend_odd);
  const __m128i high_even = _mm_sub_epi32(_mm_srli_epi64(even, 32), minus_tie);
  const __m128i high_odd = _mm_srli_epi64(_mm_sub_epi32(odd, minus_tie), 32);
  const __m128i shifted_even = _mm_srli_epi64(_mm_mul_epu32(high_even, m.factor_even), 32);
  const __m128i shifted_odd = _mm_mul_epu32(high_odd, m.factor_odd);
  return _mm_sub_epi32(_mm_blend_epi16(shifted_even, shifted_odd, 0xcc), m.half_factor);
}
// In one step.
inline constexpr int kRequantizeSteps = 1, kRequantizeTogether = 1;
struct Requantizing {
  Acc x;
};
OCTET_INLINE void requantize_step(int, Requantizing& state, const Multipliers& m) {
  state.x = requantize(state.x, m);
}

OCTET_INLINE Acc widen(const std::int8_t* p) { return _mm_cvtepi8_epi32(load_four_bytes(p)); }
OCTET_INLINE Acc widen(const std::uint8_t* p) { return _mm_cvtepu8_epi32(load_four_bytes(p)); }
OCTET_INLINE Acc widen(const std::int16_t* p) {
  return _mm_cvtepi16_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
}
OCTET_INLINE Acc widen(const std::int32_t* p) { return load_acc(p); }

// Bytes packed from 16-bit values.
template <class Out>
OCTET_INLINE __m128i pack_bytes(__m128i low, __m128i high) {
  return std::is_signed_v<Out> ? _mm_packs_epi16(low, high) : _mm_packus_epi16(low, high);
}

template <class Out>
OCTET_INLINE void narrow(Out* p, Acc x) {
  if constexpr (sizeof(Out) == 4) return store_acc(p, x);
  static_assert(!std::is_same_v<Out, std::uint16_t>, "no operation has uint16 outputs");
  const __m128i words = _mm_packs_epi32(x, x);
  const __m128i values = sizeof(Out) == 2 ? words : pack_bytes<Out>(words, words);
  __builtin_memcpy(p, &values, kLanes * sizeof(Out));
}

// As in vector512-inl.hpp, but with a single lane of 128 bits: every order is the same.
struct ByteRange {
  __m128i min, max;
  bool limited;
};
OCTET_INLINE ByteRange byte_range(const OutputRange& range) {
  return {_mm_set1_epi8(static_cast<char>(range.min)), _mm_set1_epi8(static_cast<char>(range.max)),
          range.limits_bytes()};
}
template <class T>
OCTET_INLINE Narrowed clamp_bytes(Narrowed x, const ByteRange& range) {
  if (!range.limited) return x;
  return std::is_signed_v<T> ? _mm_min_epi8(_mm_max_epi8(x, range.min), range.max)
                             : _mm_min_epu8(_mm_max_epu8(x, range.min), range.max);
}
template <class Out>
OCTET_INLINE Narrowed narrow4(const Acc (&x)[4]) {
  const __m128i low = _mm_packs_epi32(x[0], x[1]);
  const __m128i high = _mm_packs_epi32(x[2], x[3]);
  return pack_bytes<Out>(low, high);
}
OCTET_INLINE Narrowed row_order(Narrowed x) { return x; }
OCTET_INLINE void store_narrowed(void* p, Narrowed x) { store_vector(p, x); }
template <int kRows, class Out>
OCTET_INLINE void store_rows(Out* p, std::int64_t stride, Narrowed x) {
  const auto store = [&](std::int64_t row, auto bytes) {
    __builtin_memcpy(p + row * stride, &bytes, sizeof bytes);
  };
  if constexpr (kRows == 2) {
    store(0, _mm_cvtsi128_si64(x));
    store(1, _mm_extract_epi64(x, 1));
  } else {
    store(0, _mm_cvtsi128_si32(x));
    store(1, _mm_extract_epi32(x, 1));
    store(2, _mm_extract_epi32(x, 2));
    store(3, _mm_extract_epi32(x, 3));
  }
}

OCTET_INLINE Narrowed load_narrowed(const void* p) { return load_vector(p); }
template <class T>
OCTET_INLINE Narrowed max_bytes(Narrowed a, Narrowed b) {
  return std::is_signed_v<T> ? _mm_max_epi8(a, b) : _mm_max_epu8(a, b);
}
struct Sums {
  __m128i low, high;
};
template <class T>
OCTET_INLINE __m128i widen_to_words(const T* p) {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
  return std::is_signed_v<T> ? _mm_cvtepi8_epi16(bytes) : _mm_cvtepu8_epi16(bytes);
}
template <class T>
OCTET_INLINE void add_bytes(Sums& sums, const T* p) {
  sums.low = _mm_add_epi16(sums.low, widen_to_words(p));
  sums.high = _mm_add_epi16(sums.high, widen_to_words(p + 8));
}
template <class T>
OCTET_INLINE Acc widen_words(__m128i words) {
  return std::is_signed_v<T> ? _mm_cvtepi16_epi32(words) : _mm_cvtepu16_epi32(words);
}
template <class T>
OCTET_INLINE void widen_sums(const Sums& sums, Acc (&out)[4]) {
  out[0] = widen_words<T>(sums.low);
  out[1] = widen_words<T>(_mm_srli_si128(sums.low, 8));
  out[2] = widen_words<T>(sums.high);
  out[3] = widen_words<T>(_mm_srli_si128(sums.high, 8));
}
