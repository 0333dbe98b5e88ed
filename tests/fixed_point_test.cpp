// SPDX-License-Identifier: Apache-2.0
// The arithmetic contract against models that share nothing with it, and the closed form that the
// kernels compute against the contract. OCTET_TEST_ITERATIONS sets how many random values are
// drawn.
#include "octet/fixed_point.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/random.hpp"
#include "support/roundings.hpp"

namespace {

using octet::OutputStage;
using octet::Rounding;

__extension__ using Int128 = __int128;

constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kHighest = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t kLowestMultiplier = std::int32_t{1} << 30;

// floor(x / 2^bits)
Int128 floor_shift(Int128 x, int bits) {
  const Int128 unit = Int128{1} << bits;
  return (x >= 0 ? x : x - (unit - 1)) / unit;
}

// x / 2^bits to the nearest integer; halves up.
Int128 round_half_up(Int128 x, int bits) {
  return floor_shift(2 * x + (Int128{1} << bits), bits + 1);
}

// x / 2^bits to the nearest integer; halves away from zero.
Int128 round_half_away(Int128 x, int bits) {
  return x >= 0 ? round_half_up(x, bits) : -round_half_up(-x, bits);
}

// Two roundings: the product in units of 2^31, halves up; then the right shift, halves away from
// zero.
Int128 model_tflite(std::int32_t x, std::int32_t multiplier, int shift) {
  const int left = shift > 0 ? shift : 0;
  const int right = shift > 0 ? 0 : -shift;
  return round_half_away(round_half_up((Int128{x} << left) * multiplier, 31), right);
}

// One rounding, halves up.
Int128 model_single(std::int32_t x, std::int32_t multiplier, int shift) {
  return round_half_up(Int128{x} * multiplier, 31 - shift);
}

// Two roundings, halves up.
Int128 model_double_up(std::int32_t x, std::int32_t multiplier, int shift) {
  const int left = shift > 0 ? shift : 0;
  const int right = shift > 0 ? 0 : -shift;
  return round_half_up(round_half_up((Int128{x} << left) * multiplier, 31), right);
}

// The machine's own floating point, and the nearest int32.
Int128 model_float32(std::int32_t x, std::int32_t multiplier, int shift) {
  const float scale = std::ldexp(static_cast<float>(multiplier >> 7), shift - 24);
  const float value = std::rint(static_cast<float>(x) * scale);
  return value >= 0x1p31f ? kHighest : value < -0x1p31f ? kLowest : std::llrint(value);
}

Int128 model(std::int32_t x, std::int32_t multiplier, int shift, Rounding rounding) {
  switch (rounding) {
    case Rounding::tflite: return model_tflite(x, multiplier, shift);
    case Rounding::single: return model_single(x, multiplier, shift);
    case Rounding::double_up: return model_double_up(x, multiplier, shift);
    case Rounding::floor: return floor_shift(Int128{x} * multiplier, 31 - shift);
    case Rounding::nvdla: return round_half_away(Int128{x} * (multiplier & ~0xFFFF), 31 - shift);
    case Rounding::float32_half_even: return model_float32(x, multiplier, shift);
  }
  return 0;
}

// One rounding of the product with a multiplier of 16 bits, halves up.
Int128 model_int64(std::int64_t x, std::int32_t multiplier, int shift) {
  const Int128 rounded = round_half_up(multiplier, 16);
  const Int128 reduced = rounded > 0x7FFF ? Int128{0x7FFF} : rounded;
  return round_half_up(Int128{x} * reduced, 15 - shift);
}

const std::vector<std::int32_t> kEdgeMultipliers = {
    0,          kLowestMultiplier, kLowestMultiplier + 1,
    1518500250,  // 2^31 / sqrt(2)
    0x7FFEFFFF, 0x7FFF0000,        kHighest - 1,          kHighest,
};

// Around zero, both ends, powers of two and, for every shift, the halves of its second rounding.
std::vector<std::int32_t> edge_values() {
  std::vector<std::int32_t> values = {kLowest, kLowest + 1, kLowest + 2, kHighest - 1, kHighest};
  for (std::int32_t x = -70; x <= 70; ++x) values.push_back(x);
  for (int bit = 6; bit < 31; ++bit) {
    const std::int32_t power = std::int32_t{1} << bit;
    for (std::int32_t delta = -2; delta <= 2; ++delta) {
      values.push_back(power + delta);
      values.push_back(-power + delta);
      values.push_back(power / 2 * 3 + delta);
      values.push_back(-(power / 2 * 3) + delta);
    }
  }
  return values;
}

// Whether x * 2^shift is an int32.
bool fits(std::int32_t x, int shift) {
  const std::int64_t shifted = std::int64_t{x} * (std::int64_t{1} << (shift > 0 ? shift : 0));
  return shifted >= kLowest && shifted <= kHighest;
}

std::int32_t random_multiplier(Random& random) {
  return random.one_in(8) ? kEdgeMultipliers[random.next() % kEdgeMultipliers.size()]
                          : random.in(kLowestMultiplier, kHighest);
}

// Any magnitude is as likely as any other.
std::int32_t random_value(Random& random) {
  return static_cast<std::int32_t>(random.next()) >> random.in(0, 31);
}

// One failing triple says more than a count, and CHECK for each of 10^7 values is slow.
struct Mismatch {
  std::int64_t count = 0;
  std::int64_t x = 0;
  std::int32_t multiplier = 0;
  int shift = 0;

