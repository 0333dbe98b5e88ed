// SPDX-License-Identifier: Apache-2.0
#include "octet/quantize/quantize.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "support/random.hpp"

namespace {

using octet::dequantize;
using octet::quantize;
using octet::TensorQuantization;

// The source's formula, with the conversion of what leaves 32 bits left out.
template <class T>
T expected(float real, const TensorQuantization& to) {
  const double steps = std::round(double{real / to.scale}) + to.zero_point;
  return static_cast<T>(std::clamp(steps, double{std::numeric_limits<T>::min()},
                                   double{std::numeric_limits<T>::max()}));
}

template <class T>
void check_random(Random& random) {
  for (std::int64_t i = test_iterations(30000); i > 0; --i) {
    const TensorQuantization to{
        std::ldexp(1.0f + static_cast<float>(random.in(0, 0x7fffff)) * 0x1p-23f,
                   random.in(-20, 10)),
        random.in(std::numeric_limits<T>::min(), std::numeric_limits<T>::max())};
    const int range = 1 << (8 * sizeof(T) + 1);
    float real = static_cast<float>(random.in(-range, range)) * 0.5f * to.scale;  // ties
    if (random.one_in(2)) real *= static_cast<float>(random.in(0, 2000)) * 0.001f;
    CAPTURE(real, to.scale, to.zero_point);
    const T value = quantize<T>(real, to);
    REQUIRE(value == expected<T>(real, to));
    const double exact = double{to.scale} * (value - to.zero_point);
    REQUIRE(dequantize(value, to) == static_cast<float>(exact));
  }
}

}  // namespace

TEST_CASE("quantize rounds to the nearest step, halves away from zero, and saturates") {
  constexpr TensorQuantization to{0.5f, 3};
  static_assert(quantize<std::int8_t>(1.25f, to) == 6 && quantize<std::int8_t>(-1.25f, to) == 0);
  CHECK(quantize<std::int8_t>(0.24f, to) == 3);
  CHECK(quantize<std::int8_t>(-0.25f, to) == 2);
  CHECK(quantize<std::int8_t>(1e30f, to) == 127);
  CHECK(quantize<std::int8_t>(-1e30f, to) == -128);
  CHECK(quantize<std::uint8_t>(-2.0f, to) == 0);
  CHECK(quantize<std::int16_t>(std::numeric_limits<float>::infinity(), to) == 32767);
  CHECK(quantize<std::int16_t>(std::numeric_limits<float>::quiet_NaN(), to) == -32768);
  // 0.49999997 plus a half is 1 in float32, but nearer to 0.
  CHECK(quantize<std::int8_t>(std::nextafter(0.5f, 0.0f), {1, 0}) == 0);
}

TEST_CASE("quantize and dequantize are the source's formulas") {
  Random random(test_seed());
  CAPTURE(random.seed());
  check_random<std::int8_t>(random);
  check_random<std::uint8_t>(random);
  check_random<std::int16_t>(random);
}

TEST_CASE("dequantizing and quantizing again changes nothing") {
  constexpr TensorQuantization quantization{0.1f, -7};
  std::array<std::int8_t, 256> all{}, again{};
  for (int i = 0; i < 256; ++i) all[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(i);
  std::array<float, 256> reals{};
  dequantize<std::int8_t>(all, quantization, reals);
  quantize<std::int8_t>(reals, quantization, again);
  CHECK(again == all);
  // Not an element more than both hold.
  std::array<std::int8_t, 3> few{1, 2, 3};
  quantize<std::int8_t>(reals, quantization, std::span(few).first(2));
  CHECK(few == std::array<std::int8_t, 3>{all[0], all[1], 3});
}
