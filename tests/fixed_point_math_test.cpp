// SPDX-License-Identifier: Apache-2.0
// The fixed-point functions against values computed by gemmlowp, and against the functions that
// they approximate.
#include "octet/fixed_point_math.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/random.hpp"

namespace {

using octet::exp_on_negative_values;
using octet::fixed_point_logistic;
using octet::fixed_point_tanh;
using octet::get_reciprocal;
using octet::one_over_one_plus_x_for_x_in_0_1;

constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kHighest = std::numeric_limits<std::int32_t>::max();

double real(std::int32_t raw, int integer_bits) { return std::ldexp(raw, integer_bits - 31); }

// The largest |function - approximation| over random arguments in [lowest, highest].
template <class Approximation, class Function>
double largest_error(Approximation approximation, Function function, int integer_bits,
                     std::int32_t lowest, std::int32_t highest) {
  Random random(test_seed());
  double largest = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::int32_t raw = random.in(lowest, highest) >> random.in(0, 30);
    const double error = std::abs(real(approximation(raw), 0) - function(real(raw, integer_bits)));
    largest = std::max(largest, error);
  }
  return largest;
}

}  // namespace

TEST_CASE("exp has gemmlowp's bits") {
  CHECK(exp_on_negative_values<0>(0) == kHighest);
  CHECK(exp_on_negative_values<5>(0) == kHighest);
  CHECK(exp_on_negative_values<0>(-165676424) == 1988036885);
  CHECK(exp_on_negative_values<0>(-1737836807) == 956048559);
  CHECK(exp_on_negative_values<0>(-1027628157) == 1330786630);
  CHECK(exp_on_negative_values<2>(-1538489376) == 122289632);
  CHECK(exp_on_negative_values<2>(-81667602) == 1844446068);
  CHECK(exp_on_negative_values<2>(-1961976690) == 55566788);
  CHECK(exp_on_negative_values<4>(-1672724062) == 8307);
  CHECK(exp_on_negative_values<4>(-289188559) == 248994143);
  CHECK(exp_on_negative_values<4>(-25448415) == 1776582018);
  CHECK(exp_on_negative_values<5>(-2017115467) == 0);
  CHECK(exp_on_negative_values<5>(-73736971) == 715717509);
  CHECK(exp_on_negative_values<5>(-257543476) == 46263587);
  CHECK(exp_on_negative_values<8>(-260916904) == 0);
  CHECK(exp_on_negative_values<8>(-30556176) == 56231214);
  CHECK(exp_on_negative_values<8>(-262809) == 2081247411);
}

TEST_CASE("1 / (1 + x) has gemmlowp's bits") {
  CHECK(one_over_one_plus_x_for_x_in_0_1(0) == kHighest);
  CHECK(one_over_one_plus_x_for_x_in_0_1(1055080487) == 1439998024);
  CHECK(one_over_one_plus_x_for_x_in_0_1(510728098) == 1734882870);
  CHECK(one_over_one_plus_x_for_x_in_0_1(163649389) == 1995422132);
  CHECK(one_over_one_plus_x_for_x_in_0_1(643471956) == 1652368108);
}

TEST_CASE("logistic has gemmlowp's bits") {
  CHECK(fixed_point_logistic<4>(0) == 1 << 30);
  CHECK(fixed_point_logistic<4>(1097877011) == 2146881984);
  CHECK(fixed_point_logistic<4>(301238101) == 1941682274);
  CHECK(fixed_point_logistic<4>(-2115811305) == 303);
  CHECK(fixed_point_logistic<4>(-1845389027) == 2295);
  CHECK(fixed_point_logistic<4>(-1232106617) == 221363);
}

TEST_CASE("tanh has gemmlowp's bits") {
  CHECK(fixed_point_tanh<4>(0) == 0);
  CHECK(fixed_point_tanh<4>(785056885) == 2147447960);
  CHECK(fixed_point_tanh<4>(-1645468378) == -2147483647);
  CHECK(fixed_point_tanh<4>(22160258) == 351377044);
  CHECK(fixed_point_tanh<4>(473836529) == 2143801016);
}

