// SPDX-License-Identifier: Apache-2.0
// Layers get the fastest epilogue that is exact for every accumulator that they can have, one below
// and one above each bound.
#include "octet/detail/find_epilogue.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace {

using octet::Epilogue;
using octet::RequantizeForm;
using octet::Rounding;

// The epilogue of one channel of `weights`, whose activations are int8 with zero point -128.
Epilogue epilogue_of(std::int32_t bias, std::int32_t shift, const std::vector<std::int8_t>& weights,
                     std::int32_t multiplier = 1 << 30, std::int32_t output_zero_point = 0,
                     Rounding rounding = Rounding::tflite) {
  Epilogue epilogue{};
  const octet::Status status = octet::detail::find_epilogue(
      1, static_cast<std::int64_t>(weights.size()),
      octet::detail::quantization_of<std::int8_t>(-128, 0),
      {.zero_point = output_zero_point,
       .multiplier = {&multiplier, 1},
       .shift = {&shift, 1},
       .rounding = rounding},
      [&](std::int64_t p, std::int64_t) { return weights[static_cast<std::size_t>(p)]; },
      {&bias, 1}, epilogue);
  REQUIRE(status.ok());
  return epilogue;
}

}  // namespace

TEST_CASE("packing finds out whether accumulators suit the vector epilogue") {
  using enum Epilogue;
  constexpr std::int32_t kHalf = 1 << 30;
  constexpr auto kHighest = std::numeric_limits<std::int32_t>::max();
  constexpr auto kLowest = std::numeric_limits<std::int32_t>::min();
  // A weight of 1 adds 0 to 255, one of -1 takes them away. Beyond 32 bits nothing suits them.
  for (const std::int32_t shift : {0, -1, -31}) {
    for (const std::int32_t multiplier : {kHalf, kHighest}) {
      CAPTURE(shift, multiplier);
      const auto of = [&](std::int32_t bias, std::int8_t weight) {
        return epilogue_of(bias, shift, {weight}, multiplier);
      };
      CHECK(of(0, 1) == vector);
      CHECK(of(kHalf - 256, 1) == vector);
      CHECK(of(-kHalf, 1) == vector);
      CHECK(of(kHighest - 255, 1) == (shift == -31 ? vector_full_range : vector));
      CHECK(of(kHighest - 254, 1) == scalar);
      CHECK(of(kLowest + 255, -1) == vector);
      CHECK(of(kLowest + 254, -1) == scalar);
    }
  }
  // v = x / 2 + 2^30 of the largest x but one is the largest value of 32 bits; v = x + 2^30.
  CHECK(epilogue_of(kHighest - 256, -31, {1}, kHalf) == vector);
  CHECK(epilogue_of(kHalf - 255, -31, {1}, kHighest) == vector_full_range);
  for (const std::int32_t left : {1, 2, 7, 20}) {
    CAPTURE(left);
    CHECK(epilogue_of(0, left, {1}) == vector_left_shift);
    CHECK(epilogue_of((kHighest >> left) - 255, left, {1}) == vector_left_shift);
    CHECK(epilogue_of((kHighest >> left) - 254, left, {1}) == scalar);
    CHECK(epilogue_of(kLowest >> left, left, {1}) == vector_left_shift);
    CHECK(epilogue_of((kLowest >> left) - 1, left, {1}) == scalar);
    // v = -2^31 + 1 with the highest multiplier.
    CHECK(epilogue_of(kLowest >> left, left, {1}, kHighest) == vector_left_shift);
    CHECK(epilogue_of(kLowest >> left, left, {1}, kHighest, -1) == vector_full_range);
    CHECK(epilogue_of(kLowest >> left, left, {1}, kHighest, 1) == vector_left_shift);
  }
  // The zero point times 2^right is to fit the constants.
  CHECK(epilogue_of(0, -23, {1}, kHalf, 127) == vector);
  CHECK(epilogue_of(0, -24, {1}, kHalf, 127) == vector_full_range);
  // Targets that add it behind hold v without it.
  CHECK(epilogue_of(kHighest - 255, -30, {1}, kHighest, -1) == vector_full_range);
}

