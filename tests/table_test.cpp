// SPDX-License-Identifier: Apache-2.0
// The family table: every operation of it equals its reference.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <tuple>
#include <vector>

#include "octet/hard_swish.hpp"
#include "octet/hosted/aligned_buffer.hpp"
#include "octet/logistic.hpp"
#include "octet/lookup.hpp"
#include "octet/quantize/unary.hpp"
#include "octet/rsqrt.hpp"
#include "octet/tanh.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/lift.hpp"
#include "support/one_input.hpp"
#include "support/random.hpp"
#include "support/refusal.hpp"

namespace {

using T = std::int8_t;

struct Logistic {
  using Operation = octet::Logistic<T>;
  static void reference(const octet::LogisticParams& p, const T* x, T* y) {
    octet::reference::logistic(p, x, y);
  }
  static double exact(double x) { return 256 / (1 + std::exp(-x)) - 128; }
};

struct Tanh {
  using Operation = octet::Tanh<T>;
  static void reference(const octet::TanhParams& p, const T* x, T* y) {
    octet::reference::tanh(p, x, y);
  }
  static double exact(double x) { return 128 * std::tanh(x); }
};

using Operations = std::tuple<Logistic, Tanh>;

octet::LogisticParams params_of(std::int32_t count, float scale, std::int32_t zero_point) {
  return octet::logistic_params({1, {count}}, {scale, zero_point});
}

// Operations whose output has a quantization of its own: to 0.06 and 7.
constexpr octet::TensorQuantization kOutput = {0.06f, 7};

struct HardSwish {
  using Operation = octet::HardSwish<T>;
  static octet::HardSwishParams params(const octet::TensorQuantization& input) {
    return octet::hard_swish_params({1, {256}}, input, kOutput);
  }
  static constexpr auto reference = OCTET_LIFT(octet::reference::hard_swish);
  static double exact(double x) { return x * std::fmin(std::fmax(x + 3, 0), 6) / 6; }
};
struct Rsqrt {
  using Operation = octet::Rsqrt<T>;
  static octet::RsqrtParams params(const octet::TensorQuantization& input) {
    return octet::rsqrt_params({1, {256}}, input, kOutput);
  }
  static constexpr auto reference = OCTET_LIFT(octet::reference::rsqrt);
  static double exact(double x) { return x > 0 ? 1 / std::sqrt(x) : 1e9; }
};
struct Elu {
  using Operation = octet::Lookup<T>;
  static octet::LookupParams params(const octet::TensorQuantization& input) {
    return octet::elu_params<T>({1, {256}}, input, kOutput);
  }
  static constexpr auto reference = OCTET_LIFT(octet::reference::lookup);
  static double exact(double x) { return x < 0 ? std::expm1(x) : x; }
};
// The logarithm of what is not positive is no number or beyond all of them.
struct Log : Elu {
  static octet::LookupParams params(const octet::TensorQuantization& input) {
    return octet::lookup_params<T>({1, {256}}, input, kOutput, [](float x) { return std::log(x); });
  }
  static double exact(double x) { return x > 0 ? std::log(x) : -1e9; }
};
using Rescaling = std::tuple<HardSwish, Rsqrt, Elu, Log>;

// What all backends make of x.
template <class Case, class Params>
std::vector<T> run(const Params& params, const std::vector<T>& x, Guard guard) {
  std::vector<T> first;
  for_each_backend([&](const octet::Backend& backend) {
    GuardedBuffer<std::byte> packed(
        static_cast<std::int64_t>(Case::Operation::packed_bytes(params)), guard);
    const auto operation = Case::Operation::prepare(params, packed.span(), backend);
    REQUIRE(operation.status().code == octet::StatusCode::ok);
    GuardedBuffer<T> input(x, guard), output(static_cast<std::int64_t>(x.size()), guard);
    const auto bound = operation->bind(input.span(), output.span());
    REQUIRE(bound.status().code == octet::StatusCode::ok);
    bound->run();
    if (first.empty()) first.assign(output.span().begin(), output.span().end());
    REQUIRE(std::ranges::equal(output.span(), first));
    const auto in_place = operation->bind(input.span(), input.span());
    REQUIRE(in_place);
    in_place->run();
    REQUIRE(std::ranges::equal(input.span(), first));
  });
  return first;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("tables equal their reference for every byte", "", Operations) {
  Random random(test_seed());
  CAPTURE(random.seed());
  std::vector<T> x(256), expected(256);
  std::iota(x.begin(), x.end(), T{-128});
  for (int i = 0; i < 200; ++i) {
    const float scale =
        std::ldexp(1.0f + 0.001f * static_cast<float>(random.in(0, 999)), random.in(-12, 3));
    const octet::LogisticParams params = params_of(256, scale, random.in(-128, 127));
    if (!TestType::Operation::validate(params).ok()) continue;
    TestType::reference(params, x.data(), expected.data());
    CAPTURE(scale, params.input.zero_point);
    REQUIRE(run<TestType>(params, x, random.one_in(4) ? Guard::before : Guard::after) == expected);
    if (scale >= 0.25f) continue;  // where few steps leave Q4.27, its limits come early
    double largest_error = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      const double exact = TestType::exact(double{scale} * (x[j] - params.input.zero_point));
      largest_error = std::fmax(largest_error, std::abs(expected[j] - std::fmin(exact, 127)));
    }
    // The real factor is rounded to 31 bits, the function to 8.
    REQUIRE(largest_error < 0.51);
  }
}

TEMPLATE_LIST_TEST_CASE("tables of any output equal their reference, to a step what they stand for",
                        "", Rescaling) {
  Random random(test_seed());
  CAPTURE(random.seed());
  std::vector<T> x(256), expected(256);
  std::iota(x.begin(), x.end(), T{-128});
  for (int i = 0; i < 100; ++i) {
    const float scale = 0.01f * static_cast<float>(random.in(1, 12));
    const octet::TensorQuantization input{scale, random.in(-128, 127)};
    const auto params = TestType::params(input);
    REQUIRE(TestType::Operation::validate(params).ok());
    TestType::reference(params, x.data(), expected.data());
    CAPTURE(scale, input.zero_point);
    REQUIRE(run<TestType>(params, x, random.one_in(4) ? Guard::before : Guard::after) == expected);
    double largest_error = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      const double exact = TestType::exact(double{scale} * (x[j] - input.zero_point));
      const double steps = std::fmin(std::fmax(exact / 0.06 + 7, -128), 127);
      largest_error = std::fmax(largest_error, std::abs(expected[j] - steps));
    }
    REQUIRE(largest_error < 1.3);
  }
}

