// SPDX-License-Identifier: Apache-2.0
// exp, 1 / (1 + x), logistic and tanh on 32-bit fixed-point numbers, and the reciprocal that
// softmax divides with. Every result has the bits of gemmlowp's fixedpoint/fixedpoint.h, which
// TensorFlow Lite's int8 softmax, logistic and tanh are built on.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

#include "octet/fixed_point.hpp"

namespace octet::inline OCTET_BASELINE {

// raw * 2^(kIntegerBits - 31): a number in [-2^kIntegerBits, 2^kIntegerBits), written
// Q<kIntegerBits>.<31 - kIntegerBits>. Sums wrap; products round as
// saturating_rounding_doubling_high_mul.
template <int kIntegerBits>
struct FixedPoint {
  static constexpr int kFractionalBits = 31 - kIntegerBits;

  std::int32_t raw = 0;

  // 2^exponent
  static constexpr FixedPoint power_of_two(int exponent) {
    return {shift_left_wrapping(1, kFractionalBits + exponent)};
  }
  // 1, or the largest value below it in Q0.31.
  static constexpr FixedPoint one() {
    if constexpr (kIntegerBits == 0) return {std::numeric_limits<std::int32_t>::max()};
    return power_of_two(0);
  }

  friend constexpr FixedPoint operator+(FixedPoint a, FixedPoint b) {
    return {static_cast<std::int32_t>(static_cast<std::uint32_t>(a.raw) +
                                      static_cast<std::uint32_t>(b.raw))};
  }
  friend constexpr FixedPoint operator-(FixedPoint a, FixedPoint b) {
    return {static_cast<std::int32_t>(static_cast<std::uint32_t>(a.raw) -
                                      static_cast<std::uint32_t>(b.raw))};
  }
};

template <int kA, int kB>
constexpr FixedPoint<kA + kB> operator*(FixedPoint<kA> a, FixedPoint<kB> b) {
  return {saturating_rounding_doubling_high_mul(a.raw, b.raw)};
}

// round(x * 2^exponent), saturated; halves away from zero.
constexpr std::int32_t saturating_rounding_multiply_by_pot(std::int32_t x, int exponent) {
  if (exponent < 0) return rounding_divide_by_pot(x, -exponent);
  return saturate<std::int32_t>(std::int64_t{x} * (std::int64_t{1} << exponent));
}

// The same number with another binary point, rounded or saturated where it does not fit.
template <int kTo, int kFrom>
constexpr FixedPoint<kTo> rescale(FixedPoint<kFrom> x) {
  return {saturating_rounding_multiply_by_pot(x.raw, kFrom - kTo)};
}

namespace fixed_point_math {

// exp(a) for a in [-1/4, 0): the Taylor polynomial of degree 4 around -1/8.
constexpr FixedPoint<0> exp_on_last_quarter(FixedPoint<0> a) {
  constexpr FixedPoint<0> exp_of_minus_one_eighth{1895147668};
  constexpr FixedPoint<0> one_third{715827883};
  const FixedPoint<0> x = a + FixedPoint<0>::power_of_two(-3);
  const FixedPoint<0> x2 = x * x;
  const FixedPoint<0> x3 = x2 * x;
  const FixedPoint<0> x4 = x2 * x2;
  const FixedPoint<0> x4_over_4{rounding_divide_by_pot(x4.raw, 2)};
  const FixedPoint<0> twice_higher_terms = (x4_over_4 + x3) * one_third + x2;
  const FixedPoint<0> higher_terms{rounding_divide_by_pot(twice_higher_terms.raw, 1)};
  return exp_of_minus_one_eighth + exp_of_minus_one_eighth * (x + higher_terms);
}

// (a + b) / 2, halves away from zero.
constexpr FixedPoint<0> rounding_half_sum(FixedPoint<0> a, FixedPoint<0> b) {
  const std::int64_t sum = std::int64_t{a.raw} + b.raw;
  return {static_cast<std::int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2)};
}

// 2 / (1 + a) for a in [0, 1): three Newton steps x += x * (1 - x * d) with d = (1 + a) / 2, from
// the line 48/17 - 32/17 * d.
constexpr FixedPoint<2> two_over_one_plus(FixedPoint<0> a) {
  constexpr FixedPoint<2> forty_eight_over_17{1515870810};
  constexpr FixedPoint<2> minus_thirty_two_over_17{-1010580540};
  const FixedPoint<0> d = rounding_half_sum(a, FixedPoint<0>::one());
  FixedPoint<2> x = forty_eight_over_17 + d * minus_thirty_two_over_17;
  for (int step = 0; step < 3; ++step) {
    x = x + rescale<2>(x * (FixedPoint<2>::one() - d * x));
  }
  return x;
}

}  // namespace fixed_point_math

