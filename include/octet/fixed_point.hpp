// SPDX-License-Identifier: Apache-2.0
// The integer arithmetic contract: a real multiplier is an int32 `multiplier` in [2^30, 2^31) (or
// 0) and a `shift`, and stands for multiplier * 2^(shift - 31); a positive shift is a left shift.
// docs/quantization.md is the same in prose.
#pragma once

#include <cstdint>
#include <limits>

#include "octet/float32_product.hpp"
#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// min(max(x, lowest of To), highest of To)
template <class To, class From>
constexpr To saturate(From x) {
  constexpr From lowest = static_cast<From>(std::numeric_limits<To>::min());
  constexpr From highest = static_cast<From>(std::numeric_limits<To>::max());
  return static_cast<To>(x < lowest ? lowest : x > highest ? highest : x);
}

constexpr std::int32_t clamp(std::int32_t x, std::int32_t min, std::int32_t max) {
  return x < min ? min : x > max ? max : x;
}

// round(a * b / 2^31) with halves up; -2^31 * -2^31 saturates. gemmlowp's
// SaturatingRoundingDoublingHighMul, Arm's SQRDMULH.
constexpr std::int32_t saturating_rounding_doubling_high_mul(std::int32_t a, std::int32_t b) {
  constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
  if (a == lowest && b == lowest) return std::numeric_limits<std::int32_t>::max();
  const std::int64_t product = std::int64_t{a} * b;
  const std::int64_t nudge = product >= 0 ? std::int64_t{1} << 30 : 1 - (std::int64_t{1} << 30);
  return static_cast<std::int32_t>((product + nudge) / (std::int64_t{1} << 31));
}

// The same for 16 bits: round(a * b / 2^15).
constexpr std::int16_t saturating_rounding_doubling_high_mul(std::int16_t a, std::int16_t b) {
  constexpr std::int16_t lowest = std::numeric_limits<std::int16_t>::min();
  if (a == lowest && b == lowest) return std::numeric_limits<std::int16_t>::max();
  const std::int32_t product = std::int32_t{a} * b;
  const std::int32_t nudge = product >= 0 ? 1 << 14 : 1 - (1 << 14);
  return static_cast<std::int16_t>((product + nudge) / (1 << 15));
}

// round(x / 2^exponent) with halves away from zero, exponent in [0, 31]. gemmlowp's
// RoundingDivideByPOT.
template <class Integer>
constexpr Integer rounding_divide_by_pot(Integer x, int exponent) {
  const std::int64_t mask = (std::int64_t{1} << exponent) - 1;
  const std::int64_t remainder = x & mask;
  const std::int64_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return static_cast<Integer>((x >> exponent) + (remainder > threshold ? 1 : 0));
}

// The same of 64 bits, |x| < 2^62 and exponent in [1, 62]; for an exponent below that x *
// 2^-exponent.
constexpr std::int64_t rounding_shift_away(std::int64_t x, int exponent) {
  if (exponent <= 0) return x * (std::int64_t{1} << -exponent);
  const std::int64_t half = std::int64_t{1} << (exponent - 1);
  return (x + half - (x < 0 ? 1 : 0)) >> exponent;
}

// x * 2^exponent in the ring of 32-bit integers; preparation proves that it does not wrap.
constexpr std::int32_t shift_left_wrapping(std::int32_t x, int exponent) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(x) << exponent);
}

// x * 2^exponent, or the nearest int32 where that does not fit.
constexpr std::int32_t shift_left_saturating(std::int64_t x, int exponent) {
  constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t highest = std::numeric_limits<std::int32_t>::max();
  if (x > highest >> exponent) return highest;
  if (x < lowest >> exponent) return lowest;
  return static_cast<std::int32_t>(x * (std::int64_t{1} << exponent));
}

