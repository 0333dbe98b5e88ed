// SPDX-License-Identifier: Apache-2.0
// Each word of the vocabulary as a function over memory, for target_test.cpp. Included inside the
// region of each target.

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

inline void test_arithmetic(const std::int32_t* a, const std::int32_t* b, std::int32_t* sum,
                            std::int32_t* difference, std::int32_t* lower, std::int32_t* higher) {
  const vec::Acc x = vec::load_acc(a), y = vec::load_acc(b);
  vec::store_acc(sum, vec::add(x, y));
  vec::store_acc(difference, vec::sub(x, y));
  vec::store_acc(lower, vec::min(x, y));
  vec::store_acc(higher, vec::max(x, y));
}

inline void test_splat_acc(std::int32_t x, std::int32_t* out) {
  vec::store_acc(out, vec::splat_acc(x));
}

inline void test_shift_left(const std::int32_t* x, const std::int32_t* count, std::int32_t* out) {
  vec::store_acc(out, vec::shift_left(vec::load_acc(x), vec::load_acc(count)));
}

inline void test_pack(const std::uint8_t* in, bool is_signed, void* out) {
  Dot8x8::store_packed(static_cast<Dot8x8::Packed*>(out), Dot8x8::load_bytes(in, is_signed));
}

inline void test_dot(const std::int32_t* sum, const void* group, const void* weights,
                     std::int32_t* out) {
  vec::store_acc(
      out, Dot8x8::dot(vec::load_acc(sum), Dot8x8::splat(static_cast<const Dot8x8::Packed*>(group)),
                       Dot8x8::load_weights(static_cast<const std::byte*>(weights))));
}

// A template, so that names are looked up where they exist only.
template <class Dot, int... kElements>
inline void dot_elements(const std::int32_t* sum, const void* groups, const void* weights,
                         std::int32_t* out, std::integer_sequence<int, kElements...>) {
  const auto a = Dot::load_operand(static_cast<const std::byte*>(groups));
  const auto b = Dot::load_weights(static_cast<const std::byte*>(weights));
  (vec::store_acc(out + kElements * vec::kLanes,
                  Dot::template dot_element<kElements>(vec::load_acc(sum), a, b)),
   ...);
}

template <class Dot>
inline bool test_dot_elements(const std::int32_t* sum, const void* groups, const void* weights,
                              std::int32_t* out) {
  if constexpr (kDotsElements<Dot>) {
    dot_elements<Dot>(sum, groups, weights, out, std::make_integer_sequence<int, vec::kLanes>());
  }
  return kDotsElements<Dot>;
}

inline void test_dot_zipped(const std::uint8_t* const* rows, bool is_signed, const void* weights,
                            std::int32_t* out) {
  Dot8x8::Bytes bytes[Dot8x8::kDepth];
  Dot8x8::Operand operands[Dot8x8::kDepth];
  for (int i = 0; i < Dot8x8::kDepth; ++i) bytes[i] = Dot8x8::load_bytes(rows[i], is_signed);
  Dot8x8::zip(bytes, operands);
  constexpr int kVectorBytes =
      vec::kLanes * Dot8x8::kDepth * static_cast<int>(sizeof(Dot8x8::Packed));
  alignas(kAlignment) std::byte zipped[Dot8x8::kDepth * kVectorBytes];
  // Weights as depthwise kernels have them: as wide as activations.
  using Weight = std::make_signed_t<Dot8x8::Packed>;
  constexpr int kWeights = vec::kLanes * Dot8x8::kDepth;
  for (int v = 0; v < Dot8x8::kDepth; ++v) {
    Dot8x8::store_operand(zipped + v * kVectorBytes, operands[v]);
    Weight wide[kWeights];
    for (int i = 0; i < kWeights; ++i) {
      wide[i] = static_cast<const std::int8_t*>(weights)[v * kWeights + i];
    }
    std::byte packed[sizeof wide];
    std::memcpy(packed, wide, sizeof wide);
    vec::store_acc(out + v * vec::kLanes,
                   Dot8x8::dot(vec::splat_acc(0), Dot8x8::load_operand(zipped + v * kVectorBytes),
                               Dot8x8::load_operand(packed)));
  }
}

template <class T>
inline void test_widen(const T* in, std::int32_t* out) {
  vec::store_acc(out, vec::widen(in));
}

template <class T>
inline void test_narrow(const std::int32_t* in, T* out) {
  vec::narrow(out, vec::load_acc(in));
}

