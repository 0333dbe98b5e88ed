// SPDX-License-Identifier: Apache-2.0
// The family unary but requantization, which requantize_test has: every operation equals its
// reference on every backend.
#include <cmath>
#include <cstdint>
#include <tuple>
#include <vector>

#include "octet/abs.hpp"
#include "octet/leaky_relu.hpp"
#include "octet/logistic.hpp"
#include "octet/quantize/unary.hpp"
#include "octet/relu.hpp"
#include "octet/tanh.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/lift.hpp"
#include "support/one_input.hpp"
#include "support/random.hpp"
#include "support/random_params.hpp"
#include "support/refusal.hpp"

namespace {

template <template <class...> class OperationTemplate, class Type>
struct UnaryCase {
  using T = Type;
  using Operation = OperationTemplate<T>;
};

template <class T>
struct LeakyRelu : UnaryCase<octet::LeakyRelu, T> {
  static constexpr auto reference = OCTET_LIFT(octet::reference::leaky_relu);
  static octet::LeakyReluParams params(Random& random) {
    octet::LeakyReluParams p{.input = {{}, any_of<T>(random), any_rescale(random)},
                             .negates = random.one_in(3),
                             .output = {.rescale = any_rescale(random)}};
    randomize_output<T>(random, p.output);
    return p;
  }
};

template <class T>
struct Abs : UnaryCase<octet::Abs, T> {
  static constexpr auto reference = OCTET_LIFT(octet::reference::abs);
  static octet::AbsParams params(Random& random) {
    octet::AbsParams p{.input = {{}, any_of<T>(random), {}},
                       .output = {.rescale = any_rescale(random)}};
    randomize_output<T>(random, p.output);
    return p;
  }
};

octet::LogisticInt16Params any_sigmoid(Random& random) {
  return {.multiplier = random.one_in(4) ? random.in(1, 6) : random.in(1, 32767),
          .right_shift = random.in(0, 30)};
}

struct Logistic : UnaryCase<octet::Logistic, std::int16_t> {
  static constexpr auto reference = OCTET_LIFT(octet::reference::logistic);
  static octet::LogisticInt16Params params(Random& random) { return any_sigmoid(random); }
};
struct Tanh : UnaryCase<octet::Tanh, std::int16_t> {
  static constexpr auto reference = OCTET_LIFT(octet::reference::tanh);
  static octet::TanhInt16Params params(Random& random) { return any_sigmoid(random); }
};

using Operations =
    std::tuple<LeakyRelu<std::int8_t>, LeakyRelu<std::uint8_t>, LeakyRelu<std::int16_t>,
               Abs<std::int8_t>, Abs<std::uint8_t>, Abs<std::int16_t>, Logistic, Tanh>;

template <class Case>
auto good_params() {
  Random random(1);
  for (;;) {
    auto params = Case::params(random);
    params.input.shape = {2, {2, 5}};
    if (Case::Operation::validate(params).ok()) return params;
  }
}

// The largest difference of what Operation makes of every int8 and a function of real numbers.
template <class Operation, class Params, class Exact>
double largest_error(const Params& params, const Exact& exact) {
  std::vector<std::int8_t> x(256);
  for (std::size_t i = 0; i < 256; ++i) x[i] = static_cast<std::int8_t>(i);
  const auto y = run_guarded<std::int8_t>(Operation::prepare(params), x, 256);
  double largest = 0;
  for (std::size_t i = 0; i < 256; ++i) {
    const double clamped = std::fmin(std::fmax(exact(x[i]), -128), 127);
    largest = std::fmax(largest, std::abs(y[i] - clamped));
  }
  return largest;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("unary operations equal their reference on every backend", "", Operations) {
  using T = typename TestType::T;
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    int accepted = 0;
    const std::int64_t iterations = test_iterations(150);
    for (std::int64_t i = 0; i < iterations; ++i) {
      auto params = TestType::params(random);
      params.input.shape = {2, {random.in(1, 3), random.in(1, 200)}};
      if (!TestType::Operation::validate(params).ok()) continue;
      ++accepted;
      const std::int64_t count = params.input.shape.size();
      const auto x = random.one_in(3) ? random.extreme_vector<T>(count) : random.vector<T>(count);
      std::vector<T> expected(x.size());
      TestType::reference(params, x.data(), expected.data());
      CAPTURE(i);
      const Guard guard = random.one_in(4) ? Guard::before : Guard::after;
      REQUIRE(run_guarded<T>(TestType::Operation::prepare(params, backend), x, count, guard) ==
              expected);
    }
    CHECK(accepted > iterations / 5);
  });
}

