// SPDX-License-Identifier: Apache-2.0
#include "octet/requantize.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <tuple>
#include <type_traits>
#include <vector>

#include "octet/quantize/multiplier.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/random.hpp"
#include "support/refusal.hpp"

namespace {

using octet::Requantize;
using octet::RequantizeParams;
using octet::Rounding;

// The result in memory that ends, or begins, at a page nobody may touch.
template <class Out, Rounding kRounding = Rounding::tflite, class In>
std::vector<Out> run(const RequantizeParams& params, const std::vector<In>& x,
                     const octet::Backend& backend, Guard guard = Guard::after) {
  const auto count = static_cast<std::int64_t>(x.size());
  GuardedBuffer<In> memory(x, guard);
  GuardedBuffer<Out> y(count, guard);
  const auto requantize = Requantize<In, Out, kRounding>::prepare(params, count, backend);
  INFO(octet::to_string(requantize.status()));
  REQUIRE(requantize);
  CHECK(&requantize->backend() == &backend);
  const auto bound = requantize->bind(memory.span(), y.span());
  REQUIRE(bound);
  bound->run();
  if constexpr (std::is_same_v<In, Out>) {
    const auto in_place = requantize->bind(memory.span(), memory.span());
    REQUIRE(in_place);
    in_place->run();
    REQUIRE(std::equal(y.span().begin(), y.span().end(), memory.span().begin()));
  }
  return {y.span().begin(), y.span().end()};
}

template <class In, class Out, Rounding kRounding>
void check_against_reference(Random& random, const octet::Backend& backend) {
  constexpr bool kWide = sizeof(In) == 4;
  int accepted = 0;
  for (int i = 0; i < 150; ++i) {
    RequantizeParams params{
        .input_zero_point =
            kWide ? 0 : random.in(std::numeric_limits<In>::min(), std::numeric_limits<In>::max()),
        .output_zero_point =
            random.in(std::numeric_limits<Out>::min(), std::numeric_limits<Out>::max()),
        .multiplier =
            random.one_in(10) ? 0 : random.in(1 << 30, std::numeric_limits<std::int32_t>::max()),
        .shift = random.in(-31, 30)};
    if (random.one_in(2)) params.shift = random.in(-8, 8);
    const std::int32_t count = random.one_in(4) ? random.in(1, 2000) : random.in(1, 150);
    if (!Requantize<In, Out, kRounding>::prepare(params, count, backend)) continue;
    ++accepted;
    CAPTURE(count, params.input_zero_point, params.output_zero_point, params.multiplier,
            params.shift);
    const auto x = random.one_in(4) ? random.extreme_vector<In>(count) : random.vector<In>(count);
    std::vector<Out> expected(x.size());
    octet::reference::requantize<Out, kRounding>(params, x.data(), expected.data(), count);
    const Guard guard = random.one_in(2) ? Guard::before : Guard::after;
    REQUIRE(run<Out, kRounding>(params, x, backend, guard) == expected);
  }
  CHECK(accepted > 50);
}

template <class In>
void check_every_output() {
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    check_against_reference<In, std::int8_t, Rounding::tflite>(random, backend);
    check_against_reference<In, std::uint8_t, Rounding::tflite>(random, backend);
    check_against_reference<In, std::int16_t, Rounding::tflite>(random, backend);
    check_against_reference<In, std::int32_t, Rounding::tflite>(random, backend);
    check_against_reference<In, std::int8_t, Rounding::single>(random, backend);
    check_against_reference<In, std::uint8_t, Rounding::single>(random, backend);
    check_against_reference<In, std::int16_t, Rounding::single>(random, backend);
    check_against_reference<In, std::int32_t, Rounding::single>(random, backend);
  });
}

using Bytes = std::vector<std::int8_t>;

}  // namespace

TEMPLATE_TEST_CASE("requantization equals the reference on every backend", "", std::int8_t,
                   std::uint8_t, std::int16_t, std::int32_t) {
  check_every_output<TestType>();
}

TEST_CASE("from uint8 to int8 is a move of the zero point") {
  const auto [multiplier, shift] = octet::rescale_multiplier(0.5f, 0.5f);
  std::vector<std::uint8_t> x;
  Bytes expected;
  for (int value = 0; value <= 255; ++value) {
    x.push_back(static_cast<std::uint8_t>(value));
    expected.push_back(static_cast<std::int8_t>(value - 128));
  }
  for_each_backend([&, m = multiplier, s = shift](const octet::Backend& backend) {
    CHECK(run<std::int8_t>({128, 0, m, s}, x, backend) == expected);
    CHECK(run<std::int8_t>({0, -128, m, s}, x, backend) == expected);
  });
}

