// SPDX-License-Identifier: Apache-2.0
// The family binary: every operation of it equals its reference on every backend.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <tuple>
#include <vector>

#include "octet/quantize/binary.hpp"
#include "support/backends.hpp"
#include "support/binary_cases.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/random.hpp"
#include "support/refusal.hpp"

namespace {

template <class Case>
std::vector<typename Case::Out> run(const typename Case::Operation::Params& params,
                                    const std::vector<typename Case::T>& x1,
                                    const std::vector<typename Case::T>& x2,
                                    const octet::Backend& backend, Guard guard = Guard::after) {
  using T = typename Case::T;
  const auto operation = Case::Operation::prepare(params, backend);
  REQUIRE(operation.status().code == octet::StatusCode::ok);
  GuardedBuffer<T> input1(x1, guard), input2(x2, guard);
  GuardedBuffer<typename Case::Out> output(operation->output_shape().size(), guard);
  const auto bound = operation->bind(input1.span(), input2.span(), output.span());
  REQUIRE(bound.status().code == octet::StatusCode::ok);
  bound->run();
  return {output.span().begin(), output.span().end()};
}

template <class Case>
auto good_params() {
  Random random(1);
  for (;;) {
    auto params = Case::params(random);
    params.input1.shape = params.input2.shape = {2, {2, 5}};
    if (Case::Operation::validate(params).ok()) return params;
  }
}

std::vector<std::int8_t> all_bytes(bool repeated) {
  std::vector<std::int8_t> bytes;
  for (int i = 0; i < 256 * 256; ++i) {
    bytes.push_back(static_cast<std::int8_t>(repeated ? i / 256 : i % 256));
  }
  return bytes;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("binary operations equal their reference on every backend", "",
                        BinaryOperations) {
  using T = typename TestType::T;
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    int accepted = 0;
    const std::int64_t iterations = test_iterations(300);
    for (std::int64_t i = 0; i < iterations; ++i) {
      auto params = TestType::params(random);
      std::tie(params.input1.shape, params.input2.shape) = any_shapes(random);
      if (!TestType::Operation::validate(params).ok()) continue;
      ++accepted;
      const auto draw = [&](const Shape& shape) {
        return random.one_in(3) ? random.extreme_vector<T>(shape.size())
                                : random.vector<T>(shape.size());
      };
      const std::vector<T> x1 = draw(params.input1.shape), x2 = draw(params.input2.shape);
      const Shape out = octet::broadcast_shape(params.input1.shape, params.input2.shape);
      std::vector<typename TestType::Out> expected(static_cast<std::size_t>(out.size()));
      TestType::reference(params, x1.data(), x2.data(), expected.data());
      const Guard guard = random.one_in(4) ? Guard::before : Guard::after;
      CAPTURE(i);
      REQUIRE(run<TestType>(params, x1, x2, backend, guard) == expected);
    }
    CHECK(accepted > iterations / 5);
  });
}

TEMPLATE_LIST_TEST_CASE("binary operations may write to an input of the output's size", "",
                        BinaryOperations) {
  using T = typename TestType::T;
  if constexpr (!std::is_same_v<T, typename TestType::Out>) {
    CHECK(sizeof(typename TestType::Out) == 1);  // comparisons
  } else {
    auto params = good_params<TestType>();
    params.input1.shape = {2, {3, 67}};
    params.input2.shape = {1, {67}};
    Random random(test_seed());
    CAPTURE(random.seed());
    auto x1 = random.vector<T>(201), x2 = random.vector<T>(67);
    const auto expected = run<TestType>(params, x1, x2, octet::best_backend());
    const auto operation = TestType::Operation::prepare(params);
    REQUIRE(operation);
    CHECK_REFUSED(operation->bind(x1, std::span<const T>(x1).first(67), x1), overlap, "output");
    const auto bound = operation->bind(x1, x2, x1);
    REQUIRE(bound);
    bound->run();
    CHECK(x1 == expected);
  }
}

