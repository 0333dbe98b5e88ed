// SPDX-License-Identifier: Apache-2.0
// Vectors of 128 bits on x86, what is different from other widths: SSE shifts no lane by a count of
// its own, so lanes are multiplied by powers of two. Included inside the region and namespace of
// sse41.

inline constexpr int kLanes = 4;
inline constexpr int kMicroRows = 6, kMicroVectors = 2;
inline constexpr MicroEpilogue kMicroEpilogue = MicroEpilogue::in_memory;
using Vector = __m128i;
using HalfVector = __m128i;  // its low half

OCTET_INLINE Vector load_vector(const void* p) {
  return _mm_loadu_si128(static_cast<const __m128i*>(p));
}
OCTET_INLINE void store_vector(void* p, Vector x) { _mm_storeu_si128(static_cast<__m128i*>(p), x); }
OCTET_INLINE HalfVector load_half(const void* p) {
  return _mm_loadl_epi64(static_cast<const __m128i*>(p));
}
OCTET_INLINE __m128i load_quarter(const void* p) {
  std::int32_t bytes;
  __builtin_memcpy(&bytes, p, sizeof bytes);
  return _mm_cvtsi32_si128(bytes);
}
OCTET_INLINE Vector repeat_16_bytes(const void* p) { return load_vector(p); }
OCTET_INLINE HalfVector low_half(Vector x) { return x; }
OCTET_INLINE HalfVector high_half(Vector x) { return _mm_srli_si128(x, 8); }

#define OCTET_MM(operation) _mm_##operation
#include "octet/target/vector_x86-inl.hpp"
#undef OCTET_MM

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
#include "octet/target/requantize_one_step-inl.hpp"

template <class Out>
OCTET_INLINE void narrow(Out* p, Acc x) {
  if constexpr (sizeof(Out) == 4) return store_acc(p, x);
  static_assert(!std::is_same_v<Out, std::uint16_t>, "no operation has uint16 outputs");
  const __m128i words = _mm_packs_epi32(x, x);
  const __m128i values = sizeof(Out) == 2 ? words : pack_words<Out>(words, words);
  __builtin_memcpy(p, &values, kLanes * sizeof(Out));
}

// With a single lane of 128 bits every order is the same.
OCTET_INLINE Narrowed row_order(Narrowed x) { return x; }
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