// round(x * multiplier * 2^(shift - 31)) for an int32 accumulator, shift in [-31, 30].
//
// tflite:    SaturatingRoundingDoublingHighMul(x * 2^max(shift, 0), multiplier), then
//            RoundingDivideByPOT by 2^max(-shift, 0): two roundings.
// double_up: the same, but (h + 2^(right - 1)) >> right as the second one, right = max(-shift, 0).
// single:    (x * multiplier + 2^(30 - shift)) >> (31 - shift): one rounding, halves up.
// floor:     (x * multiplier) >> (31 - shift).
// nvdla:     x * (multiplier >> 16) / 2^(15 - shift), halves away from zero.
// float32_half_even: float32_product.hpp.
//
// Source: MultiplyByQuantizedMultiplier of tflite-micro's kernels/internal/common, without and with
// TFLITE_SINGLE_ROUNDING; docs/quantization.md for the others.
constexpr std::int32_t multiply_by_quantized_multiplier(std::int32_t x, std::int32_t multiplier,
                                                        int shift,
                                                        Rounding rounding = Rounding::tflite) {
  const int left = shift > 0 ? shift : 0;
  const int right = shift > 0 ? 0 : -shift;
  const std::int64_t product = std::int64_t{x} * multiplier;
  switch (rounding) {
    case Rounding::tflite:
      return rounding_divide_by_pot(
          saturating_rounding_doubling_high_mul(shift_left_wrapping(x, left), multiplier), right);
    case Rounding::double_up: {
      const std::int64_t high =
          saturating_rounding_doubling_high_mul(shift_left_wrapping(x, left), multiplier);
      return static_cast<std::int32_t>((high + ((std::int64_t{1} << right) >> 1)) >> right);
    }
    case Rounding::single: break;
    case Rounding::floor: return static_cast<std::int32_t>(product >> (31 - shift));
    case Rounding::nvdla:
      return saturate<std::int32_t>(
          rounding_shift_away(std::int64_t{x} * (multiplier >> 16), 15 - shift));
    case Rounding::float32_half_even:
      return saturate<std::int32_t>(float32_product(x, multiplier, shift));
  }
  const std::int64_t half = std::int64_t{1} << (30 - shift);
  return static_cast<std::int32_t>((product + half) >> (31 - shift));
}

// The same of a sum of any size. Where sum * 2^max(shift, 0) does not fit int32 the nearest value
// that does is multiplied.
constexpr std::int32_t multiply_sum_by_quantized_multiplier(std::int64_t sum,
                                                            std::int32_t multiplier, int shift,
                                                            Rounding rounding) {
  const int left = shift > 0 ? shift : 0;
  return multiply_by_quantized_multiplier(shift_left_saturating(sum, left), multiplier,
                                          shift - left, rounding);
}

// A multiplier rounded to 16 bits, of which the highest stays below 2^15.
constexpr std::int32_t reduced_multiplier(std::int32_t multiplier) {
  return multiplier < 0x7FFF0000 ? (multiplier + (std::int32_t{1} << 15)) >> 16 : 0x7FFF;
}

// round(x * reduced / 2^shift) for |x| <= 2^47, reduced < 2^15 and shift in [1, 47], its low 32
// bits.
constexpr std::int32_t requantize_reduced(std::int64_t x, std::int32_t reduced, int shift) {
  return static_cast<std::int32_t>((x * reduced + (std::int64_t{1} << (shift - 1))) >> shift);
}

// The same for the int64 accumulators of the 16x8 scheme: the multiplier is first rounded to 16
// bits, then one rounding with halves up. x in [-2^47, 2^47), shift in [-31, 7].
// Source: MultiplyByQuantizedMultiplier(int64_t, ...) of tflite-micro's kernels/internal/common.
constexpr std::int32_t multiply_by_quantized_multiplier(std::int64_t x, std::int32_t multiplier,
                                                        int shift) {
  return requantize_reduced(x, reduced_multiplier(multiplier), 15 - shift);
}

