// SPDX-License-Identifier: Apache-2.0
// The logarithm on 32-bit fixed-point numbers, with the bits of TensorFlow Lite's
// kernels/internal/common.h.
#pragma once

#include <bit>
#include <cstdint>

#include "octet/fixed_point_math.hpp"

namespace octet::inline OCTET_BASELINE {

// log(a) in Q<kOut> for a > 0 in Q<kIn>: a is 2^k * r with r around (1/2)^(1/4), of two such powers
// the one for which r is the smaller; log(r) is a quotient of polynomials. In the source this is
// log_x_for_x_greater_than_or_equal_to_1, which takes smaller numbers as well.
template <int kOut, int kIn>
constexpr std::int32_t log_x_for_x_greater_than_or_equal_to_1(std::int32_t a) {
  using Q0 = FixedPoint<0>;
  constexpr int kSumBits = kOut + 1;  // so that k * log(2) does not saturate
  using Sum = FixedPoint<kSumBits>;
  constexpr Q0 log_2{1488522236}, sqrt_half{1518500250}, sqrt_sqrt_half{1805811301};
  // 11/240, 1/20 and 1/4 times 2^(1/4); 2 / 2^(1/4) - 2^(1/4)
  constexpr Q0 alpha_n{117049297}, alpha_d{127690142}, alpha_f{638450708}, alpha_i{1057819769};
  constexpr std::int64_t quarter = std::int64_t{1} << (29 - kSumBits);
  const auto headroom = [](std::int32_t x) {
    return std::countl_zero(static_cast<std::uint32_t>(x)) - 1;
  };
  const auto power = [](int k, std::int64_t added) {
    return saturate<std::int32_t>(k * (std::int64_t{1} << (31 - kSumBits)) + added);
  };

  const int headroom_a = headroom(a);
  const Q0 normal{saturating_rounding_multiply_by_pot(a, headroom_a)};
  const std::int32_t r_a = saturating_rounding_multiply_by_pot((normal * sqrt_half).raw, 1);
  const std::int32_t power_a = power(kIn - headroom_a - 1, quarter);
  const int headroom_b = headroom((Q0{a} * sqrt_half).raw);
  const std::int32_t r_b = saturating_rounding_multiply_by_pot(a, headroom_b);
  const std::int32_t power_b = power(kIn - headroom_b, -quarter);

  const Q0 r{r_a < r_b ? r_a : r_b};
  const Sum exponent{power_a > power_b ? power_a : power_b};
  const Q0 p = fixed_point_math::rounding_half_sum(r, sqrt_sqrt_half);
  const Q0 half_q = r - sqrt_sqrt_half, q = half_q + half_q;
  const Q0 square = q * q;
  const Q0 numerator = q * r + q * square * alpha_n;
  const Q0 denominator_less_one = p * (alpha_i + q + alpha_d * square) + alpha_f * q;
  const Q0 reciprocal{one_over_one_plus_x_for_x_in_0_1(denominator_less_one.raw)};
  return rescale<kOut>(exponent * log_2 + rescale<kSumBits>(numerator) * reciprocal).raw;
}

}  // namespace octet::inline OCTET_BASELINE