TEST_CASE("packing shifts accumulators left as far as vectors have room for both of them") {
  using enum Epilogue;
  constexpr auto kHighest = std::numeric_limits<std::int32_t>::max();
  constexpr auto kLowest = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t kHalf = 1 << 30;
  for (const Rounding rounding : {Rounding::nvdla, Rounding::float32_half_even}) {
    const std::int32_t margin = octet::rounding_margin(rounding);
    CAPTURE(octet::to_string(rounding), margin);
    const auto of = [&](std::int32_t bias, std::int32_t shift, std::int32_t zero_point = 0) {
      return epilogue_of(bias, shift, {1}, kHalf, zero_point, rounding);
    };
    CHECK(of(0, -10) == vector_twice);
    CHECK(of(kHighest - 255 - margin, 0) == vector_twice);
    CHECK(of(kHighest - 254 - margin, 0) == scalar);
    CHECK(of(kLowest + margin, 0) == vector_twice);
    CHECK(of(kLowest + margin - 1, 0) == scalar);
    CHECK(of(((kHighest - margin) >> 3) - 255, 3) == vector_twice);
    CHECK(of(((kHighest - margin) >> 3) - 254, 3) == scalar);
    // The zero point times 2^right is to fit the constants, right being -shift or more.
    CHECK(of(0, -23, 127) == vector_twice);
    CHECK(of(0, -24, 127) == scalar);

    const auto left_of = [&](std::int64_t reach, std::int32_t shift, std::int32_t zero_point = 0) {
      const octet::OutputStage stage{.zero_point = zero_point,
                                     .multiplier = {&kHalf, 1},
                                     .shift = {&shift, 1},
                                     .rounding = rounding};
      return octet::detail::left_shift_twice({-reach, reach}, stage, 0);
    };
    CHECK(left_of(1 << 20, -8) == 10);
    CHECK(left_of((1 << 20) - 1, -8) == 11);
    CHECK(left_of(1 << 20, 10) == 10);
    CHECK(left_of(1 << 20, 11) == -1);
    CHECK(left_of(1 << 10, -8, 127) == 15);  // 127 * 2^23
    CHECK(left_of(1 << 10, -25) == 6);       // right is at most 31
    CHECK(left_of(0, 0) == 30);
  }
}

TEST_CASE("accumulators of any size suit vectors that double and round products") {
  octet::Layout layout{};
  layout.lanes = 4;
  const auto with = [&](Epilogue epilogue, Rounding rounding) {
    return octet::detail::epilogue_with(layout, epilogue, rounding);
  };
  for (const RequantizeForm form :
       {RequantizeForm::plain, RequantizeForm::biased, RequantizeForm::doubling}) {
    layout.requantize_form = form;
    const bool doubling = form == RequantizeForm::doubling;
    CHECK(with(Epilogue::vector, Rounding::tflite) == Epilogue::vector);
    CHECK(with(Epilogue::vector, Rounding::single) ==
          (doubling ? Epilogue::vector_left_shift : Epilogue::vector));
    CHECK(with(Epilogue::vector_full_range, Rounding::tflite) ==
          (doubling ? Epilogue::vector_left_shift : Epilogue::scalar));
    CHECK(with(Epilogue::vector_full_range, Rounding::single) == Epilogue::scalar);
    CHECK(with(Epilogue::scalar, Rounding::tflite) == Epilogue::scalar);
    CHECK(with(Epilogue::vector_twice, Rounding::nvdla) == Epilogue::vector_twice);
  }
  layout.lanes = 1;
  CHECK(with(Epilogue::vector_twice, Rounding::nvdla) == Epilogue::scalar);
}

TEST_CASE("positive and negative weights are told apart") {
  const auto reach_of = [](std::int32_t zero_point, std::vector<std::int32_t> weights,
                           std::int32_t filter_zero_point, std::int32_t bias) {
    const auto q = octet::detail::quantization_of<std::int8_t>(zero_point, filter_zero_point);
    const auto weight = [&](std::int64_t p, std::int64_t) {
      return weights[static_cast<std::size_t>(p)];
    };
    const auto k = static_cast<std::int64_t>(weights.size());
    return octet::detail::reach_of(q, octet::detail::channel_sums(k, q, weight, 0), bias);
  };
  const auto is = [](const octet::detail::Reach& reach, std::int64_t lowest, std::int64_t highest) {
    CHECK(reach.lowest == lowest);
    CHECK(reach.highest == highest);
  };
  is(reach_of(-128, {3, -5, 100}, 0, 7), 7 - 5 * 255, 7 + 103 * 255);
  is(reach_of(127, {3, -5, 100}, 0, 7), 7 - 103 * 255, 7 + 5 * 255);
  is(reach_of(0, {3, -5}, 0, -9), -9 - 3 * 128 - 5 * 127, -9 + 3 * 127 + 5 * 128);
  is(reach_of(0, {3, -5}, -6, 0), -9 * 128 - 1 * 128, 9 * 127 + 1 * 127);
  // Sums of 32 bits stand for one of 64 as long as there are no more than 2^32 of these.
  using octet::detail::Reach;
  constexpr std::int64_t k32 = std::int64_t{1} << 32;
  CHECK(Reach{-5, k32 - 6}.fits_modulo_2_32());
  CHECK_FALSE(Reach{-5, k32 - 5}.fits_modulo_2_32());
  CHECK(Reach{-(k32 / 2), k32 / 2 - 1}.fits_int32());
  CHECK_FALSE(Reach{-(k32 / 2), k32 / 2}.fits_int32());
  CHECK_FALSE(Reach{-(k32 / 2) - 1, 0}.fits_int32());
}