TEMPLATE_LIST_TEST_CASE("unary operations refuse bad memory and work in place", "", Operations) {
  using T = typename TestType::T;
  const auto operation = TestType::Operation::prepare(good_params<TestType>());
  REQUIRE(operation);
  check_memory_refusals<T, T>(*operation, 10, 10, TestType::Operation::kName, /*in_place=*/true);
}

TEST_CASE("unary operations refuse bad parameters") {
  check_refused(good_params<LeakyRelu<std::int8_t>>(),
                [](const auto& p) { return octet::LeakyRelu<std::int8_t>::prepare(p); },
                {
                    {octet::StatusCode::invalid_shape, "input.shape.rank",
                     [](auto& p) { p.input.shape.rank = 7; }},
                    {octet::StatusCode::zero_point_out_of_range, "input.zero_point",
                     [](auto& p) { p.input.zero_point = 128; }},
                    {octet::StatusCode::multiplier_out_of_range, "input.rescale.multiplier",
                     [](auto& p) { p.input.rescale.multiplier = -1; }},
                    {octet::StatusCode::shift_out_of_range, "input.rescale.shift",
                     [](auto& p) { p.input.rescale.shift = 24; }},
                    {octet::StatusCode::shift_out_of_range, "output.rescale.shift",
                     [](auto& p) { p.output.rescale.shift = 24; }},
                    {octet::StatusCode::unsupported, "output.rounding",
                     [](auto& p) { p.output.rounding = static_cast<octet::Rounding>(6); }},
                });
  check_refused(
      good_params<Logistic>(),
      [](const auto& p) { return octet::Logistic<std::int16_t>::prepare(p); },
      {
          {octet::StatusCode::unsupported, "input.zero_point",
           [](auto& p) { p.input.zero_point = 1; }},
          {octet::StatusCode::unsupported, "multiplier", [](auto& p) { p.multiplier = 32768; }},
          {octet::StatusCode::unsupported, "multiplier", [](auto& p) { p.multiplier = 0; }},
          {octet::StatusCode::shift_out_of_range, "right_shift",
           [](auto& p) { p.right_shift = 31; }},
      });
}

TEST_CASE("unary operations are what their names say") {
  // A factor below 1/2 is rounded twice, to halves and to integers.
  using T = std::int8_t;
  const octet::Shape shape{1, {256}};
  CHECK(largest_error<octet::LeakyRelu<T>>(
            octet::leaky_relu_params(shape, 0.3f, {0.05f, -3}, {0.04f, 5}),
            [](int x) { return 0.05 * (x + 3) * (x < -3 ? 0.3 : 1) / 0.04 + 5; }) < 0.751);
  CHECK(largest_error<octet::LeakyRelu<T>>(
            octet::leaky_relu_params(shape, -0.7f, {0.05f, -3}, {0.04f, 5}),
            [](int x) { return 0.05 * (x + 3) * (x < -3 ? -0.7 : 1) / 0.04 + 5; }) < 0.501);
  CHECK(largest_error<octet::Abs<T>>(octet::abs_params(shape, {0.05f, -3}, {0.04f, 5}), [](int x) {
          return std::abs(0.05 * (x + 3)) / 0.04 + 5;
        }) < 0.501);
  const auto relu = [&](octet::Activation activation) {
    return octet::relu_params<T>(shape, {0.05f, -3}, {0.06f, 5}, activation);
  };
  const auto clamped = [](double low, double high) {
    return [=](int x) { return std::fmin(std::fmax(0.05 * (x + 3), low), high) / 0.06 + 5; };
  };
  CHECK(largest_error<octet::Relu<T>>(relu(octet::Activation::relu), clamped(0, 1e9)) < 0.501);
  CHECK(largest_error<octet::Relu<T>>(relu(octet::Activation::relu6), clamped(0, 6)) < 0.501);
  CHECK(largest_error<octet::Relu<T>>(relu(octet::Activation::relu_n1_to_1), clamped(-1, 1)) <
        0.501);
}