TEST_CASE("hard_swish rounds as the source where output steps are very wide") {
  const auto params =
      octet::hard_swish_params({1, {3}}, {0.0360537358f, -115}, {31.2366028f, -105});
  const T input[] = {-128, -115, 127};
  T output[3];
  octet::reference::hard_swish(params, input, output);
  CHECK(std::vector<T>(output, output + 3) == std::vector<T>{-106, -104, -104});
}

TEST_CASE("logistic and tanh of steps so wide that one saturates are steps") {
  const auto params = octet::logistic_params({1, {3}}, {8, 5});
  CHECK(params.input_range_radius == 0);
  const std::vector<T> steps = {-128, -128, 127};
  CHECK(run<Logistic>(params, {4, 5, 6}, Guard::after) == steps);
  CHECK(run<Tanh>(params, {4, 5, 6}, Guard::after) == steps);
}

TEST_CASE("tables refuse factors that their arithmetic has no room for") {
  using enum octet::StatusCode;
  octet::AlignedBuffer memory(256);
  const auto prepare = [&]<class Operation>(const auto& params) {
    return Operation::prepare(params, memory.span());
  };
  check_refused(
      HardSwish::params({0.05f, 3}),
      [&](const auto& p) { return prepare.template operator()<octet::HardSwish<T>>(p); },
      {
          {multiplier_out_of_range, "input.rescale.multiplier",
           [](auto& p) { p.input.rescale.multiplier = 1 << 15; }},
          {shift_out_of_range, "input.rescale.shift", [](auto& p) { p.input.rescale.shift = 32; }},
          {zero_point_out_of_range, "output.zero_point",
           [](auto& p) { p.output.zero_point = 128; }},
          {clamp_out_of_range, "output.min", [](auto& p) { p.output.min = -129; }},
          {multiplier_out_of_range, "output.rescale.multiplier",
           [](auto& p) { p.output.rescale.multiplier = -1; }},
          {shift_out_of_range, "output.rescale.shift", [](auto& p) { p.output.rescale.shift = 1; }},
      });
  check_refused(Rsqrt::params({0.05f, 3}),
                [&](const auto& p) { return prepare.template operator()<octet::Rsqrt<T>>(p); },
                {
                    {multiplier_out_of_range, "output.rescale.multiplier",
                     [](auto& p) { p.output.rescale.multiplier = 1; }},
                    {shift_out_of_range, "output.rescale.shift",
                     [](auto& p) { p.output.rescale.shift = -12; }},
                    {shift_out_of_range, "output.rescale.shift",
                     [](auto& p) { p.output.rescale.shift = 31; }},
                });
}

TEMPLATE_LIST_TEST_CASE("tables of any length stay inside their memory", "", Operations) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int32_t count = 1; count < 300; ++count) {
    const octet::LogisticParams params = params_of(count, 0.05f, random.in(-128, 127));
    const auto x = random.vector<T>(count);
    std::vector<T> expected(x.size());
    TestType::reference(params, x.data(), expected.data());
    REQUIRE(run<TestType>(params, x, random.one_in(2) ? Guard::before : Guard::after) == expected);
  }
}

TEMPLATE_LIST_TEST_CASE("tables refuse bad arguments", "", Operations) {
  using enum octet::StatusCode;
  using Operation = typename TestType::Operation;
  octet::AlignedBuffer memory(512);
  const std::span<std::byte> packed = memory.span().first(Operation::packed_bytes({}));
  const octet::LogisticParams params = params_of(10, 0.05f, 3);
  const auto good = Operation::prepare(params, packed);
  const auto prepare = [&](const octet::LogisticParams& changed) {
    return Operation::prepare(changed, packed);
  };
  check_refused(
      params, prepare,
      {
          {invalid_shape, "input_range_radius", [](auto& p) { p.input_range_radius = -1; }},
          {invalid_shape, "input.shape.extent[0]", [](auto& p) { p.input.shape.extent[0] = 0; }},
          {zero_point_out_of_range, "input.zero_point", [](auto& p) { p.input.zero_point = 128; }},
          {multiplier_out_of_range, "input.rescale.multiplier",
           [](auto& p) { p.input.rescale.multiplier = 7; }},
          {shift_out_of_range, "input.rescale.shift", [](auto& p) { p.input.rescale.shift = 31; }},
      });
  CHECK_REFUSED(Operation::prepare(params, packed.first(255)), buffer_too_small, "packed");
  CHECK_REFUSED(Operation::prepare(params, memory.span().subspan(1, 256)), misaligned, "packed");

  check_memory_refusals<T, T>(*good, 10, 10, Operation::kName, /*in_place=*/true);
  const std::vector<T> x(10);
  CHECK_REFUSED(good->bind(x, {reinterpret_cast<T*>(packed.data()), 10}), overlap, "output");
}