// exp(a) in Q0.31 for a <= 0 in Q<kIntegerBits>: a is cut into a multiple of 1/4 and a rest in
// [-1/4, 0); each set bit of the multiple, worth 2^exponent, contributes a factor exp(-2^exponent).
template <int kIntegerBits>
constexpr std::int32_t exp_on_negative_values(std::int32_t a) {
  using Input = FixedPoint<kIntegerBits>;
  // round(2^31 * exp(-2^exponent)) for exponent = -2 .. 4
  constexpr FixedPoint<0> factors[] = {{1672461947}, {1302514674}, {790015084}, {290630308},
                                       {39332535},   {720401},     {242}};
  if (a == 0) return FixedPoint<0>::one().raw;
  if constexpr (kIntegerBits > 5) {
    if (a < -(1 << (Input::kFractionalBits + 5))) return 0;
  }
  constexpr std::int32_t quarter = Input::power_of_two(-2).raw;
  const Input rest{(a & (quarter - 1)) - quarter};
  const std::int32_t multiple = (rest - Input{a}).raw;
  FixedPoint<0> result = fixed_point_math::exp_on_last_quarter(rescale<0>(rest));
  for (int exponent = -2; exponent <= 4 && exponent < kIntegerBits; ++exponent) {
    if ((multiple >> (Input::kFractionalBits + exponent) & 1) != 0) {
      result = result * factors[exponent + 2];
    }
  }
  return result.raw;
}

// 1 / (1 + a) for a in [0, 1), both Q0.31.
constexpr std::int32_t one_over_one_plus_x_for_x_in_0_1(std::int32_t a) {
  // Halving moves the binary point only.
  const FixedPoint<1> half{fixed_point_math::two_over_one_plus({a}).raw};
  return rescale<0>(half).raw;
}

// 1 / (1 + exp(-a)) in Q0.31 for a in Q<kIntegerBits>.
template <int kIntegerBits>
constexpr std::int32_t fixed_point_logistic(std::int32_t a) {
  if (a == 0) return std::int32_t{1} << 30;
  const std::int32_t minus_magnitude = a < 0 ? a : -a;
  const std::int32_t of_magnitude =
      one_over_one_plus_x_for_x_in_0_1(exp_on_negative_values<kIntegerBits>(minus_magnitude));
  return a > 0 ? of_magnitude : FixedPoint<0>::one().raw - of_magnitude;
}

// tanh(a) in Q0.31 for a in Q<kIntegerBits>: -(1 - e) / (1 + e) with e = exp(2 * a) for a < 0, and
// odd.
template <int kIntegerBits>
constexpr std::int32_t fixed_point_tanh(std::int32_t a) {
  if (a == 0) return 0;
  const std::int32_t minus_magnitude = a < 0 ? a : -a;
  // Doubling moves the binary point only.
  const std::int32_t e = exp_on_negative_values<kIntegerBits + 1>(minus_magnitude);
  const FixedPoint<2> magnitude = fixed_point_math::two_over_one_plus({e}) - FixedPoint<2>::one();
  const std::int32_t result = rescale<0>(magnitude).raw;
  return a < 0 ? -result : result;
}

// 1 / x for x > 0 in Q<x_integer_bits>: the result in Q0.31 times 2^-num_bits_over_unit, where x is
// in [2^(num_bits_over_unit), 2^(num_bits_over_unit + 1)). Source: GetReciprocal of TensorFlow
// Lite's kernels/internal/common.h.
constexpr std::int32_t get_reciprocal(std::int32_t x, int x_integer_bits, int* num_bits_over_unit) {
  const auto bits = static_cast<std::uint32_t>(x);
  const int headroom_plus_one = std::countl_zero(bits);
  *num_bits_over_unit = x_integer_bits - headroom_plus_one;
  const std::uint32_t fraction = (bits << headroom_plus_one) - (std::uint32_t{1} << 31);
  return one_over_one_plus_x_for_x_in_0_1(static_cast<std::int32_t>(fraction));
}

// 1 / sqrt(x) as multiplier * 2^(shift - 31); that of 1 for x < 1. With 5 Newton steps from 1 for x
// shifted into [1/4, 1). Source: GetInvSqrtQuantizedMultiplierExp of TensorFlow Lite's
// kernels/internal/common.h.
constexpr Rescale inverse_sqrt(std::int32_t x) {
  if (x <= 1) return {std::numeric_limits<std::int32_t>::max(), 0};
  int shift = 11;
  for (; x >= 1 << 29; ++shift) x /= 4;
  const int pairs = (std::countl_zero(static_cast<std::uint32_t>(x)) - 1) / 2 - 1;
  shift -= pairs;
  using F3 = FixedPoint<3>;
  const std::int32_t shifted = shift_left_wrapping(x, 2 * pairs) >> 1;
  const F3 half_x{rounding_divide_by_pot(shifted, 1)};
  constexpr F3 three_halves{(1 << 28) + (1 << 27)};
  F3 root = F3::one();
  for (int step = 0; step < 5; ++step) {
    const F3 cube = rescale<3>(root * root * root);
    root = rescale<3>(three_halves * root - half_x * cube);
  }
  constexpr FixedPoint<0> half_sqrt_2{1518500250};
  const std::int32_t multiplier = (root * half_sqrt_2).raw;
  if (shift < 0) return {shift_left_wrapping(multiplier, -shift), 0};
  return {multiplier, -shift};
}