TEST_CASE("requantization is right to half a step for every int16") {
  const auto [multiplier, shift] = octet::rescale_multiplier(0.001f, 0.25f);
  std::vector<std::int16_t> x;
  for (int value = -32768; value <= 32767; ++value) x.push_back(static_cast<std::int16_t>(value));
  for_each_backend([&, m = multiplier, s = shift](const octet::Backend& backend) {
    const auto y = run<std::int8_t>({100, -5, m, s}, x, backend);
    double largest_error = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double exact = std::fmin(std::fmax(0.001 * (x[i] - 100) / 0.25 - 5, -128), 127);
      largest_error = std::fmax(largest_error, std::abs(y[i] - exact));
    }
    CHECK(largest_error < 0.5001);
  });
}

TEST_CASE("wide values saturate once, at the end") {
  const std::vector<std::int32_t> x = {std::numeric_limits<std::int32_t>::min(), -1, 0, 1,
                                       std::numeric_limits<std::int32_t>::max()};
  for_each_backend([&](const octet::Backend& backend) {
    CHECK(run<std::int8_t>({0, 127, 1 << 30, 1}, Bytes{127, 1, 0, -1, -128}, backend) ==
          Bytes{127, 127, 127, 126, -1});
    CHECK(run<std::int32_t>({0, 1000, 1 << 30, 1}, std::vector<std::int32_t>{0, 5}, backend) ==
          std::vector<std::int32_t>{1000, 1005});
    CHECK(run<std::int8_t>({0, 3, 1 << 30, 0}, x, backend) == Bytes{-128, 3, 3, 4, 127});
    // A multiplier of 2: x * 2 wraps, as in the source.
    CHECK(run<std::int8_t>({0, 0, 1 << 30, 2}, x, backend) == Bytes{0, -2, 0, 2, -2});
  });
}

TEST_CASE("requantization refuses bad parameters") {
  const RequantizeParams good{3, -4, 1 << 30, 0};
  const auto with = [&](auto change) {
    RequantizeParams params = good;
    change(params);
    return Requantize<std::int8_t, std::int16_t>::prepare(params, 10);
  };
  REQUIRE(with([](auto&) {}));
  CHECK_REFUSED((Requantize<std::int8_t>::prepare(good, 0)), invalid_shape, "count");
  CHECK_REFUSED((Requantize<std::int8_t>::prepare(good, -1)), invalid_shape, "count");
  CHECK_REFUSED(with([](auto& p) { p.input_zero_point = 128; }), zero_point_out_of_range,
                "input_zero_point");
  CHECK_REFUSED(with([](auto& p) { p.output_zero_point = 32768; }), zero_point_out_of_range,
                "output_zero_point");
  CHECK_REFUSED(with([](auto& p) { p.multiplier = -5; }), multiplier_out_of_range, "multiplier");
  CHECK_REFUSED(with([](auto& p) { p.multiplier = 5; }), multiplier_out_of_range, "multiplier");
  CHECK_REFUSED(with([](auto& p) { p.shift = -32; }), shift_out_of_range, "shift");
  // |x - 3| is at most 131, and 131 * 2^23 < 2^31.
  CHECK(with([](auto& p) { p.shift = 23; }));
  CHECK_REFUSED(with([](auto& p) { p.shift = 24; }), shift_out_of_range, "shift");
}

TEST_CASE("requantization of int32 has no input zero point") {
  const auto prepare = [](const RequantizeParams& params) {
    return Requantize<std::int32_t, std::int8_t>::prepare(params, 10);
  };
  CHECK(prepare({0, 1, 1 << 30, 30}));
  CHECK_REFUSED(prepare({1, 1, 1 << 30, 0}), unsupported, "input_zero_point");
  CHECK_REFUSED(prepare({0, 1, 1 << 30, 31}), shift_out_of_range, "shift");
}

TEST_CASE("requantization refuses bad memory") {
  const auto requantize = Requantize<std::int8_t>::prepare({0, 0, 1 << 30, 1}, 10);
  REQUIRE(requantize);
  Bytes x(10), y(10);
  const std::span<std::int8_t> none;
  CHECK(requantize->bind(x, y));
  CHECK_REFUSED(requantize->bind(none, y), null_pointer, "x");
  CHECK_REFUSED(requantize->bind(x, none), null_pointer, "y");
  CHECK_REFUSED(requantize->bind(std::span(x).first(9), y), buffer_too_small, "x");
  CHECK_REFUSED(requantize->bind(x, std::span(y).first(9)), buffer_too_small, "y");
  Bytes both(19);
  const std::span<std::int8_t> first = std::span(both).first(10), last = std::span(both).last(10);
  CHECK_REFUSED(requantize->bind(first, last), overlap, "y");
  CHECK(requantize->bind(first, first));
  CHECK_REFUSED(Requantize<std::int8_t>().bind(x, y), unsupported, "requantize (not prepared)");
}
