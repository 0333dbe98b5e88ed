// SPDX-License-Identifier: Apache-2.0
// Included inside the region of each target.

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <class Element>
OCTET_INLINE void float_unary(std::int64_t count, const float* x, float* y, Element element) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = element(x[i]);
}
inline void float_rescale(std::int64_t count, const float* x, float* y) {
  float_unary(count, x, y, [](float v) {
    const float scaled = v * 0.7f + 3.0f;
    return scaled < -6.0f ? -6.0f : scaled > 6.0f ? 6.0f : scaled;
  });
}
inline void float_logistic(std::int64_t count, const float* x, float* y) {
  float_unary(count, x, y, [](float v) { return 1.0f / (1.0f + std::exp(-v)); });
}

template <class Element>
OCTET_INLINE void float_binary(std::int64_t count, const float* x1, const float* x2, float* y,
                               Element element) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = element(x1[i], x2[i]);
}
inline void float_add(std::int64_t count, const float* x1, const float* x2, float* y) {
  float_binary(count, x1, x2, y, [](float a, float b) { return a + b; });
}
inline void float_mul(std::int64_t count, const float* x1, const float* x2, float* y) {
  float_binary(count, x1, x2, y, [](float a, float b) { return a * b; });
}
inline void float_div(std::int64_t count, const float* x1, const float* x2, float* y) {
  float_binary(count, x1, x2, y, [](float a, float b) { return a / b; });
}

// A total in 16 parts, since the compiler must not change the order of additions.
template <class Element>
OCTET_INLINE float float_sum(std::int64_t count, const float* x, Element element) {
  float parts[16] = {}, sum = 0;
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (int j = 0; j < 16; ++j) parts[j] += element(x[i + j]);
  }
  for (; i < count; ++i) sum += element(x[i]);
  for (const float part : parts) sum += part;
  return sum;
}
inline float float_max(std::int64_t count, const float* x) {
  float max = x[0];
  for (std::int64_t i = 1; i < count; ++i) max = x[i] > max ? x[i] : max;
  return max;
}

inline void float_softmax(std::int64_t depth, const float* x, float* y) {
  const float max = float_max(depth, x);
  float_unary(depth, x, y, [=](float v) { return std::exp(v - max); });
  const float factor = 1.0f / float_sum(depth, y, [](float v) { return v; });
  float_unary(depth, y, y, [=](float v) { return v * factor; });
}
inline void float_log_softmax(std::int64_t depth, const float* x, float* y) {
  const float max = float_max(depth, x);
  const float log = std::log(float_sum(depth, x, [=](float v) { return std::exp(v - max); }));
  float_unary(depth, x, y, [=](float v) { return v - max - log; });
}
inline void float_l2_normalization(std::int64_t depth, const float* x, float* y) {
  const float squares = float_sum(depth, x, [](float v) { return v * v; });
  const float factor = 1.0f / std::sqrt(squares);
  float_unary(depth, x, y, [=](float v) { return v * factor; });
}
inline void float_layer_normalization(std::int64_t depth, const float* x, float* y) {
  const auto count = static_cast<float>(depth);
  const float mean = float_sum(depth, x, [](float v) { return v; }) / count;
  const float variance =
      float_sum(depth, x, [=](float v) { return (v - mean) * (v - mean); }) / count;
  const float factor = 1.0f / std::sqrt(variance);
  float_unary(depth, x, y, [=](float v) { return (v - mean) * factor; });
}

inline void float_product(std::int64_t rows, std::int64_t columns, const float* weights,
                          const float* x, float* y) {
  for (std::int64_t r = 0; r < rows; ++r, weights += columns) {
    float parts[16] = {}, sum = 0;
    std::int64_t c = 0;
    for (; c + 16 <= columns; c += 16) {
      for (int j = 0; j < 16; ++j) parts[j] += weights[c + j] * x[c + j];
    }
    for (; c < columns; ++c) sum += weights[c] * x[c];
    for (const float part : parts) sum += part;
    y[r] = sum;
  }
}
inline void float_gates(std::int64_t units, const float* sums, float* cell, float* hidden) {
  const auto logistic = [](float v) { return 1.0f / (1.0f + std::exp(-v)); };
  for (std::int64_t u = 0; u < units; ++u) {
    const float fresh = logistic(sums[u]) * std::tanh(sums[2 * units + u]);
    cell[u] = logistic(sums[units + u]) * cell[u] + fresh;
    hidden[u] = logistic(sums[3 * units + u]) * std::tanh(cell[u]);
  }
}

inline constexpr octet_bench::FloatLoops kFloatLoops{float_rescale,
                                                     float_logistic,
                                                     float_add,
                                                     float_mul,
                                                     float_div,
                                                     float_softmax,
                                                     float_log_softmax,
                                                     float_l2_normalization,
                                                     float_layer_normalization,
                                                     float_product,
                                                     float_gates};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