// The closed form of multiply_by_quantized_multiplier that the kernels compute, for
// shift <= 0: with right = -shift,
//
//   v = ((int64(x) * multiplier + addend) >> 31) - (uint32(x) >> tie_shift)
//   result = v >> right
//
//            addend               tie_shift
//   tflite   2^30 + 2^(30+right)  31 (subtracts one from negative x)   for right >= 1
//            2^30                 32 (subtracts nothing)               for right == 0
//   double_up  the same addends   32
//   single   2^(30+right)         32
//   floor    0                    32
//   others   those of single, see rounding_margin
//
// Flooring twice is flooring once, so the two shifts are exact. tflite's first rounding adds 2^30
// at bit 31; its second one adds 2^(30+right), less 2^31 for negative values, which turns halves
// away from zero. Equality with the definition is tested in fixed_point_test.cpp.
struct RequantizeConstants {
  std::int64_t addend;
  std::int32_t tie_shift;
  std::int32_t right;
};

constexpr RequantizeConstants requantize_constants(int shift, Rounding rounding) {
  const int right = -shift;
  if (rounding == Rounding::floor) return {0, 32, right};
  const std::int64_t second = std::int64_t{1} << (30 + right);
  if (rounding == Rounding::single || !has_closed_form(rounding)) return {second, 32, right};
  constexpr std::int64_t first = std::int64_t{1} << 30;
  if (right == 0) return {first, 32, 0};
  return {first + second, rounding == Rounding::double_up ? 32 : 31, right};
}

// The other roundings have none, but are `single` except near halves, with the bits of the
// multiplier that they look at: nvdla the highest 15, float32_half_even 24.
constexpr std::int32_t significant_multiplier(std::int32_t multiplier, Rounding rounding) {
  const int dropped = rounding == Rounding::nvdla               ? 16
                      : rounding == Rounding::float32_half_even ? 7
                                                                : 0;
  return multiplier >> dropped << dropped;
}

// How near: what the rounding gives for x is no less than what `single` gives for x - margin, and
// no more than for x + margin. nvdla differs at halves only. float32_half_even rounds x and the
// product to float32 first: that changes the product by less than 2^-23 + 2^-48 of it, for |x| <
// 2^31 less than moving x by 2^8 + 1 does. Left shifts, which float32 has room for, make the margin
// a smaller part of x.
constexpr std::int32_t rounding_margin(Rounding rounding) {
  return rounding == Rounding::float32_half_even ? (1 << 8) + 1 : 1;
}

// v of the closed form.
constexpr std::int64_t before_last_shift(std::int32_t x, std::int32_t multiplier,
                                         const RequantizeConstants& constants) {
  const std::int64_t high = (std::int64_t{x} * multiplier + constants.addend) >> 31;
  const std::int64_t tie = std::int64_t{static_cast<std::uint32_t>(x)} >> constants.tie_shift;
  return high - tie;
}

constexpr std::int32_t requantize_closed_form(std::int32_t x, std::int32_t multiplier,
                                              const RequantizeConstants& constants) {
  return static_cast<std::int32_t>(before_last_shift(x, multiplier, constants) >> constants.right);
}

// The closed form adds an output zero point on the way where its addend holds this * 2^31 more: v
// is that much larger, and it is shifted back with v.
constexpr std::int64_t scaled_zero_point(std::int32_t zero_point, int right) {
  return std::int64_t{zero_point} * (std::int64_t{1} << right);
}

constexpr RequantizeConstants fold_zero_point(RequantizeConstants constants,
                                              std::int32_t zero_point) {
  constants.addend += scaled_zero_point(zero_point, constants.right) * (std::int64_t{1} << 31);
  return constants;
}

// Whether the addend has room for that.
constexpr bool has_room_for_zero_point(std::int32_t zero_point, int right) {
  constexpr std::int64_t kMost = std::int64_t{1} << 30;
  const std::int64_t scaled = scaled_zero_point(zero_point, right);
  return -kMost <= scaled && scaled <= kMost;
}

