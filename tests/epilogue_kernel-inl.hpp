// SPDX-License-Identifier: Apache-2.0
// What the epilogue is made of as functions over memory, for epilogue_test.cpp. Included inside the
// region of each target.

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

inline void test_requantize(const std::int32_t* x, const PanelConstants& constants, int channel,
                            Rounding rounding, std::int32_t* out) {
  const vec::Acc lanes = vec::load_acc(x);
  if (kDoubling && !rounds_products(rounding)) {
    vec::store_acc(out, vec::requantize(lanes, load_any_multipliers(constants, channel)));
  } else {
    vec::store_acc(out, vec::requantize(lanes, vec::load_multipliers(constants, channel)));
  }
}

inline void test_requantize_sums(const std::int64_t* sums, const std::int32_t* multiplier,
                                 const std::int32_t* shift, std::int32_t* out) {
  vec::store_acc(out, vec::requantize_sums(sums, multiplier, shift));
}

// Four vectors to bytes, in the order of rows.
template <class T>
inline void test_narrow4(const std::int32_t* in, const OutputRange& range, T* rows) {
  if constexpr (sizeof(T) == 1) {
    vec::Acc x[4];
    for (int v = 0; v < 4; ++v) x[v] = vec::load_acc(in + v * vec::kLanes);
    vec::store_narrowed(
        rows, vec::row_order(vec::clamp_bytes<T>(vec::narrow4<T>(x), vec::byte_range(range))));
  }
}

template <class T>
inline void test_store_rows(const T* values, int rows, T* out, std::int64_t stride) {
  if constexpr (sizeof(T) == 1) {
    vec::Acc x[4];
    for (int v = 0; v < 4; ++v) x[v] = vec::widen(values + v * vec::kLanes);
    const vec::Narrowed bytes = vec::row_order(vec::narrow4<T>(x));
    if (rows == 4) vec::store_rows<4>(out, stride, bytes);
    if (rows == 2) vec::store_rows<2>(out, stride, bytes);
  }
}

inline constexpr TestRequantization kTestRequantization{test_requantize, test_requantize_sums};

template <class T>
inline constexpr TestOutputs<T> kTestOutputs{test_narrow4<T>, test_store_rows<T>, finish_block<T>};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
