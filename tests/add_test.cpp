// SPDX-License-Identifier: Apache-2.0
#include "octet/add.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "octet/quantize/multiplier.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/random.hpp"
#include "support/refusal.hpp"

namespace {

using octet::Add;
using octet::AddParams;
using octet::Rounding;

// The sum in memory that ends, or begins, at a page nobody may touch.
template <class T, Rounding kRounding = Rounding::tflite>
std::vector<T> run(const AddParams& params, const std::vector<T>& x1, const std::vector<T>& x2,
                   const octet::Backend& backend, Guard guard = Guard::after) {
  const auto count = static_cast<std::int64_t>(x1.size());
  GuardedBuffer<T> memory1(x1, guard), memory2(x2, guard), y(count, guard);
  const auto add = Add<T, kRounding>::prepare(params, count, backend);
  INFO(octet::to_string(add.status()));
  REQUIRE(add);
  CHECK(&add->backend() == &backend);
  const auto bound = add->bind(memory1.span(), memory2.span(), y.span());
  REQUIRE(bound);
  bound->run();
  return {y.span().begin(), y.span().end()};
}

template <class T>
AddParams scaled_params(Random& random, Rounding rounding) {
  const auto scale = [&] {
    return std::ldexp(1.0f + std::ldexp(float(random.in(0, 999)), -10), random.in(-12, 1));
  };
  const auto zero_point = [&] {
    return random.in(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
  };
  return octet::add_params<T>(scale(), zero_point(), scale(), zero_point(), scale(), zero_point(),
                              random.one_in(2) ? octet::Activation::none : octet::Activation::relu6,
                              rounding);
}

// Nothing that a converter would make; prepare refuses most of them.
template <class T>
AddParams wild_params(Random& random) {
  constexpr std::int32_t lowest = std::numeric_limits<T>::min();
  constexpr std::int32_t highest = std::numeric_limits<T>::max();
  const auto multiplier = [&] {
    return random.one_in(8) ? 0 : random.in(1 << 30, std::numeric_limits<std::int32_t>::max());
  };
  return {.input1 = {random.in(lowest, highest), multiplier(), random.in(-12, 8)},
          .input2 = {random.in(lowest, highest), multiplier(), random.in(-12, 8)},
          .left_shift = random.in(0, 22),
          .zero_point = random.in(lowest, highest),
          .multiplier = multiplier(),
          .shift = random.in(-20, 4)};
}

template <class T, Rounding kRounding>
void check_against_reference() {
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    int accepted = 0;
    for (int i = 0; i < 600; ++i) {
      const AddParams params =
          i % 3 == 0 ? scaled_params<T>(random, kRounding) : wild_params<T>(random);
      const std::int32_t count = random.one_in(4) ? random.in(1, 2000) : random.in(1, 150);
      if (!Add<T, kRounding>::prepare(params, count, backend)) continue;
      ++accepted;
      CAPTURE(count, params.left_shift, params.input1.shift, params.input2.shift, params.shift,
              params.input1.multiplier, params.input2.multiplier, params.multiplier);
      const auto x1 = random.one_in(4) ? random.extreme_vector<T>(count) : random.vector<T>(count);
      const auto x2 = random.one_in(4) ? random.extreme_vector<T>(count) : random.vector<T>(count);
      std::vector<T> expected(x1.size());
      octet::reference::add<T, kRounding>(params, x1.data(), x2.data(), expected.data(), count);
      const Guard guard = random.one_in(2) ? Guard::before : Guard::after;
      REQUIRE(run<T, kRounding>(params, x1, x2, backend, guard) == expected);
    }
    CHECK(accepted > 100);
  });
}

const AddParams kGood = octet::add_params<std::int8_t>(0.05f, -3, 0.1f, 7, 0.12f, 1);

template <class Change>
auto prepare_with(Change change) {
  AddParams params = kGood;
  change(params);
  return Add<std::int8_t>::prepare(params, 10);
}

}  // namespace

TEMPLATE_TEST_CASE("addition equals the reference on every backend", "", std::int8_t, std::uint8_t,
                   std::int16_t) {
  check_against_reference<TestType, Rounding::tflite>();
  check_against_reference<TestType, Rounding::single>();
}

TEST_CASE("addition is right to half a step for every pair of bytes") {
  std::vector<std::int8_t> x1, x2;
  for (int a = -128; a <= 127; ++a) {
    for (int b = -128; b <= 127; ++b) {
      x1.push_back(static_cast<std::int8_t>(a));
      x2.push_back(static_cast<std::int8_t>(b));
    }
  }
  for_each_backend([&](const octet::Backend& backend) {
    const auto y = run(kGood, x1, x2, backend);
    double largest_error = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double sum = 0.05 * (x1[i] + 3) + 0.1 * (x2[i] - 7);
      const double exact = std::fmin(std::fmax(sum / 0.12 + 1, -128), 127);
      largest_error = std::fmax(largest_error, std::abs(y[i] - exact));
    }
    CHECK(largest_error < 0.5001);
  });
}

