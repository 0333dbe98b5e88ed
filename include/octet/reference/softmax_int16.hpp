// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

#include "octet/fixed_point.hpp"
#include "octet/fixed_point_math.hpp"
#include "octet/reference/softmax.hpp"

namespace octet::inline OCTET_BASELINE {
namespace reference {

// exp(x) for x in [-10, 0] and 1 / (1 + x) for x in [0, 1] in Q0.15, for lut_lookup(): the ends of
// 512 chords, each moved by half of what the middle of its chord is off. The source computes this
// in float32. Here values are in Q0.24, as many bits as a float32 in [1/2, 1) has, and where
// float32 rounds a sum of two of them to its 24 bits, so is it here.
struct SoftmaxInt16Tables {
  std::int16_t exp[513] = {}, one_over_one_plus_x[513] = {};

  constexpr SoftmaxInt16Tables() {
    fill(exp, exp_q24);
    fill(one_over_one_plus_x, reciprocal_q24);
  }

 private:
  static constexpr int kBits = 24 - 15;

  // Of functions of the step, a 1024th of the whole range.
  static constexpr std::int64_t exp_q24(int step) {
    // exp(-10 * 2^bit / 1024) in Q0.32
    constexpr std::uint64_t factors[] = {4253228391, 4211895109, 4130429683, 3972195407,
                                         3673680208, 3142265200, 2298930330, 1230528733,
                                         352552385,  28939262,   194991};
    std::uint64_t result = std::uint64_t{1} << 32;
    for (int bit = 0; bit <= 10; ++bit) {
      if (((1024 - step) >> bit & 1) == 0) continue;
      result = (result * factors[bit] + (std::uint64_t{1} << 31)) >> 32;
    }
    return static_cast<std::int64_t>((result + 128) >> 8);
  }
  static constexpr std::int64_t reciprocal_q24(int step) {
    return ((std::int64_t{1} << 35) / (1024 + step) + 1) / 2;
  }

  static constexpr std::int64_t rounded(std::int64_t x, int bits) {
    return (x + (std::int64_t{1} << (bits - 1))) >> bits;
  }
  static constexpr std::int16_t entry(std::int64_t x) { return saturate<std::int16_t>(x); }

  static constexpr void fill(std::int16_t (&table)[513], std::int64_t (*function)(int)) {
    for (int i = 0; i < 512; ++i) {
      const std::int64_t first = rounded(function(2 * i), kBits);
      const std::int64_t middle = rounded(function(2 * i + 1), kBits);
      std::int64_t sum = function(2 * i + 2) + first * (1 << kBits);
      if ((sum & 1) != 0) sum += (sum & 2) != 0 ? 1 : -1;
      const std::int64_t error = rounded(sum, kBits + 1) - middle;
      table[i] = entry(first - (error + (error > 0 ? 1 : -1)) / 2);
    }
    table[512] = entry(rounded(function(1024), kBits));
  }
};
inline constexpr SoftmaxInt16Tables kSoftmaxInt16Tables;

// exp(scale * beta * difference) in Q0.15 for difference = x - max <= 0, rescaled.
constexpr std::int16_t softmax_int16_exp(std::int32_t scaled) {
  const std::int32_t within = scaled > -65535 ? scaled : -65535;
  return lut_lookup(static_cast<std::int16_t>(within + 32767), kSoftmaxInt16Tables.exp);
}

// The reciprocal of a sum of exponentials, Q16.15: in Q0.15 times 2^-(right_shift - 15).
constexpr std::int32_t softmax_int16_reciprocal(std::int32_t sum, int* right_shift) {
  const int headroom_plus_one = std::countl_zero(static_cast<std::uint32_t>(sum));
  *right_shift = 31 - headroom_plus_one;
  // The sum without its leading one, in [0, 2^16) and then around 0.
  const std::int64_t shifted =
      (std::int64_t{sum} * (std::int64_t{1} << (headroom_plus_one - 1)) + (1 << 13)) >> 14;
  return lut_lookup(saturate<std::int16_t>(shifted - (1 << 15) - (1 << 16)),
                    kSoftmaxInt16Tables.one_over_one_plus_x);
}

// Softmax of one row of int16; exponentials are kept in the output, which may be the input. Scaled
// differences run from -65535, which stands for -10, to 0: `rescale` multiplies by input.rescale,
// softmax_int16_multiplier() of quantize/rows.hpp. The output's scale is 2^-15, its zero point 0.
// The sum saturates at 2^31 - 1, which takes a row of more than 65,536 elements; the source's
// overflows there.
// Source: SoftmaxInt16 in kernels/internal/reference/softmax.h of tflite-micro.
template <class RescaleDifference>
constexpr void softmax_int16_row(const RescaleDifference& rescale, const std::int16_t* x,
                                 std::int64_t depth, std::int16_t* y) {
  std::int32_t max = x[0];
  for (std::int64_t i = 1; i < depth; ++i) max = x[i] > max ? x[i] : max;
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < depth; ++i) {
    y[i] = softmax_int16_exp(rescale(x[i] - max));
    sum += y[i];
  }
  int right_shift = 0;
  const std::int32_t reciprocal =
      softmax_int16_reciprocal(saturate<std::int32_t>(sum), &right_shift);
  for (std::int64_t i = 0; i < depth; ++i) {
    const std::int32_t quotient =
        (y[i] * reciprocal + (std::int32_t{1} << (right_shift - 1))) >> right_shift;
    y[i] = static_cast<std::int16_t>(clamp(quotient, 0, 32767));
  }
}

constexpr void softmax(const SoftmaxParams& p, const std::int16_t* input, std::int16_t* output) {
  for_each_row(p.input.shape, input, output,
               [&](const std::int16_t* x, std::int64_t depth, std::int16_t* y) {
                 softmax_int16_row(
                     [&](std::int32_t difference) {
                       return multiply_by_quantized_multiplier(
                           difference, p.input.rescale.multiplier, p.input.rescale.shift);
                     },
                     x, depth, y);
               });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
