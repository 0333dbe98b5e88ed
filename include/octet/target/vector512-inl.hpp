// SPDX-License-Identifier: Apache-2.0
// What 512-bit x86 targets have in common. Included inside the region and namespace of each.

inline constexpr int kLanes = 16;
inline constexpr int kTileRows = 8, kTileVectors = 2;
inline constexpr TileEpilogue kTileEpilogue = TileEpilogue::overlapped;
using Acc = __m512i;
using Operand = __m512i;
using Bytes = __m512i;
using Narrowed = __m512i;

// One group of kDepth operands, four bytes whatever their type, to every lane.
OCTET_INLINE Operand splat(const void* p) {
  std::int32_t group;
  __builtin_memcpy(&group, p, sizeof group);
  return _mm512_set1_epi32(group);
}
OCTET_INLINE Operand load_operand(const std::byte* p) { return _mm512_loadu_si512(p); }
OCTET_INLINE void store_operand(std::byte* p, Operand x) { _mm512_storeu_si512(p, x); }

OCTET_INLINE Acc load_acc(const std::int32_t* p) { return _mm512_loadu_si512(p); }
OCTET_INLINE void store_acc(std::int32_t* p, Acc x) { _mm512_storeu_si512(p, x); }
OCTET_INLINE Acc splat_acc(std::int32_t x) { return _mm512_set1_epi32(x); }
OCTET_INLINE Acc split_live_range(Acc x) {
  Acc copy;
  asm("" : "=v"(copy) : "0"(x));
  return copy;
}
OCTET_INLINE void pin(Acc& x) { asm volatile("" : "+v"(x)); }
OCTET_INLINE Acc add(Acc a, Acc b) { return _mm512_add_epi32(a, b); }
OCTET_INLINE Acc sub(Acc a, Acc b) { return _mm512_sub_epi32(a, b); }
OCTET_INLINE Acc min(Acc a, Acc b) { return _mm512_min_epi32(a, b); }
OCTET_INLINE Acc max(Acc a, Acc b) { return _mm512_max_epi32(a, b); }
OCTET_INLINE Acc shift_left(Acc x, Acc count) { return _mm512_sllv_epi32(x, count); }

// requantize_biased_form: unsigned products of the even lanes and of the odd ones.
struct Multipliers {
  __m512i even, odd, addend_even, addend_odd, tie_shift, right;
};
inline constexpr RequantizeForm kRequantizeForm = RequantizeForm::biased;
OCTET_INLINE Multipliers load_multipliers(const PanelConstants& constants, int channel) {
  const std::int32_t* const multiplier = constants.multiplier + 2 * channel;
  return {load_acc(multiplier),
          load_acc(multiplier + kLanes),
          _mm512_loadu_si512(constants.addend + channel),
          _mm512_loadu_si512(constants.addend + channel + kLanes / 2),
          load_acc(constants.tie_shift + channel),
          load_acc(constants.right + channel)};
}
// Step by step, so that kernels can put other work between. The high halves of the products are the
// results: those of the odd lanes stand where they belong, those of the even move down.
inline constexpr int kRequantizeSteps = 9, kRequantizeTogether = 4;
struct Requantizing {
  __m512i x, even, odd, tie;
};
OCTET_INLINE void requantize_step(int step, Requantizing& state, const Multipliers& m) {
  // g++ would put the steps of one vector one after the other again.
  const auto keep = [](Acc & x) __attribute__((always_inline)) { asm("" : "+v"(x)); };
  switch (step) {
    case 0: return keep(state.odd = _mm512_shuffle_epi32(state.x, _MM_PERM_DDBB));
    case 1: return keep(state.even = _mm512_mul_epu32(state.x, m.even));
    case 2: return keep(state.odd = _mm512_mul_epu32(state.odd, m.odd));
    case 3: return keep(state.tie = _mm512_srlv_epi32(state.x, m.tie_shift));
    case 4: return keep(state.even = _mm512_add_epi64(state.even, m.addend_even));
    case 5: return keep(state.odd = _mm512_add_epi64(state.odd, m.addend_odd));
    case 6:
      return keep(state.x =
                      _mm512_mask_shuffle_epi32(state.odd, 0x5555, state.even, _MM_PERM_DDBB));
    case 7: return keep(state.x = _mm512_add_epi32(state.x, state.tie));
    case 8: return keep(state.x = _mm512_srav_epi32(state.x, m.right));
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
  return _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
OCTET_INLINE Acc widen(const std::uint8_t* p) {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
OCTET_INLINE Acc widen(const std::int16_t* p) {
  return _mm512_cvtepi16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
OCTET_INLINE Acc widen(const std::int32_t* p) { return load_acc(p); }

template <class Out>
OCTET_INLINE void narrow(Out* p, Acc x) {
  if constexpr (sizeof(Out) == 1) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(x));
  } else if constexpr (sizeof(Out) == 2) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(x));
  } else {
    store_acc(p, x);
  }
}

