// SPDX-License-Identifier: Apache-2.0
#include "octet/mean.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "octet/quantize/multiplier.hpp"
#include "octet/reference/mean.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/random.hpp"
#include "support/refusal.hpp"

namespace {

using octet::Mean;
using octet::MeanParams;
using octet::Rounding;

std::int64_t outputs_of(const MeanParams& params) {
  std::int64_t outputs = 1;
  for (std::int32_t d = 0; d < params.input.rank; ++d) {
    if (!params.reduce[d]) outputs *= params.input.extent[d];
  }
  return outputs;
}

// The means in memory that ends, or begins, at a page nobody may touch.
template <class T, Rounding kRounding = Rounding::tflite>
std::vector<T> run(const MeanParams& params, const std::vector<T>& x, Guard guard = Guard::after) {
  GuardedBuffer<T> memory(x, guard);
  GuardedBuffer<T> y(outputs_of(params), guard);
  const auto mean = Mean<T, kRounding>::prepare(params);
  INFO(octet::to_string(mean.status()));
  REQUIRE(mean);
  const auto bound = mean->bind(memory.span(), y.span());
  REQUIRE(bound);
  bound->run();
  return {y.span().begin(), y.span().end()};
}

template <class T, Rounding kRounding>
void check_against_reference() {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (int i = 0; i < 300; ++i) {
    MeanParams params;
    params.input.rank = random.in(0, octet::kMaxRank);
    std::int64_t count = 1;
    for (std::int32_t d = 0; d < params.input.rank; ++d) {
      params.input.extent[d] = random.in(1, 5);
      params.reduce[d] = random.one_in(2);
      if (params.reduce[d]) count *= params.input.extent[d];
      CAPTURE(d, params.input.extent[d], params.reduce[d]);
    }
    params.input_zero_point =
        random.in(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
    params.output_zero_point =
        random.in(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
    const auto [multiplier, shift] =
        octet::mean_multiplier(0.001f * static_cast<float>(random.in(1, 1000)),
                               0.001f * static_cast<float>(random.in(1, 1000)), count, kRounding);
    params.multiplier = multiplier;
    params.shift = shift;
    if (!Mean<T, kRounding>::prepare(params)) continue;
    const auto x = random.one_in(4) ? random.extreme_vector<T>(params.input.size())
                                    : random.vector<T>(params.input.size());
    std::vector<T> expected(static_cast<std::size_t>(outputs_of(params)));
    octet::reference::mean<T, kRounding>(params, x.data(), expected.data());
    const Guard guard = random.one_in(2) ? Guard::before : Guard::after;
    REQUIRE(run<T, kRounding>(params, x, guard) == expected);
  }
}

using Bytes = std::vector<std::int8_t>;

}  // namespace

TEMPLATE_TEST_CASE("means equal the reference", "", std::int8_t, std::uint8_t, std::int16_t) {
  check_against_reference<TestType, Rounding::tflite>();
  check_against_reference<TestType, Rounding::single>();
}

TEST_CASE("means by hand") {
  const auto over = [](std::int64_t count, MeanParams params) {
    const auto [multiplier, shift] = octet::mean_multiplier(0.5f, 0.5f, count);
    params.multiplier = multiplier;
    params.shift = shift;
    return params;
  };
  const MeanParams rows = over(3, {.input = {2, {2, 3}}, .reduce = {false, true}});
  CHECK(run<std::int8_t>(rows, {1, 2, 6, -1, -2, -6}) == Bytes{3, -3});
  const MeanParams columns = over(2, {.input = {2, {2, 3}}, .reduce = {true, false}});
  CHECK(run<std::int8_t>(columns, {1, 2, 6, 3, 4, -6}) == Bytes{2, 3, 0});
  const MeanParams all = over(6, {.input = {2, {2, 3}}, .reduce = {true, true}});
  CHECK(run<std::int8_t>(all, {1, 2, 3, 4, 5, 9}) == Bytes{4});
  const MeanParams none =
      over(1, {.input = {1, {3}}, .input_zero_point = 2, .output_zero_point = 1});
  CHECK(run<std::int8_t>(none, {1, 2, 3}) == Bytes{0, 1, 2});
}

TEST_CASE("means refuse bad parameters") {
  const auto with = [](auto change) {
    MeanParams params{
        .input = {2, {3, 4}}, .reduce = {false, true}, .multiplier = 1 << 29, .shift = -1};
    change(params);
    return Mean<std::int8_t>::prepare(params);
  };
  REQUIRE(with([](auto&) {}));
  CHECK_REFUSED(with([](auto& p) { p.input.rank = 7; }), invalid_shape, "input.rank");
  CHECK_REFUSED(with([](auto& p) { p.input.extent[1] = 0; }), invalid_shape, "input.extent[1]");
  CHECK_REFUSED(with([](auto& p) {
                  p.input = {4, {1 << 30, 1 << 30, 1 << 30, 1 << 30}};
                }),
                invalid_shape, "input");
  CHECK_REFUSED(with([](auto& p) { p.input_zero_point = 128; }), zero_point_out_of_range,
                "input_zero_point");
  CHECK_REFUSED(with([](auto& p) { p.output_zero_point = -129; }), zero_point_out_of_range,
                "output_zero_point");
  CHECK_REFUSED(with([](auto& p) { p.multiplier = -1; }), multiplier_out_of_range, "multiplier");
  CHECK_REFUSED(with([](auto& p) { p.shift = -32; }), shift_out_of_range, "shift");
  // Four differences of at most 128: 512 * 2^21 is the largest sum below 2^31.
  CHECK(with([](auto& p) { p.shift = 21; }));
  CHECK_REFUSED(with([](auto& p) { p.shift = 22; }), shift_out_of_range, "shift");
  // 2^24 differences of 128 make 2^31.
  CHECK(with([](auto& p) { p.input = {2, {1, (1 << 24) - 1}}; }));
  CHECK_REFUSED(with([](auto& p) { p.input = {2, {1, 1 << 24}}; }), invalid_shape, "reduce");
}

TEST_CASE("means refuse bad memory") {
  const auto mean = Mean<std::int8_t>::prepare(
      {.input = {2, {3, 4}}, .reduce = {false, true}, .multiplier = 1 << 30, .shift = -1});
  REQUIRE(mean);
  Bytes x(12), y(3);
  const std::span<std::int8_t> none;
  CHECK(mean->bind(x, y));
  CHECK_REFUSED(mean->bind(none, y), null_pointer, "x");
  CHECK_REFUSED(mean->bind(x, none), null_pointer, "y");
  CHECK_REFUSED(mean->bind(std::span(x).first(11), y), buffer_too_small, "x");
  CHECK_REFUSED(mean->bind(x, std::span(y).first(2)), buffer_too_small, "y");
  CHECK_REFUSED(mean->bind(x, std::span(x).first(3)), overlap, "y");
  CHECK_REFUSED(Mean<std::int8_t>().bind(x, y), unsupported, "mean (not prepared)");
}