TEST_CASE("the reciprocal has TensorFlow Lite's bits") {
  int num_bits_over_unit = 0;
  CHECK(get_reciprocal(1980496660, 12, &num_bits_over_unit) == 1164275132);
  CHECK(num_bits_over_unit == 11);
  CHECK(get_reciprocal(817324274, 12, &num_bits_over_unit) == 1410604750);
  CHECK(num_bits_over_unit == 10);
  CHECK(get_reciprocal(1, 12, &num_bits_over_unit) == kHighest);
  CHECK(num_bits_over_unit == -19);
}

TEST_CASE("the functions are what their names say") {
  const auto exp = [](double x) { return std::exp(x); };
  CHECK(largest_error(exp_on_negative_values<0>, exp, 0, kLowest, -1) < 1e-6);
  CHECK(largest_error(exp_on_negative_values<5>, exp, 5, kLowest, -1) < 1e-6);
  CHECK(largest_error(exp_on_negative_values<10>, exp, 10, kLowest, -1) < 1e-6);
  CHECK(largest_error(
            one_over_one_plus_x_for_x_in_0_1, [](double x) { return 1 / (1 + x); }, 0, 0,
            kHighest) < 1e-6);
  CHECK(largest_error(
            fixed_point_logistic<4>, [](double x) { return 1 / (1 + std::exp(-x)); }, 4, kLowest,
            kHighest) < 1e-6);
  CHECK(largest_error(
            fixed_point_tanh<4>, [](double x) { return std::tanh(x); }, 4, kLowest, kHighest) <
        1e-6);
}

TEST_CASE("functions of int16 are what their names say, whatever their argument") {
  double largest_error = 0;
  for (std::int32_t x = -(1 << 18); x <= 1 << 18; x += 5) {
    const double a = x / (3.0 * (1 << 12));
    const double logistic = std::ldexp(octet::interpolated_logistic(x), -15);
    const double tanh = std::ldexp(octet::interpolated_tanh(x), -15);
    largest_error = std::max({largest_error, std::abs(logistic - 1 / (1 + std::exp(-a))),
                              std::abs(tanh - std::tanh(a))});
  }
  CHECK(largest_error < 1.6 / (1 << 15));
  CHECK(octet::interpolated_logistic(kLowest) == 1);
  CHECK(octet::interpolated_logistic(kHighest) == 0x7FFF);
  CHECK(octet::interpolated_tanh(kLowest) == -0x7FFF);
  CHECK(octet::interpolated_tanh(kHighest) == 0x7FFF);
}

TEST_CASE("values of a table of int16 are joined by lines, with differences of 16 bits") {
  std::vector<std::int16_t> table(513);
  for (int i = 0; i < 513; ++i) {
    table[static_cast<std::size_t>(i)] = static_cast<std::int16_t>(std::min(64 * i - 16384, 16384));
  }
  CHECK(octet::lut_lookup(-32768, table.data()) == -16384);
  CHECK(octet::lut_lookup(32767, table.data()) == 16384);
  CHECK(octet::lut_lookup(1, table.data()) == 1);
  CHECK(octet::lut_lookup(-1, table.data()) == 0);
  CHECK(octet::lut_lookup(127, table.data()) == 64);
  table[257] = -32768;  // a step of -32768 is one of 32768 - 2^16, and a step of 32768 the same
  CHECK(octet::lut_lookup(64, table.data()) == -16384);
  table[256] = 1;  // 1 to -32768: a step of 32767
  CHECK(octet::lut_lookup(64, table.data()) == 16385);
}

TEST_CASE("the ends of the range are defined") {
  CHECK(std::abs(real(exp_on_negative_values<0>(kLowest), 0) - std::exp(-1.0)) < 1e-6);
  CHECK(exp_on_negative_values<5>(kLowest) == 0);
  CHECK(exp_on_negative_values<6>(kLowest) == 0);
  CHECK(fixed_point_logistic<4>(kLowest) + fixed_point_logistic<4>(kHighest) <= kHighest);
  CHECK(fixed_point_tanh<4>(kLowest) == -fixed_point_tanh<4>(kHighest));
}

static_assert(exp_on_negative_values<2>(-1538489376) == 122289632);
static_assert(fixed_point_logistic<4>(301238101) == 1941682274);
static_assert(fixed_point_tanh<4>(22160258) == 351377044);