// Four vectors to bytes. Packs work within lanes of 128 bits, so that 32-bit group l of vector i
// ends up as group i of lane l: row_order undoes that for vectors of neighbouring channels, for
// vectors that zip made it is the order wanted.
struct ByteRange {
  __m512i min, max;
  bool limited;
};
OCTET_INLINE ByteRange byte_range(const OutputRange& range) {
  return {_mm512_set1_epi8(static_cast<char>(range.min)),
          _mm512_set1_epi8(static_cast<char>(range.max)), range.limits_bytes()};
}
template <class T>
OCTET_INLINE Narrowed clamp_bytes(Narrowed x, const ByteRange& range) {
  if (!range.limited) return x;
  return std::is_signed_v<T> ? _mm512_min_epi8(_mm512_max_epi8(x, range.min), range.max)
                             : _mm512_min_epu8(_mm512_max_epu8(x, range.min), range.max);
}
template <class Out>
OCTET_INLINE Narrowed narrow4(const Acc (&x)[4]) {
  const __m512i low = _mm512_packs_epi32(x[0], x[1]);
  const __m512i high = _mm512_packs_epi32(x[2], x[3]);
  return std::is_signed_v<Out> ? _mm512_packs_epi16(low, high) : _mm512_packus_epi16(low, high);
}
OCTET_INLINE Narrowed row_order(Narrowed x) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_permutexvar_epi32(order, x);
}
OCTET_INLINE void store_narrowed(void* p, Narrowed x) { _mm512_storeu_si512(p, x); }
template <int kRows, class Out>
OCTET_INLINE void store_rows(Out* p, std::int64_t stride, Narrowed x) {
  if (stride == 4 / kRows * kLanes) return store_narrowed(p, x);
  const auto store = [&](int row, auto bytes) {
    __builtin_memcpy(p + row * stride, &bytes, sizeof bytes);
  };
  if constexpr (kRows == 2) {
    store(0, _mm512_castsi512_si256(x));
    store(1, _mm512_extracti64x4_epi64(x, 1));
  } else {
    store(0, _mm512_castsi512_si128(x));
    store(1, _mm512_extracti32x4_epi32(x, 1));
    store(2, _mm512_extracti32x4_epi32(x, 2));
    store(3, _mm512_extracti32x4_epi32(x, 3));
  }
}

// Pooling: blocks of 64 bytes.
OCTET_INLINE Narrowed load_narrowed(const void* p) { return _mm512_loadu_si512(p); }
template <class T>
OCTET_INLINE Narrowed max_bytes(Narrowed a, Narrowed b) {
  return std::is_signed_v<T> ? _mm512_max_epi8(a, b) : _mm512_max_epu8(a, b);
}
struct Sums {
  __m512i low, high;
};
template <class T>
OCTET_INLINE __m512i widen_to_words(const T* p) {
  const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return std::is_signed_v<T> ? _mm512_cvtepi8_epi16(bytes) : _mm512_cvtepu8_epi16(bytes);
}
template <class T>
OCTET_INLINE void add_bytes(Sums& sums, const T* p) {
  sums.low = _mm512_add_epi16(sums.low, widen_to_words(p));
  sums.high = _mm512_add_epi16(sums.high, widen_to_words(p + 32));
}
template <class T>
OCTET_INLINE Acc widen_words(__m256i words) {
  return std::is_signed_v<T> ? _mm512_cvtepi16_epi32(words) : _mm512_cvtepu16_epi32(words);
}
template <class T>
OCTET_INLINE void widen_sums(const Sums& sums, Acc (&out)[4]) {
  out[0] = widen_words<T>(_mm512_castsi512_si256(sums.low));
  out[1] = widen_words<T>(_mm512_extracti64x4_epi64(sums.low, 1));
  out[2] = widen_words<T>(_mm512_castsi512_si256(sums.high));
  out[3] = widen_words<T>(_mm512_extracti64x4_epi64(sums.high, 1));
}
