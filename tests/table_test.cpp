// SPDX-License-Identifier: Apache-2.0
// The family table: every operation of it equals its reference.
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <tuple>
#include <vector>

#include "octet/hosted/aligned_buffer.hpp"
#include "octet/logistic.hpp"
#include "octet/quantize/multiplier.hpp"
#include "octet/tanh.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
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

template <class Case>
std::vector<T> run(const octet::LogisticParams& params, const std::vector<T>& x, Guard guard) {
  GuardedBuffer<std::byte> packed(static_cast<std::int64_t>(Case::Operation::packed_bytes(params)),
                                  guard);
  const auto operation = Case::Operation::prepare(params, packed.span());
  REQUIRE(operation.status().code == octet::StatusCode::ok);
  GuardedBuffer<T> input(x, guard), output(static_cast<std::int64_t>(x.size()), guard);
  const auto bound = operation->bind(input.span(), output.span());
  REQUIRE(bound.status().code == octet::StatusCode::ok);
  bound->run();
  return {output.span().begin(), output.span().end()};
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

TEMPLATE_LIST_TEST_CASE("tables of any length stay inside their memory", "", Operations) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int32_t count = 1; count < 150; ++count) {
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
          {invalid_shape, "input_range_radius", [](auto& p) { p = {}; }},
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