// Whether lanes of 32 bits hold v, with a zero point for which there is room and without it: where
// they do, vectors are exact. One of them does not hold -2^31. v grows with x, so that what holds
// for two values holds for all between them.
constexpr bool closed_form_fits_int32(std::int32_t x, std::int32_t multiplier,
                                      const RequantizeConstants& constants,
                                      std::int32_t zero_point) {
  const std::int64_t v = before_last_shift(x, multiplier, constants);
  const auto fits = [](std::int64_t value) {
    return value > std::numeric_limits<std::int32_t>::min() &&
           value <= std::numeric_limits<std::int32_t>::max();
  };
  return fits(v) && fits(v + scaled_zero_point(zero_point, constants.right));
}

// A largest |x| for which that is so whatever multiplier and rounding: 2^30, but one less for
// right == 31. Then v <= (2^30 * (2^31 - 1) + 2^30 + 2^(30 + right)) >> 31 = 2^30 + 2^(right - 1),
// which is at most 2^30 + 2^29 for right <= 30; with right == 31 it would be 2^31.
constexpr std::int64_t largest_vector_value(int right) {
  return (std::int64_t{1} << 30) - (right == 31 ? 1 : 0);
}

// Whether that is so with an output zero point too, if |zero_point| * 2^right <= 2^29: right is at
// most 29 for zero points other than 0, and 2^30 + 2^28 + 2^29 < 2^31.
constexpr bool folds_zero_point(std::int32_t zero_point, int right) {
  return has_room_for_zero_point(zero_point, right + 1);
}

// The closed form from unsigned products, for vector units that multiply 32 by 32 bits. The
// accumulator is biased, u = x + 2^31, and so is what it adds up to:
//
//   v = high half of (u * (2 * multiplier) + biased_addend) + (u >> tie_shift)
//   result = v >> right
//
// 2 * multiplier * 2^31 and the 1 that u >> 31 adds to x >= 0 are subtracted in the addend.
constexpr std::int32_t kAccumulatorBias = std::numeric_limits<std::int32_t>::min();

constexpr std::int64_t biased_addend(std::int32_t multiplier,
                                     const RequantizeConstants& constants) {
  const std::uint64_t bias = static_cast<std::uint64_t>(multiplier) << 32;
  const std::uint64_t tie = constants.tie_shift == 31 ? std::uint64_t{1} << 32 : 0;
  return static_cast<std::int64_t>(2 * static_cast<std::uint64_t>(constants.addend) - bias - tie);
}

constexpr std::int32_t requantize_biased_form(std::uint32_t u, std::int32_t multiplier,
                                              const RequantizeConstants& constants) {
  const std::uint64_t product = std::uint64_t{u} * (2 * static_cast<std::uint32_t>(multiplier));
  const std::uint64_t sum =
      product + static_cast<std::uint64_t>(biased_addend(multiplier, constants));
  const auto high = static_cast<std::uint32_t>(sum >> 32);
  const auto tie = static_cast<std::uint32_t>(std::uint64_t{u} >> constants.tie_shift);
  return static_cast<std::int32_t>(high + tie) >> constants.right;
}

// Whether a rounding first rounds the product to 31 fewer bits, with halves up.
constexpr bool rounds_products(Rounding rounding) {
  return rounding == Rounding::tflite || rounding == Rounding::double_up;
}

// clamp(zero_point + requantize(accumulator), min, max) for output channel `channel`: the one place
// where the output stage is defined. For int32 outputs use the accumulator itself.
template <class Out, class Accumulator>
constexpr Out requantize(Accumulator accumulator, const OutputStage& stage, std::int32_t channel) {
  std::int32_t scaled;
  if constexpr (sizeof(Accumulator) == 8) {
    scaled = multiply_by_quantized_multiplier(accumulator, stage.multiplier_of(channel),
                                              stage.shift_of(channel));
  } else {
    scaled = multiply_by_quantized_multiplier(accumulator, stage.multiplier_of(channel),
                                              stage.shift_of(channel), stage.rounding);
  }
  const std::int64_t sum = std::int64_t{scaled} + stage.zero_point;
  return static_cast<Out>(
      clamp(saturate<std::int32_t>(sum), stage.min_of<Out>(), stage.max_of<Out>()));
}

}  // namespace octet::inline OCTET_BASELINE