TEMPLATE_LIST_TEST_CASE("binary operations refuse bad parameters", "", BinaryOperations) {
  using T = typename TestType::T;
  using Operation = typename TestType::Operation;
  [[maybe_unused]] constexpr std::int32_t kTooHigh = sizeof(T) == 4 ? 0 : 1 << (8 * sizeof(T));
  const auto with = [](auto change) {
    auto params = good_params<TestType>();
    change(params);
    return Operation::prepare(params);
  };
  REQUIRE(with([](auto&) {}));
  CHECK_REFUSED(with([](auto& p) { p.input1.shape.rank = 7; }), invalid_shape, "input1.shape.rank");
  CHECK_REFUSED(with([](auto& p) { p.input2.shape.rank = -1; }), invalid_shape,
                "input2.shape.rank");
  CHECK_REFUSED(with([](auto& p) { p.input1.shape.extent[1] = 0; }), invalid_shape,
                "input1.shape.extent[1]");
  CHECK_REFUSED(with([](auto& p) { p.input2.shape.extent[0] = 3; }), invalid_shape,
                "input2.shape.extent[0]");
  CHECK_REFUSED(with([](auto& p) {
                  p.input1.shape = p.input2.shape = {3, {1 << 30, 1 << 30, 1 << 30}};
                }),
                invalid_shape, "input1.shape");
  CHECK_REFUSED(with([](auto& p) {
                  constexpr std::int32_t kMany = sizeof(void*) > 4 ? 1 << 29 : 1 << 13;
                  p.input1.shape = {3, {kMany, kMany, 1}};
                  p.input2.shape = {3, {1, 1, kMany}};
                }),
                invalid_shape, "output");
  if constexpr (sizeof(T) < 4) {
    CHECK_REFUSED(with([](auto& p) { p.input1.zero_point = kTooHigh; }), zero_point_out_of_range,
                  "input1.zero_point");
    CHECK_REFUSED(with([](auto& p) { p.input2.zero_point = kTooHigh; }), zero_point_out_of_range,
                  "input2.zero_point");
  }
  if constexpr (kHasOutput<typename Operation::Params>) {
    CHECK_REFUSED(with([](auto& p) { p.output.zero_point = kTooHigh; }), zero_point_out_of_range,
                  "output.zero_point");
    CHECK_REFUSED(with([](auto& p) { p.output.min = -100000; }), clamp_out_of_range, "output.min");
    CHECK_REFUSED(with([](auto& p) { p.output.max = kTooHigh; }), clamp_out_of_range, "output.max");
    CHECK_REFUSED(with([](auto& p) { p.output.min = 5, p.output.max = 4; }), clamp_out_of_range,
                  "output.min");
    CHECK_REFUSED(with([](auto& p) { p.output.rescale.multiplier = (1 << 30) - 1; }),
                  multiplier_out_of_range, "output.rescale.multiplier");
    CHECK_REFUSED(with([](auto& p) { p.output.rescale.shift = -32; }), shift_out_of_range,
                  "output.rescale.shift");
    CHECK_REFUSED(with([](auto& p) { p.output.rescale.shift = 30; }), shift_out_of_range,
                  "output.rescale.shift");
  }
}

TEMPLATE_LIST_TEST_CASE("binary operations refuse bad memory", "", BinaryOperations) {
  using T = typename TestType::T;
  using Operation = typename TestType::Operation;
  const auto operation = Operation::prepare(good_params<TestType>());
  REQUIRE(operation);
  using Out = typename TestType::Out;
  std::vector<T> x1(10), x2(10);
  std::vector<Out> y(10);
  const std::span<T> none;
  const std::span<Out> no_output;
  CHECK_REFUSED(operation->bind(none, x2, y), null_pointer, "input1");
  CHECK_REFUSED(operation->bind(x1, none, y), null_pointer, "input2");
  CHECK_REFUSED(operation->bind(x1, x2, no_output), null_pointer, "output");
  CHECK_REFUSED(operation->bind(std::span(x1).first(9), x2, y), buffer_too_small, "input1");
  CHECK_REFUSED(operation->bind(x1, std::span(x2).first(9), y), buffer_too_small, "input2");
  CHECK_REFUSED(operation->bind(x1, x2, std::span(y).first(9)), buffer_too_small, "output");
  std::vector<T> both(19);
  const std::span<T> first = std::span(both).first(10), last = std::span(both).last(10);
  const auto as_output = [](std::span<T> in) {
    return std::span<Out>(reinterpret_cast<Out*>(in.data()), 10);
  };
  CHECK_REFUSED(operation->bind(first, x2, as_output(last)), overlap, "output");
  const bool is_narrower = sizeof(Out) < sizeof(T);
  CHECK_REFUSED(operation->bind(x1, last, as_output(is_narrower ? last.subspan(1) : first)),
                overlap, "output");
  CHECK_REFUSED(Operation().bind(x1, x2, y), not_prepared, Operation::kName);

  auto bound = operation->bind(first, last, y);
  REQUIRE(bound);
  static_assert(sizeof *bound <= 160);
  CHECK(bound->rebind(x1, x2, y).ok());
  CHECK(bound->rebind(none, x2, y).code == octet::StatusCode::null_pointer);
}