  template <class A, class B>
  void compare(A got, B expected, std::int64_t at_x, std::int32_t at_multiplier, int at_shift) {
    if (got == expected) return;
    if (count++ == 0) {
      x = at_x;
      multiplier = at_multiplier;
      shift = at_shift;
    }
  }
};

#define CHECK_NO_MISMATCH(mismatch)                                                   \
  do {                                                                                \
    CAPTURE((mismatch).x, (mismatch).multiplier, (mismatch).shift, (mismatch).count); \
    CHECK((mismatch).count == 0);                                                     \
  } while (false)

Mismatch definition_against_model(Random& random, std::int64_t iterations, Rounding rounding) {
  Mismatch mismatch;
  const auto compare = [&](std::int32_t x, std::int32_t multiplier, int shift) {
    if (!fits(x, shift)) return;
    mismatch.compare(octet::multiply_by_quantized_multiplier(x, multiplier, shift, rounding),
                     model(x, multiplier, shift, rounding), x, multiplier, shift);
  };
  for (const std::int32_t x : edge_values()) {
    for (const std::int32_t multiplier : kEdgeMultipliers) {
      for (int shift = -31; shift <= 30; ++shift) compare(x, multiplier, shift);
    }
  }
  for (std::int64_t i = 0; i < iterations; ++i) {
    const int shift = random.in(-31, 30);
    const std::int32_t x = random_value(random) >> (shift > 0 ? random.in(0, shift) : 0);
    compare(x, random_multiplier(random), shift);
  }
  return mismatch;
}

Mismatch closed_form_against_definition(Random& random, std::int64_t iterations,
                                        Rounding rounding) {
  Mismatch mismatch;
  const auto compare = [&](std::int32_t x, std::int32_t multiplier, int shift) {
    const auto constants = octet::requantize_constants(shift, rounding);
    mismatch.compare(octet::requantize_closed_form(x, multiplier, constants),
                     octet::multiply_by_quantized_multiplier(x, multiplier, shift, rounding), x,
                     multiplier, shift);
    // With an output zero point, and as far as 32 bits go.
    const std::int32_t zero_point =
        random.in(0, 3) == 0 ? 0 : random.in(-32768, 32767) >> random.in(0, 15);
    if (!octet::has_room_for_zero_point(zero_point, -shift) ||
        !octet::closed_form_fits_int32(x, multiplier, constants, zero_point)) {
      return;
    }
    const auto folded = octet::fold_zero_point(constants, zero_point);
    const std::int32_t expected =
        octet::multiply_by_quantized_multiplier(x, multiplier, shift, rounding) + zero_point;
    mismatch.compare(octet::requantize_closed_form(x, multiplier, folded), expected, x, multiplier,
                     shift);
    const std::uint32_t biased = static_cast<std::uint32_t>(x ^ octet::kAccumulatorBias);
    mismatch.compare(octet::requantize_biased_form(biased, multiplier, folded), expected, x,
                     multiplier, shift);
  };
  for (const std::int32_t x : edge_values()) {
    for (const std::int32_t multiplier : kEdgeMultipliers) {
      for (int shift = -31; shift <= 0; ++shift) compare(x, multiplier, shift);
    }
  }
  for (std::int64_t i = 0; i < iterations; ++i) {
    compare(random_value(random), random_multiplier(random), random.in(-31, 0));
  }
  return mismatch;
}

}  // namespace