// in: the vectors of a block, in the order of zip, of four pixels each. out: four pixels of a
// block.
template <class T>
inline void test_unzip(const std::int32_t* in, T* out) {
  if constexpr (sizeof(T) == 1) {
    vec::Narrowed zipped[Dot8x8::kDepth], pixels[Dot8x8::kDepth];
    for (int v = 0; v < Dot8x8::kDepth; ++v) {
      vec::Acc x[4];
      for (vec::Acc& pixel : x) {
        pixel = vec::load_acc(in);
        in += vec::kLanes;
      }
      zipped[v] = vec::narrow4<T>(x);
    }
    Dot8x8::unzip(zipped, pixels);
    for (int v = 0; v < Dot8x8::kDepth; ++v) {
      vec::store_narrowed(out + v * 4 * vec::kLanes, pixels[v]);
    }
  }
}

// One vector of bytes from `parts` places.
inline void test_load_parts(const std::uint8_t* const* places, int parts, bool is_signed,
                            void* out) {
  const auto load = [&](auto count) {
    if constexpr (decltype(count)::value <= Dot8x8::kBands) {
      const std::uint8_t* pointers[decltype(count)::value];
      for (int i = 0; i < parts; ++i) pointers[i] = places[i];
      Dot8x8::store_packed(static_cast<Dot8x8::Packed*>(out),
                           Dot8x8::load_bytes(pointers, is_signed));
    }
  };
  if (parts == 2) load(std::integral_constant<int, 2>());
  if (parts == 4) load(std::integral_constant<int, 4>());
}

template <class T>
inline void test_compare_bytes(const T* a, const T* b, const OutputRange& range, T* higher,
                               T* clamped) {
  if constexpr (sizeof(T) == 1) {
    const vec::Narrowed x = vec::load_narrowed(a), y = vec::load_narrowed(b);
    vec::store_narrowed(higher, vec::max_bytes<T>(x, y));
    vec::store_narrowed(clamped, vec::clamp_bytes<T>(x, vec::byte_range(range)));
  }
}

// The sums of `count` blocks, one behind the other.
template <class T>
inline void test_sum_bytes(const T* in, int count, std::int32_t* out) {
  if constexpr (sizeof(T) == 1) {
    vec::Sums sums{};
    for (int i = 0; i < count; ++i) vec::add_bytes(sums, in + i * 4 * vec::kLanes);
    vec::Acc x[4];
    vec::widen_sums<T>(sums, x);
    for (int v = 0; v < 4; ++v) vec::store_acc(out + v * vec::kLanes, x[v]);
  }
}

// Dot16x8: one group times one vector of weights, added to sums of 64 bits.
inline void test_dot_words(const std::int16_t* group, const void* weights, std::int64_t* sums) {
  vec::add_to_sums(sums,
                   Dot16x8::dot(vec::splat_acc(0), Dot16x8::splat(group),
                                Dot16x8::load_weights(static_cast<const std::byte*>(weights))));
}

// The products of kDepth rows of words and kDepth vectors of weights, as 16-bit values in the order
// of the rows.
inline void test_dot_zipped_words(const std::int16_t* const* rows, const void* weights,
                                  std::int16_t* out) {
  const std::int16_t* pointers[Dot16x8::kDepth];
  for (int i = 0; i < Dot16x8::kDepth; ++i) pointers[i] = rows[i];
  Dot16x8::Operand operands[Dot16x8::kDepth];
  Dot16x8::zip(pointers, operands);
  vec::Acc x[Dot16x8::kDepth];
  for (int v = 0; v < Dot16x8::kDepth; ++v) {
    const auto* const p = static_cast<const std::byte*>(weights);
    x[v] = Dot16x8::dot(vec::splat_acc(0), operands[v],
                        Dot16x8::load_weights(p + v * vec::kLanes * Dot16x8::kDepth));
  }
  Dot16x8::store_unzipped(out, x);
}

inline constexpr TestVocabulary kTestVocabulary{test_arithmetic, test_splat_acc,
                                                test_shift_left, test_pack,
                                                test_dot,        test_dot_elements<Dot8x8>,
                                                test_dot_zipped, test_load_parts,
                                                test_dot_words,  test_dot_zipped_words,
                                                look_up<>};

template <class T>
inline constexpr TestTypedVocabulary<T> kTestTypedVocabulary{
    test_widen<T>, test_narrow<T>, test_unzip<T>, test_compare_bytes<T>, test_sum_bytes<T>};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