TEST_CASE("binary operations are right to half a step for every pair of bytes") {
  const auto x1 = all_bytes(true), x2 = all_bytes(false);
  const Shape shape{1, {256 * 256}};
  // exact(x1, x2), before it is clamped to an output.
  const auto check = [&](auto is_case, const auto& params, const auto& exact) {
    for_each_backend([&](const octet::Backend& backend) {
      const auto y = run<decltype(is_case)>(params, x1, x2, backend);
      double largest_error = 0;
      for (std::size_t i = 0; i < y.size(); ++i) {
        const double value = exact(x1[i], x2[i]);
        if (std::isnan(value)) continue;
        const double clamped = std::fmin(std::fmax(value, -128), 127);
        largest_error = std::fmax(largest_error, std::abs(y[i] - clamped));
      }
      CHECK(largest_error < 0.5001);
    });
  };
  check(Add<std::int8_t>(),
        octet::add_params<std::int8_t>({shape, {0.05f, -3}, shape, {0.1f, 7}, {0.12f, 1}}),
        [](int a, int b) { return (0.05 * (a + 3) + 0.1 * (b - 7)) / 0.12 + 1; });
  check(Mul<std::int8_t>(),
        octet::mul_params<std::int8_t>({shape, {0.05f, -3}, shape, {0.1f, 7}, {0.7f, 1}}),
        [](int a, int b) { return 0.05 * (a + 3) * 0.1 * (b - 7) / 0.7 + 1; });
  check(Div<std::int8_t>(),
        octet::div_params<std::int8_t>({shape, {0.05f, -3}, shape, {0.1f, 7}, {0.07f, 1}}),
        [](int a, int b) {
          return b == 7 ? std::nan("") : 0.05 * (a + 3) / (0.1 * (b - 7)) / 0.07 + 1;
        });
  check(Prelu<std::int8_t>(),
        octet::prelu_params<std::int8_t>({shape, {0.05f, -3}, shape, {0.1f, 7}, {0.09f, 1}}),
        [](int a, int b) { return 0.05 * (a + 3) * (a < -3 ? 0.1 * (b - 7) : 1) / 0.09 + 1; });
}

namespace {

template <octet::Comparison kind>
void check_comparison(const octet::Backend& backend) {
  const auto x1 = all_bytes(true), x2 = all_bytes(false);
  const Shape shape{1, {256 * 256}};
  const auto params = octet::comparison_params(shape, {0.05f, -3}, shape, {0.05f, 7});
  const auto y = run<Compare<kind, std::int8_t>>(params, x1, x2, backend);
  const auto is_wrong = [&](std::size_t i) {
    return (y[i] != 0) != octet::reference::holds<kind>(x1[i] + 3, x2[i] - 7) || y[i] > 1;
  };
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (is_wrong(i)) FAIL(int{x1[i]} << " and " << int{x2[i]} << " give " << int{y[i]});
  }
}

}  // namespace

TEST_CASE("comparisons of one scale are those of differences from zero points") {
  for_each_backend([&](const octet::Backend& backend) {
    using enum octet::Comparison;
    check_comparison<equal>(backend);
    check_comparison<not_equal>(backend);
    check_comparison<less>(backend);
    check_comparison<less_equal>(backend);
    check_comparison<greater>(backend);
    check_comparison<greater_equal>(backend);
  });
}

TEST_CASE("a quotient by zero is the end of the clamp that the dividend points to") {
  octet::DivParams params{.input1 = {{1, {3}}, 5}, .input2 = {{1, {3}}, 7}};
  params.output = {.zero_point = 9, .rescale = {1 << 30, 1}, .min = -100, .max = 99};
  const std::vector<std::int8_t> x1 = {6, 5, 4}, x2 = {7, 7, 7};
  CHECK(run<Div<std::int8_t>>(params, x1, x2, octet::best_backend()) ==
        std::vector<std::int8_t>{99, 9, -100});
}

