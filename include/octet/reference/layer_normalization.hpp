// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <span>

#include "octet/reference/output_element.hpp"
#include "octet/reference/index.hpp"
#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// Rows along the last dimension of input.shape. Every element of a row has a weight, symmetric,
// and, unless there is no bias at all, a bias in steps of the weight's scale times 2^-10. `epsilon`
// is what the variance is raised by, in steps of the input's scale squared, times the square of the
// row's length: layer_normalization_params() of quantize/rows.hpp.
struct LayerNormalizationParams {
  Operand input = {};
  std::span<const std::int8_t> weight = {};
  std::span<const std::int32_t> bias = {};
  std::int64_t epsilon = 0;
  Output output = {};
};

OCTET_INLINE constexpr Shape output_shape(const LayerNormalizationParams& p) {
  return p.input.shape;
}

namespace reference {

// The whole part of the square root of x >= 0: Newton's method from above, as in Kim et al.,
// I-BERT: Integer-only BERT Quantization, 2021, algorithm 4.
constexpr std::int64_t integer_sqrt(std::int64_t x) {
  if (x == 0) return 0;
  const int bits = 64 - std::countl_zero(static_cast<std::uint64_t>(x));
  std::int64_t root = std::int64_t{1} << ((bits + 1) / 2);
  while (true) {
    const std::int64_t next = (root + x / root) / 2;
    if (next >= root) return root;
    root = next;
  }
}

inline constexpr int kNormalBits = 10;  // of normalized elements, behind the binary point

// What a row is divided by: the root of n^2 times its variance, with as many bits more as 62 hold,
// `bits` of them behind the binary point.
struct RowDeviation {
  std::int64_t root = 0;
  int bits = 0;

  constexpr explicit RowDeviation(std::int64_t n2_variance) {
    if (n2_variance == 0) return;
    bits = (std::countl_zero(static_cast<std::uint64_t>(n2_variance)) - 2) / 2;
    root = integer_sqrt(n2_variance << (2 * bits));
  }

  // n times the difference of an element from the mean, divided, in Q.10; halves away from zero.
  constexpr std::int32_t normalized(std::int64_t difference) const {
    if (root == 0) return 0;
    const std::int64_t scaled = difference * (std::int64_t{1} << (kNormalBits + bits));
    return static_cast<std::int32_t>((scaled + (scaled < 0 ? -root : root) / 2) / root);
  }
};

// A row of n elements, of which n^2 times the variance is n * sum(x^2) - sum(x)^2: sums and
// differences are exact, nothing but the root and the quotient by it is rounded before the output.
class RowMoments {
 public:
  template <class T>
  constexpr RowMoments(std::int64_t epsilon, const T* x, std::int64_t n)
      : n_(n), deviation_(epsilon + n2_variance(x)) {}

  constexpr std::int32_t normalized(std::int32_t element) const {
    return deviation_.normalized(n_ * element - sum_);
  }

 private:
  template <class T>
  constexpr std::int64_t n2_variance(const T* x) {
    std::int64_t squares = 0;
    for (std::int64_t i = 0; i < n_; ++i) {
      sum_ += x[i];
      squares += std::int64_t{x[i]} * x[i];
    }
    return n_ * squares - sum_ * sum_;
  }

  std::int64_t n_, sum_ = 0;
  RowDeviation deviation_;
};

template <class T>
constexpr void layer_normalization_row(const LayerNormalizationParams& p, const T* x,
                                       std::int64_t n, T* y) {
  const RowMoments moments(p.epsilon, x, n);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto place = static_cast<std::size_t>(i);
    const std::int32_t bias = p.bias.empty() ? 0 : p.bias[place];
    y[i] = output_element<T>(moments.normalized(x[i]) * p.weight[place] + bias, p.output);
  }
}

// Each row, the elements along the last dimension, less its mean and divided by its standard
// deviation
//
//   normal[r][i] = round(2^10 * (input[r][i] - mean(r)) / sqrt(variance(r) + epsilon))
//   output[r][i] = clamp(output.zero_point + rescale(normal[r][i] * weight[i] + bias[i]), min, max)
//
// The zero point of the input plays no part. T: int8, uint8, int16.
// Source: this comment; the integers follow I-BERT, which leaves the formats open.
template <class T>
constexpr void layer_normalization(const LayerNormalizationParams& p, const T* input, T* output) {
  for_each_row(p.input.shape, input, output, [&](const T* x, std::int64_t depth, T* y) {
    layer_normalization_row(p, x, depth, y);
  });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
