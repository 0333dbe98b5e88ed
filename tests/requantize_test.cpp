// SPDX-License-Identifier: Apache-2.0
// Requantization equals its reference on every backend.
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "octet/quantize/multiplier.hpp"
#include "octet/requantize.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/one_input.hpp"
#include "support/random.hpp"
#include "support/random_params.hpp"
#include "support/refusal.hpp"

namespace {

using octet::Rescale;

template <class Out, class In>
std::vector<Out> requantize(octet::RequantizeParams params, const std::vector<In>& x,
                            const octet::Backend& backend, Guard guard = Guard::after) {
  params.input.shape = {1, {static_cast<std::int32_t>(x.size())}};
  const auto operation = octet::Requantize<In, Out>::prepare(params, backend);
  REQUIRE(operation.status().code == octet::StatusCode::ok);
  GuardedBuffer<In> input(x, guard);
  GuardedBuffer<Out> output(static_cast<std::int64_t>(x.size()), guard);
  const auto bound = operation->bind(input.span(), output.span());
  REQUIRE(bound.status().code == octet::StatusCode::ok);
  bound->run();
  return {output.span().begin(), output.span().end()};
}

octet::RequantizeParams params_of(std::int32_t input_zero_point, std::int32_t output_zero_point,
                                  Rescale rescale) {
  octet::RequantizeParams params;
  params.input.zero_point = input_zero_point;
  params.output.zero_point = output_zero_point;
  params.output.rescale = rescale;
  return params;
}

template <class In, class Out>
void check_requantize(Random& random, const octet::Backend& backend) {
  int accepted = 0;
  const std::int64_t iterations = test_iterations(100);
  for (std::int64_t i = 0; i < iterations; ++i) {
    octet::RequantizeParams params;
    params.input.shape = {2, {random.in(1, 3), random.in(1, 200)}};
    params.input.zero_point = sizeof(In) == 4 ? 0 : any_of<In>(random);
    params.output.rescale = any_rescale(random);
    if (random.one_in(2)) params.output.rescale.shift = random.in(-31, 30);
    randomize_output<Out>(random, params.output);
    if (!octet::Requantize<In, Out>::validate(params).ok()) continue;
    ++accepted;
    const std::int64_t count = params.input.shape.size();
    const auto x = random.one_in(3) ? random.extreme_vector<In>(count) : random.vector<In>(count);
    std::vector<Out> expected(x.size());
    octet::reference::requantize(params, x.data(), expected.data());
    CAPTURE(i);
    const Guard guard = random.one_in(4) ? Guard::before : Guard::after;
    REQUIRE(requantize<Out>(params, x, backend, guard) == expected);
  }
  CHECK(accepted > iterations / 4);
}

using Bytes = std::vector<std::int8_t>;

}  // namespace

TEMPLATE_TEST_CASE("requantization equals the reference on every backend", "", std::int8_t,
                   std::uint8_t, std::int16_t, std::int32_t) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    check_requantize<TestType, std::int8_t>(random, backend);
    check_requantize<TestType, std::uint8_t>(random, backend);
    check_requantize<TestType, std::int16_t>(random, backend);
    check_requantize<TestType, std::int32_t>(random, backend);
  });
}

TEST_CASE("from uint8 to int8 is a move of the zero point") {
  const Rescale same = octet::rescale_multiplier(0.5f, 0.5f);
  std::vector<std::uint8_t> x;
  Bytes expected;
  for (int value = 0; value <= 255; ++value) {
    x.push_back(static_cast<std::uint8_t>(value));
    expected.push_back(static_cast<std::int8_t>(value - 128));
  }
  for_each_backend([&](const octet::Backend& backend) {
    CHECK(requantize<std::int8_t>(params_of(128, 0, same), x, backend) == expected);
    CHECK(requantize<std::int8_t>(params_of(0, -128, same), x, backend) == expected);
  });
}