TEST_CASE("the definition of requantization equals an exact model, and the closed form it") {
  const auto check = [](auto compare, std::span<const Rounding> roundings,
                        std::int64_t iterations) {
    Random random(test_seed());
    CAPTURE(random.seed());
    for (const Rounding rounding : roundings) {
      CAPTURE(static_cast<int>(rounding));
      CHECK_NO_MISMATCH(compare(random, iterations, rounding));
    }
  };
  const std::span<const Rounding> all(octet::kRoundings);
  check(definition_against_model, all, test_iterations(500'000));
  check(closed_form_against_definition, all.first(kClosedForms), test_iterations(5'000'000));
}

TEST_CASE("32 bits hold every value for which rescalings take vectors") {
  for (const Rounding rounding : std::span(octet::kRoundings).first(kClosedForms)) {
    for (int right = 0; right <= 31; ++right) {
      const auto constants = octet::requantize_constants(-right, rounding);
      const std::int64_t largest = octet::largest_vector_value(right);
      const std::int32_t most = (1 << 29) >> right;
      for (const std::int32_t zero_point : {0, 1, most, most + 1, 127, 255, 32767, 32768}) {
        for (const std::int32_t signed_zero_point : {zero_point, -zero_point}) {
          const bool folds = octet::folds_zero_point(signed_zero_point, right);
          CHECK(folds == (std::int64_t{zero_point} << right <= 1 << 29));
          if (!folds) continue;
          for (const std::int32_t multiplier : kEdgeMultipliers) {
            for (const std::int64_t x : {largest, -largest}) {
              CAPTURE(right, x, multiplier, signed_zero_point);
              CHECK(octet::has_room_for_zero_point(signed_zero_point, right));
              CHECK(octet::closed_form_fits_int32(static_cast<std::int32_t>(x), multiplier,
                                                  constants, signed_zero_point));
            }
          }
        }
      }
    }
  }
}

TEST_CASE("roundings without a closed form are single except within their margin of a half") {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (const Rounding rounding : std::span(octet::kRoundings).subspan(kClosedForms)) {
    const std::int32_t margin = octet::rounding_margin(rounding);
    Mismatch mismatch;
    std::int64_t decided = 0;
    const std::int64_t iterations = test_iterations(2'000'000);
    for (std::int64_t i = 0; i < iterations; ++i) {
      const std::int32_t multiplier = random_multiplier(random);
      const std::int32_t significant = octet::significant_multiplier(multiplier, rounding);
      const int shift = random.in(-31, 0);
      Int128 x = random_value(random);
      if (significant != 0 && random.one_in(2)) {
        // About as far from a half as the margin reaches.
        const Int128 half = floor_shift(x * significant, 31 - shift) * 2 + 1;
        x = half * (Int128{1} << (30 - shift)) / significant + random.in(-margin - 2, margin + 2);
      }
      if (x - margin < kLowest || x + margin > kHighest) continue;
      const auto single = [&](int moved) {
        return octet::multiply_by_quantized_multiplier(static_cast<std::int32_t>(x + moved),
                                                       significant, shift, Rounding::single);
      };
      const Int128 expected = model(static_cast<std::int32_t>(x), multiplier, shift, rounding);
      const Int128 lower = single(-margin), higher = single(margin);
      mismatch.compare(expected < lower    ? lower
                       : expected > higher ? higher
                                           : expected,
                       expected, static_cast<std::int64_t>(x), multiplier, shift);
      decided += lower == higher;
    }
    CAPTURE(octet::to_string(rounding));
    CHECK_NO_MISMATCH(mismatch);
    CHECK(decided > iterations / 4);
  }
}

TEST_CASE("the closed form equals the definition on every tie of the second rounding") {
  // With the multiplier 2^30, one half, x = 2 * (k + 1/2) * 2^right lies half way between two
  // results.
  Mismatch tflite, single;
  for (int right = 1; right <= 30; ++right) {
    const std::int64_t step = std::int64_t{1} << right;
    for (std::int64_t k = -1000; k <= 1000; ++k) {
      const std::int64_t tie = 2 * k * step + step;
      if (tie - 1 < kLowest || tie + 1 > kHighest) continue;
      for (std::int64_t x = tie - 1; x <= tie + 1; ++x) {
        const auto value = static_cast<std::int32_t>(x);
        tflite.compare(
            octet::requantize_closed_form(value, kLowestMultiplier,
                                          octet::requantize_constants(-right, Rounding::tflite)),
            model_tflite(value, kLowestMultiplier, -right), x, kLowestMultiplier, -right);
        single.compare(
            octet::requantize_closed_form(value, kLowestMultiplier,
                                          octet::requantize_constants(-right, Rounding::single)),
            model_single(value, kLowestMultiplier, -right), x, kLowestMultiplier, -right);
      }
      const auto value = static_cast<std::int32_t>(tie);
      const std::int64_t away = k >= 0 ? k + 1 : k;
      tflite.compare(octet::multiply_by_quantized_multiplier(value, kLowestMultiplier, -right),
                     away, tie, kLowestMultiplier, -right);
      single.compare(octet::multiply_by_quantized_multiplier(value, kLowestMultiplier, -right,
                                                             Rounding::single),
                     k + 1, tie, kLowestMultiplier, -right);
    }
  }
  CHECK_NO_MISMATCH(tflite);
  CHECK_NO_MISMATCH(single);
}

TEST_CASE("powers of two are right shifts") {
  const auto shifted = [](std::int32_t x, std::int32_t n, Rounding rounding) {
    const octet::Rescale factor = octet::power_of_two(n);
    return octet::multiply_by_quantized_multiplier(x, factor.multiplier, factor.shift, rounding);
  };
  Mismatch mismatch;
  for (const std::int32_t x : edge_values()) {
    for (int n = 0; n <= 31; ++n) {
      mismatch.compare(shifted(x, n, Rounding::floor), x >> n, x, 0, n);
      mismatch.compare(shifted(x, n, Rounding::single), round_half_up(x, n), x, 0, n);
    }
  }
  CHECK_NO_MISMATCH(mismatch);
}

TEST_CASE("requantization of int64 accumulators equals an exact model") {
  Random random(test_seed());
  CAPTURE(random.seed());
  Mismatch mismatch;
  const auto compare = [&](std::int64_t x, std::int32_t multiplier, int shift) {
    const Int128 expected = model_int64(x, multiplier, shift);
    if (expected < kLowest || expected > kHighest) return;
    mismatch.compare(octet::multiply_by_quantized_multiplier(x, multiplier, shift), expected, x,
                     multiplier, shift);
  };
  constexpr std::int64_t limit = std::int64_t{1} << 47;
  for (const std::int64_t x : {-limit, -limit + 1, limit - 1, std::int64_t{kLowest},
                               std::int64_t{kHighest}, std::int64_t{-1}, std::int64_t{0},
                               std::int64_t{1}, std::int64_t{1} << 40, -(std::int64_t{1} << 40)}) {
    for (const std::int32_t multiplier : kEdgeMultipliers) {
      for (int shift = -31; shift <= 7; ++shift) compare(x, multiplier, shift);
    }
  }
  const std::int64_t iterations = test_iterations(1'000'000);
  for (std::int64_t i = 0; i < iterations; ++i) {
    const std::int64_t x = static_cast<std::int64_t>(random.next()) >> random.in(16, 63);
    compare(x, random_multiplier(random), random.in(-31, 7));
  }
  CHECK_NO_MISMATCH(mismatch);
}

TEST_CASE("the 16-bit multiplier of int64 accumulators is capped") {
  CHECK(octet::multiply_by_quantized_multiplier(std::int64_t{1} << 15, 0x7FFEFFFF, 0) == 0x7FFF);
  CHECK(octet::multiply_by_quantized_multiplier(std::int64_t{1} << 15, 0x7FFF0000, 0) == 0x7FFF);
  CHECK(octet::multiply_by_quantized_multiplier(std::int64_t{1} << 15, kHighest, 0) == 0x7FFF);
}

TEST_CASE("the doubling high product rounds halves up and saturates once") {
  using octet::saturating_rounding_doubling_high_mul;
  CHECK(saturating_rounding_doubling_high_mul(kLowest, kLowest) == kHighest);
  CHECK(saturating_rounding_doubling_high_mul(kLowest, kHighest) == -kHighest);
  CHECK(saturating_rounding_doubling_high_mul(1, kLowestMultiplier) == 1);
  CHECK(saturating_rounding_doubling_high_mul(-1, kLowestMultiplier) == 0);
  CHECK(saturating_rounding_doubling_high_mul(3, kLowestMultiplier) == 2);
  CHECK(saturating_rounding_doubling_high_mul(-3, kLowestMultiplier) == -1);

  constexpr std::int16_t lowest16 = std::numeric_limits<std::int16_t>::min();
  CHECK(saturating_rounding_doubling_high_mul(lowest16, lowest16) == 32767);
  Mismatch mismatch;
  for (std::int32_t a = -32768; a <= 32767; a += 7) {
    for (std::int32_t b : {-32768, -32767, -16384, -1, 0, 1, 3, 16384, 32767}) {
      if (a == -32768 && b == -32768) continue;
      mismatch.compare(saturating_rounding_doubling_high_mul(static_cast<std::int16_t>(a),
                                                             static_cast<std::int16_t>(b)),
                       round_half_up(Int128{a} * b, 15), a, b, 0);
    }
  }
  CHECK_NO_MISMATCH(mismatch);
}

TEST_CASE("division by a power of two rounds halves away from zero") {
  Mismatch mismatch;
  for (const std::int32_t x : edge_values()) {
    for (int exponent = 0; exponent <= 31; ++exponent) {
      mismatch.compare(octet::rounding_divide_by_pot(x, exponent), round_half_away(x, exponent), x,
                       0, exponent);
    }
  }
  CHECK_NO_MISMATCH(mismatch);
  CHECK(octet::rounding_divide_by_pot(std::int64_t{1} << 40, 36) == 16);
}

TEST_CASE("left shifts saturate only what does not fit") {
  Mismatch mismatch;
  for (int exponent = 0; exponent <= 31; ++exponent) {
    const std::int64_t most = std::int64_t{kHighest} >> exponent;
    for (const std::int64_t x :
         {most - 1, most, most + 1, -most - 2, -most - 1, -most, std::int64_t{0},
          std::int64_t{1} << 50, -(std::int64_t{1} << 50)}) {
      const Int128 exact = Int128{x} * (Int128{1} << exponent);
      mismatch.compare(octet::shift_left_saturating(x, exponent),
                       exact > kHighest  ? Int128{kHighest}
                       : exact < kLowest ? Int128{kLowest}
                                         : exact,
                       x, 0, exponent);
    }
  }
  CHECK_NO_MISMATCH(mismatch);
}

TEST_CASE("saturation and clamps") {
  CHECK(octet::saturate<std::int8_t>(-129) == -128);
  CHECK(octet::saturate<std::int8_t>(128) == 127);
  CHECK(octet::saturate<std::int8_t>(-5) == -5);
  CHECK(octet::saturate<std::uint8_t>(-1) == 0);
  CHECK(octet::saturate<std::uint8_t>(256) == 255);
  CHECK(octet::saturate<std::int16_t>(40000) == 32767);
  CHECK(octet::saturate<std::int32_t>(std::int64_t{1} << 40) == kHighest);
  CHECK(octet::saturate<std::int32_t>(-(std::int64_t{1} << 40)) == kLowest);
  CHECK(octet::clamp(5, -1, 3) == 3);
  CHECK(octet::clamp(-5, -1, 3) == -1);
  CHECK(octet::clamp(2, -1, 3) == 2);
}

TEST_CASE("the output stage adds the zero point, clamps and saturates") {
  const std::int32_t multipliers[] = {kLowestMultiplier, kLowestMultiplier};
  const std::int32_t shifts[] = {1, 0};
  OutputStage stage{.zero_point = 10, .multiplier = multipliers, .shift = shifts};
  CHECK(octet::requantize<std::int8_t>(20, stage, 0) == 30);
  CHECK(octet::requantize<std::int8_t>(20, stage, 1) == 20);
  CHECK(octet::requantize<std::int8_t>(1000, stage, 0) == 127);
  CHECK(octet::requantize<std::int8_t>(-1000, stage, 0) == -128);
  CHECK(octet::requantize<std::uint8_t>(1000, stage, 0) == 255);
  CHECK(octet::requantize<std::uint8_t>(-1000, stage, 0) == 0);
  CHECK(octet::requantize<std::int16_t>(1000, stage, 0) == 1010);
  CHECK(octet::requantize<std::int8_t>(std::int64_t{20}, stage, 0) == 30);
  stage.min = 12;
  stage.max = 14;
  CHECK(octet::requantize<std::int8_t>(1000, stage, 0) == 14);
  CHECK(octet::requantize<std::int8_t>(-1000, stage, 0) == 12);
  CHECK(octet::requantize<std::int8_t>(3, stage, 0) == 13);
  // The sum with the zero point is formed in 64 bits.
  stage = {.zero_point = 127, .multiplier = {multipliers, 1}, .shift = {shifts, 1}};
  CHECK(octet::requantize<std::int8_t>(kHighest / 2, stage, 1) == 127);
}

static_assert(octet::multiply_by_quantized_multiplier(7, kLowestMultiplier, -1) == 2);
static_assert(octet::multiply_by_quantized_multiplier(-6, kLowestMultiplier, -1,
                                                      Rounding::single) == -1);
static_assert(octet::multiply_by_quantized_multiplier(-6, kLowestMultiplier, -1) == -2);
