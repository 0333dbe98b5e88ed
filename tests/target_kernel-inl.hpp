// SPDX-License-Identifier: Apache-2.0
// Each word of the vocabulary as a function over memory, for target_test.cpp. Included inside the
// region of each target.

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

using TestWeight = std::conditional_t<sizeof(vec::Packed) == 1, std::int8_t, vec::Packed>;

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

inline void test_shifts(const std::int32_t* x, const std::int32_t* count, std::int32_t* left,
                        std::int32_t* right) {
  vec::store_acc(left, vec::shift_left(vec::load_acc(x), count));
  vec::store_acc(right, vec::shift_right(vec::load_acc(x), count));
}

inline void test_shift_right_logical(const std::int32_t* x, const std::int32_t* count,
                                     std::int32_t* out) {
  vec::store_acc(out, vec::shift_right_logical(vec::load_acc(x), count));
}

inline void test_multiply_add_high(const std::int32_t* x, const std::int32_t* multiplier,
                                   const std::int64_t* addend, std::int32_t* out) {
  vec::store_acc(out, vec::multiply_add_high(vec::load_acc(x), multiplier, addend));
}

inline void test_requantize(const std::int32_t* x, const PanelConstants& constants, int channel,
                            std::int32_t* out) {
  vec::store_acc(out, requantize(vec::load_acc(x), constants, channel));
}

inline void test_pack(const std::uint8_t* in, bool is_signed, void* out) {
  vec::store_packed(static_cast<vec::Packed*>(out), vec::load_bytes(in, is_signed));
}

inline void test_dot(const std::int32_t* sum, const void* group, const void* weights,
                     std::int32_t* out) {
  vec::store_acc(out,
                 vec::dot(vec::load_acc(sum), vec::splat(static_cast<const vec::Packed*>(group)),
                          vec::load(static_cast<const TestWeight*>(weights))));
}

inline void test_dot_zipped(const std::uint8_t* const* rows, bool is_signed, const void* weights,
                            std::int32_t* out) {
  vec::Bytes bytes[vec::kDepth];
  vec::Operand operands[vec::kDepth];
  for (int i = 0; i < vec::kDepth; ++i) bytes[i] = vec::load_bytes(rows[i], is_signed);
  vec::zip(bytes, operands);
  for (int v = 0; v < vec::kDepth; ++v) {
    const auto* const w = static_cast<const TestWeight*>(weights) + v * vec::kLanes * vec::kDepth;
    vec::store_acc(out + v * vec::kLanes, vec::dot(vec::splat_acc(0), operands[v], vec::load(w)));
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

template <class T>
inline void test_narrow_zipped(const std::int32_t* in, T* out) {
  if constexpr (sizeof(T) == 1) {
    vec::Acc x[vec::kDepth];
    for (int v = 0; v < vec::kDepth; ++v) x[v] = vec::load_acc(in + v * vec::kLanes);
    vec::narrow_zipped(out, x);
  }
}

inline constexpr TestVocabulary kTestVocabulary{
    test_arithmetic, test_splat_acc, test_shifts, test_shift_right_logical, test_multiply_add_high,
    test_requantize, test_pack,      test_dot,    test_dot_zipped};

template <class T>
inline constexpr TestTypedVocabulary<T> kTestTypedVocabulary{
    test_widen<T>, test_narrow<T>, test_narrow_zipped<T>, finish_block<T>};

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