TEST_CASE("addition may write to one of its inputs") {
  const auto add = Add<std::int8_t>::prepare(kGood, 200);
  REQUIRE(add);
  Random random(test_seed());
  auto x1 = random.vector<std::int8_t>(200);
  const auto x2 = random.vector<std::int8_t>(200);
  const auto expected = run(kGood, x1, x2, octet::best_backend());
  const auto bound = add->bind(x1, x2, x1);
  REQUIRE(bound);
  bound->run();
  CHECK(x1 == expected);
}

TEST_CASE("addition refuses bad parameters") {
  REQUIRE(prepare_with([](auto&) {}));
  CHECK_REFUSED(Add<std::int8_t>::prepare(kGood, 0), invalid_shape, "count");
  CHECK_REFUSED(Add<std::int8_t>::prepare(kGood, -5), invalid_shape, "count");
  CHECK_REFUSED(Add<std::int8_t>::prepare(kGood, std::numeric_limits<std::int64_t>::max()),
                invalid_shape, "count");
  CHECK_REFUSED(prepare_with([](auto& p) { p.input1.zero_point = 128; }), zero_point_out_of_range,
                "input1.zero_point");
  CHECK_REFUSED(prepare_with([](auto& p) { p.input2.zero_point = -129; }), zero_point_out_of_range,
                "input2.zero_point");
  CHECK_REFUSED(prepare_with([](auto& p) { p.zero_point = 300; }), zero_point_out_of_range,
                "zero_point");
  CHECK_REFUSED(prepare_with([](auto& p) { p.min = -200; }), clamp_out_of_range, "min");
  CHECK_REFUSED(prepare_with([](auto& p) { p.max = 128; }), clamp_out_of_range, "max");
  CHECK_REFUSED(prepare_with([](auto& p) { p.min = 5, p.max = 4; }), clamp_out_of_range, "min");
  CHECK_REFUSED(prepare_with([](auto& p) { p.input1.multiplier = -1; }), multiplier_out_of_range,
                "input1.multiplier");
  CHECK_REFUSED(prepare_with([](auto& p) { p.input2.multiplier = 1; }), multiplier_out_of_range,
                "input2.multiplier");
  CHECK_REFUSED(prepare_with([](auto& p) { p.multiplier = (1 << 30) - 1; }),
                multiplier_out_of_range, "multiplier");
  CHECK_REFUSED(prepare_with([](auto& p) { p.left_shift = -1; }), shift_out_of_range, "left_shift");
  CHECK_REFUSED(prepare_with([](auto& p) { p.left_shift = 1000; }), shift_out_of_range,
                "left_shift");
  CHECK_REFUSED(prepare_with([](auto& p) { p.input1.shift = -32; }), shift_out_of_range,
                "input1.shift");
  CHECK_REFUSED(prepare_with([](auto& p) { p.shift = -32; }), shift_out_of_range, "shift");
}

TEST_CASE("addition refuses parameters for which a step could exceed 32 bits") {
  // 255 * 2^23 is the largest shifted difference below 2^31.
  const auto with_left_shift = [](std::int32_t left_shift) {
    return prepare_with([=](auto& p) {
      p.input1.zero_point = p.input2.zero_point = -128;
      p.left_shift = left_shift;
      p.shift = -20;
    });
  };
  CHECK(with_left_shift(23));
  CHECK_REFUSED(with_left_shift(24), shift_out_of_range, "left_shift");
  CHECK_REFUSED(prepare_with([](auto& p) { p.input1.shift = 5; }), shift_out_of_range,
                "input1.shift");
  CHECK_REFUSED(prepare_with([](auto& p) { p.input2.shift = 5; }), shift_out_of_range,
                "input2.shift");
  CHECK_REFUSED(prepare_with([](auto& p) { p.shift = 20; }), shift_out_of_range, "shift");
  // Each operand fits, their sum does not.
  CHECK_REFUSED(prepare_with([](auto& p) {
                  p.input1 = p.input2 = {-128, 0x7FFFFFFF, 3};
                  p.shift = 0;
                }),
                shift_out_of_range, "left_shift");
}

TEST_CASE("addition refuses bad memory") {
  const auto add = Add<std::int8_t>::prepare(kGood, 10);
  REQUIRE(add);
  std::vector<std::int8_t> x1(10), x2(10), y(10);
  const std::span<std::int8_t> none;
  CHECK(add->bind(x1, x2, y));
  CHECK_REFUSED(add->bind(none, x2, y), null_pointer, "x1");
  CHECK_REFUSED(add->bind(x1, none, y), null_pointer, "x2");
  CHECK_REFUSED(add->bind(x1, x2, none), null_pointer, "y");
  CHECK_REFUSED(add->bind(std::span(x1).first(9), x2, y), buffer_too_small, "x1");
  CHECK_REFUSED(add->bind(x1, std::span(x2).first(9), y), buffer_too_small, "x2");
  CHECK_REFUSED(add->bind(x1, x2, std::span(y).first(9)), buffer_too_small, "y");
  std::vector<std::int8_t> both(19);
  const std::span<std::int8_t> first = std::span(both).first(10), last = std::span(both).last(10);
  CHECK_REFUSED(add->bind(first, x2, last), overlap, "y");
  CHECK_REFUSED(add->bind(x1, last, first), overlap, "y");
  CHECK(add->bind(first, last, y));
  CHECK_REFUSED(Add<std::int8_t>().bind(x1, x2, y), unsupported, "add (not prepared)");
}