// A function of 16 bits between those of its values that a table holds: `table` has them for every
// 128th x from -2^15 to 2^15, 513 in all. Differences of neighbours wrap at 16 bits as in the
// source: LUTLookup of TensorFlow Lite's kernels/internal/common.h.
constexpr std::int16_t lut_lookup(std::int16_t x, const std::int16_t* table) {
  const std::int32_t index = 256 + (x >> 7), rest = x & 127;
  const auto slope = static_cast<std::int16_t>(table[index + 1] - table[index]);
  return static_cast<std::int16_t>(table[index] + ((slope * rest + 64) >> 7));
}

namespace fixed_point_math {

// exp(-x / 24), 1 / (1 + exp(-x / 24)) and its second derivative by x in Q0.32; then in Q0.16 what
// makes chords fit best: their ends lie as far above the curve as their middles below it.
struct SigmoidTable {
  std::uint16_t of[256] = {};

  constexpr SigmoidTable() {
    constexpr std::uint64_t kOne = std::uint64_t{1} << 32, kStep = 4119687349;  // exp(-1 / 24)
    std::uint64_t exp = kOne;
    for (std::uint16_t& entry : of) {
      const std::uint64_t sigmoid = (std::uint64_t{1} << 63) / (kOne + exp) * 2;
      const std::uint64_t slope = sigmoid * (kOne - sigmoid) >> 32;
      const std::uint64_t bend = (slope * (2 * sigmoid - kOne) >> 32) / (24 * 24 * 16);
      entry = static_cast<std::uint16_t>((sigmoid + bend + (1 << 15)) >> 16);
      exp = (exp * kStep + (kOne >> 1)) >> 32;
    }
    of[255] = 0xFFFF;
  }
};
inline constexpr SigmoidTable kSigmoidTable;

// 1 / (1 + exp(-x / (24 * 2^bits))) in Q0.16 with that many bits more, `highest` from the last
// interval of the table on.
constexpr std::int32_t interpolated_sigmoid(std::uint32_t x, int bits, std::int32_t highest) {
  const bool is_beyond = x >> bits >= 255;
  const std::uint32_t index = is_beyond ? 254 : x >> bits;
  const std::int32_t first = kSigmoidTable.of[index], second = kSigmoidTable.of[index + 1];
  const auto rest = static_cast<std::int32_t>(x & ((1u << bits) - 1));
  const std::int32_t value = (first << bits) + rest * (second - first);
  return is_beyond ? highest : value;
}

constexpr std::uint32_t magnitude(std::int32_t x) {
  return x < 0 ? 0 - static_cast<std::uint32_t>(x) : static_cast<std::uint32_t>(x);
}

}  // namespace fixed_point_math

// 1 / (1 + exp(-a)) and tanh(a) in Q0.15 for a = x / (3 * 2^12), by linear interpolation in one
// table: tanh(a) is 2 / (1 + exp(-2 * a)) - 1. Source: sigmoid_table_uint16 of TensorFlow Lite's
// kernels/internal/common.cc and the functions of int16 in reference/integer_ops/logistic.h,
// tanh.h.
constexpr std::int16_t interpolated_logistic(std::int32_t x) {
  const std::int32_t value =
      fixed_point_math::interpolated_sigmoid(fixed_point_math::magnitude(x), 9, 0x7FFF << 10);
  // Signs alternate: no branch guesses them. 2^25 - value + 511 for negative x, else value + 512.
  const std::int32_t sign = x >> 31;
  const std::int32_t nudged = ((value ^ sign) - sign) + (sign & ((1 << 25) - 1)) + 512;
  return static_cast<std::int16_t>(nudged >> 10);
}
constexpr std::int16_t interpolated_tanh(std::int32_t x) {
  const std::int32_t value =
      fixed_point_math::interpolated_sigmoid(fixed_point_math::magnitude(x), 8, 0xFFFF << 8);
  // 2^23 - value + 127 for negative x, else value - 2^23 + 128.
  const std::int32_t sign = x >> 31;
  const std::int32_t nudged = ((value - (1 << 23)) ^ sign) + 128;
  return static_cast<std::int16_t>(nudged >> 8);
}

}  // namespace octet::inline OCTET_BASELINE