TEST_CASE("addition refuses parameters for which a step could exceed 32 bits") {
  const auto with = [](auto change) {
    const Shape shape{1, {10}};
    auto params =
        octet::add_params<std::int8_t>({shape, {0.05f, -3}, shape, {0.1f, 7}, {0.12f, 1}});
    change(params);
    return octet::Add<std::int8_t>::prepare(params);
  };
  // 255 * 2^23 is the largest shifted difference below 2^31.
  const auto with_left_shift = [&](std::int32_t left_shift) {
    return with([=](auto& p) {
      p.input1.zero_point = p.input2.zero_point = -128;
      p.left_shift = left_shift;
      p.output.rescale.shift = -20;
    });
  };
  CHECK(with_left_shift(23));
  CHECK_REFUSED(with_left_shift(24), shift_out_of_range, "left_shift");
  CHECK_REFUSED(with_left_shift(-1), shift_out_of_range, "left_shift");
  CHECK_REFUSED(with_left_shift(1000), shift_out_of_range, "left_shift");
  CHECK_REFUSED(with([](auto& p) { p.input1.rescale.shift = 5; }), shift_out_of_range,
                "input1.rescale.shift");
  CHECK_REFUSED(with([](auto& p) { p.input2.rescale.shift = 5; }), shift_out_of_range,
                "input2.rescale.shift");
  CHECK_REFUSED(with([](auto& p) { p.input1.rescale.multiplier = -1; }), multiplier_out_of_range,
                "input1.rescale.multiplier");
  CHECK_REFUSED(with([](auto& p) { p.input2.rescale.multiplier = 1; }), multiplier_out_of_range,
                "input2.rescale.multiplier");
  CHECK_REFUSED(with([](auto& p) { p.output.rescale.shift = 20; }), shift_out_of_range,
                "output.rescale.shift");
  // Each operand fits, their sum does not.
  CHECK_REFUSED(with([](auto& p) {
                  p.input1.zero_point = p.input2.zero_point = -128;
                  p.input1.rescale = p.input2.rescale = {0x7FFFFFFF, 3};
                  p.output.rescale.shift = 0;
                }),
                shift_out_of_range, "left_shift");
  // Without a left shift that could be lower, the larger factor has to be.
  CHECK_REFUSED(with([](auto& p) {
                  p.left_shift = 0;
                  p.input1.rescale = {1 << 30, 23};
                  p.input2.rescale = {0x7FFFFFFF, 23};
                  p.input1.zero_point = p.input2.zero_point = -128;
                  p.output.rescale.shift = 0;
                }),
                shift_out_of_range, "input2.rescale.shift");
}

// Sums of exactly that many times 2^left_shift, where vectors are at the limit of what they hold.
TEST_CASE("sums at the limit of vectors are exact") {
  const Shape shape{1, {64}};
  for_each_backend([&](const octet::Backend& backend) {
    for (const std::int32_t zero_point : {-126, -127, -128}) {
      for (const std::int32_t left_shift : {20, 21, 22}) {
        for (const std::int32_t right : {0, 1, 2, 24, 30, 31}) {
          octet::AddParams params{.left_shift = left_shift};
          params.input1 = params.input2 = {shape, zero_point, {0x7FFFFFFF, 1}};
          params.output.rescale = {0x7FFFFFFF, -right};
          if (!octet::Add<std::int8_t>::validate(params).ok()) continue;
          const std::vector<std::int8_t> high(64, 127), low(64, -128);
          for (const auto& x : {high, low}) {
            std::vector<std::int8_t> expected(64);
            octet::reference::add(params, x.data(), x.data(), expected.data());
            CAPTURE(zero_point, left_shift, right);
            CHECK(run<Add<std::int8_t>>(params, x, x, backend) == expected);
          }
        }
      }
    }
  });
}

TEST_CASE("sums beyond the limit of vectors are exact") {
  // Both operands suit vectors, their sum does not.
  octet::AddParams params{.left_shift = 14};
  params.input1 = params.input2 = {{1, {64}}, -32768, {0x7FFFFFFF, 0}};
  params.output.rescale = {0x7FFFFFFF, -17};
  const std::vector<std::int16_t> x(64, 32767);
  std::vector<std::int16_t> expected(64);
  octet::reference::add(params, x.data(), x.data(), expected.data());
  for_each_backend([&](const octet::Backend& backend) {
    CHECK(run<Add<std::int16_t>>(params, x, x, backend) == expected);
  });
}

TEST_CASE("products of the lowest int16 are exact, and wrap as the source where they reach 2^31") {
  const Shape shape{1, {40}};
  const std::vector<std::int16_t> lowest(40, -32768);
  for_each_backend([&](const octet::Backend& backend) {
    for (std::int32_t shift = -31; shift <= 1; ++shift) {
      octet::MulParams params;
      params.input1.shape = params.input2.shape = shape;
      params.output.rescale = {0x7FFFFFFF, shift};
      std::vector<std::int16_t> expected(40);
      octet::reference::mul(params, lowest.data(), lowest.data(), expected.data());
      CAPTURE(shift);
      CHECK(run<Mul<std::int16_t>>(params, lowest, lowest, backend) == expected);
    }
  });
}

TEST_CASE("products of int16 that could exceed 32 bits are refused") {
  octet::MulParams params;
  params.input1.shape = params.input2.shape = {1, {10}};
  params.output.rescale = {1 << 30, -10};
  // 46340 squared is the largest square below 2^31.
  params.input1.zero_point = params.input2.zero_point = 46340 - 32768;
  CHECK(octet::Mul<std::int16_t>::prepare(params));
  params.input2.zero_point = -(46341 - 32767);
  params.input1.zero_point = 46341 - 32768;
  CHECK_REFUSED(octet::Mul<std::int16_t>::prepare(params), unsupported, "input1.zero_point");
  params.input1.zero_point = 0;
  params.input2.zero_point = 32767;
  CHECK(octet::Mul<std::int16_t>::prepare(params));
}