TEST_CASE("requantization is right to half a step for every int16") {
  const Rescale rescale = octet::rescale_multiplier(0.001f, 0.25f);
  std::vector<std::int16_t> x;
  for (int value = -32768; value <= 32767; ++value) x.push_back(static_cast<std::int16_t>(value));
  for_each_backend([&](const octet::Backend& backend) {
    const auto y = requantize<std::int8_t>(params_of(100, -5, rescale), x, backend);
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
  constexpr std::int32_t kHalf = 1 << 30;
  for_each_backend([&](const octet::Backend& backend) {
    CHECK(requantize<std::int8_t>(params_of(0, 127, {kHalf, 1}), Bytes{127, 1, 0, -1, -128},
                                  backend) == Bytes{127, 127, 127, 126, -1});
    CHECK(requantize<std::int32_t>(params_of(0, 1000, {kHalf, 1}), std::vector<std::int32_t>{0, 5},
                                   backend) == std::vector<std::int32_t>{1000, 1005});
    CHECK(requantize<std::int8_t>(params_of(0, 3, {kHalf, 0}), x, backend) ==
          Bytes{-128, 3, 3, 4, 127});
    // A multiplier of 2: x * 2 wraps, as in the source.
    CHECK(requantize<std::int8_t>(params_of(0, 0, {kHalf, 2}), x, backend) ==
          Bytes{0, -2, 0, 2, -2});
  });
}

TEST_CASE("requantization refuses bad parameters") {
  using enum octet::StatusCode;
  octet::RequantizeParams params = params_of(3, -4, {1 << 30, 0});
  params.input.shape = {1, {10}};
  const auto prepare = [](const octet::RequantizeParams& changed) {
    return octet::Requantize<std::int8_t, std::int16_t>::prepare(changed);
  };
  // |x - 3| is at most 131, and 131 * 2^23 < 2^31.
  check_refused(
      params, prepare,
      {
          {invalid_shape, "input.shape.extent[0]", [](auto& p) { p.input.shape.extent[0] = 0; }},
          {zero_point_out_of_range, "input.zero_point", [](auto& p) { p.input.zero_point = 128; }},
          {zero_point_out_of_range, "output.zero_point",
           [](auto& p) { p.output.zero_point = 32768; }},
          {multiplier_out_of_range, "output.rescale.multiplier",
           [](auto& p) { p.output.rescale.multiplier = -5; }},
          {multiplier_out_of_range, "output.rescale.multiplier",
           [](auto& p) { p.output.rescale.multiplier = 5; }},
          {shift_out_of_range, "output.rescale.shift",
           [](auto& p) { p.output.rescale.shift = -32; }},
          {shift_out_of_range, "output.rescale.shift",
           [](auto& p) { p.output.rescale.shift = 24; }},
      });
  params.output.rescale.shift = 23;
  CHECK(prepare(params));
}

TEST_CASE("requantization of int32 has no input zero point") {
  const auto prepare = [](std::int32_t zero_point, std::int32_t shift) {
    octet::RequantizeParams params = params_of(zero_point, 1, {1 << 30, shift});
    params.input.shape = {1, {10}};
    return octet::Requantize<std::int32_t, std::int8_t>::prepare(params);
  };
  CHECK(prepare(0, 30));
  CHECK_REFUSED(prepare(1, 0), unsupported, "input.zero_point");
  CHECK_REFUSED(prepare(0, 31), shift_out_of_range, "output.rescale.shift");
}

TEST_CASE("requantization refuses bad memory") {
  octet::RequantizeParams params = params_of(0, 0, {1 << 30, 1});
  params.input.shape = {1, {10}};
  const auto operation = octet::Requantize<std::int8_t>::prepare(params);
  REQUIRE(operation);
  check_memory_refusals<std::int8_t, std::int8_t>(*operation, 10, 10, "requantize",
                                                  /*in_place=*/true);
}
