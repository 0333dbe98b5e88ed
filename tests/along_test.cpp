// SPDX-License-Identifier: Apache-2.0
// Operations along one dimension: the places of extremes, and cumulative sums.
#include <cstdint>
#include <limits>
#include <vector>

#include "octet/arg_max_min.hpp"
#include "octet/cumsum.hpp"
#include "octet/quantize/reduce.hpp"
#include "support/backends.hpp"
#include "support/one_input.hpp"
#include "support/roundings.hpp"

namespace {

using octet::ArgMaxParams;
using octet::Cumsum;
using octet::CumsumParams;

using Bytes = std::vector<std::int8_t>;
using Places = std::vector<std::int32_t>;

template <class Params>
Params random_params(Random& random) {
  Params params;
  octet::Shape& shape = params.input.shape;
  shape.rank = random.in(1, octet::kMaxRank);
  for (std::int32_t d = 0; d < shape.rank; ++d) shape.extent[d] = random.in(1, 6);
  params.axis = random.in(0, shape.rank - 1);
  return params;
}

// The same on every backend.
template <template <class...> class Arg, class T>
Places places(const ArgMaxParams& params, const std::vector<T>& x, Guard guard = Guard::after) {
  const std::int64_t size = output_shape(params).size();
  const auto result = run_guarded<std::int32_t>(Arg<T>::prepare(params), x, size, guard);
  for_each_backend([&](const octet::Backend& backend) {
    REQUIRE(run_guarded<std::int32_t>(Arg<T>::prepare(params, backend), x, size, guard) == result);
  });
  return result;
}

template <class T>
std::vector<T> sums(const CumsumParams& params, const std::vector<T>& x,
                    Guard guard = Guard::after) {
  return run_guarded<T>(Cumsum<T>::prepare(params), x, output_shape(params).size(), guard);
}

}  // namespace

TEMPLATE_TEST_CASE("places of extremes equal the reference", "", std::int8_t, std::uint8_t,
                   std::int16_t) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(300); i > 0; --i) {
    auto params = random_params<ArgMaxParams>(random);
    if (random.one_in(2)) params.input.shape.extent[params.axis] = random.in(1, 200);
    if (random.one_in(2)) params.input.shape.extent[params.input.shape.rank - 1] = random.in(1, 99);
    auto x = random.vector<TestType>(params.input.shape.size());
    // Few values, so that many are equal.
    if (random.one_in(2)) random.fill(std::span<TestType>(x), 0, random.in(0, 5));
    const auto size = static_cast<std::size_t>(output_shape(params).size());
    const Guard guard = random.one_in(2) ? Guard::before : Guard::after;
    Places expected(size);
    octet::reference::arg_max(params, x.data(), expected.data());
    REQUIRE(places<octet::ArgMax>(params, x, guard) == expected);
    octet::reference::arg_min(params, x.data(), expected.data());
    REQUIRE(places<octet::ArgMin>(params, x, guard) == expected);
  }
}

TEST_CASE("places in the longest lines of vectors, and in longer ones") {
  for (const std::int32_t depth : {1 << 16, (1 << 16) + 1}) {
    for (const std::int32_t inner : {1, 3}) {
      const ArgMaxParams params{.input = {.shape = {2, {depth, inner}}}, .axis = 0};
      std::vector<std::int16_t> x(static_cast<std::size_t>(depth * inner), -32767);
      CHECK(places<octet::ArgMax>(params, x) == Places(static_cast<std::size_t>(inner), 0));
      x.back() = 32767;
      x.front() = -32768;
      CHECK(places<octet::ArgMax>(params, x).back() == depth - 1);
      CHECK(places<octet::ArgMin>(params, x).front() == 0);
      CHECK(places<octet::ArgMin>(params, std::vector<std::int16_t>(x.rbegin(), x.rend())).back() ==
            depth - 1);
    }
  }
}

TEST_CASE("places of extremes by hand, of several the first") {
  ArgMaxParams params{.input = {.shape = {2, {2, 4}}}, .axis = 1};
  const Bytes x = {1, 7, 7, -8, 5, 5, -8, -8};
  CHECK(places<octet::ArgMax>(params, x) == Places{1, 0});
  CHECK(places<octet::ArgMin>(params, x) == Places{3, 2});
  params.axis = 0;
  CHECK(places<octet::ArgMax>(params, x) == Places{1, 0, 0, 0});
  CHECK(output_shape(params).rank == 1);
}

TEMPLATE_TEST_CASE("cumulative sums equal the reference", "", std::int8_t, std::uint8_t) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(1000); i > 0; --i) {
    auto params = random_params<CumsumParams>(random);
    params.exclusive = random.one_in(2);
    params.reverse = random.one_in(2);
    params.input.zero_point = random.in(0, 127);
    params.output = {.zero_point = random.in(0, 127),
                     .rescale = {random.in(1 << 30, std::numeric_limits<std::int32_t>::max()),
                                 random.in(-22, -16)},
                     .rounding = random_rounding(random)};
    const auto x = random.vector<TestType>(params.input.shape.size());
    std::vector<TestType> expected(x.size());
    octet::reference::cumsum(params, x.data(), expected.data());
    REQUIRE(sums(params, x, random.one_in(2) ? Guard::before : Guard::after) == expected);
  }
}

TEST_CASE("cumulative sums by hand") {
  const auto params = [](bool exclusive, bool reverse, std::int32_t zero_point = 0) {
    return octet::cumsum_params({1, {4}}, {0.5f, zero_point}, {0.5f, 0}, 0, exclusive, reverse);
  };
  const Bytes x = {1, 2, 3, -4};
  CHECK(sums(params(false, false), x) == Bytes{1, 3, 6, 2});
  CHECK(sums(params(true, false), x) == Bytes{0, 1, 3, 6});
  CHECK(sums(params(false, true), x) == Bytes{2, 1, -1, -4});
  CHECK(sums(params(true, true), x) == Bytes{1, -1, -4, 0});
  // Less the zero point of each element, and once more.
  CHECK(sums(params(false, false, 1), x) == Bytes{-1, 0, 2, -3});
  // More than the 32 bits of the source hold.
  const Bytes many(1000, 100);
  const auto sum = octet::cumsum_params({1, {1000}}, {1, 0}, {1000, 0}, 0);
  CHECK(sum.output.rescale.shift <= 0);
  CHECK(sums(sum, many).back() == 100);
}

TEST_CASE("operations along a dimension refuse bad parameters") {
  using enum octet::StatusCode;
  const auto arg_max = [](const ArgMaxParams& p) { return octet::ArgMax<std::int8_t>::prepare(p); };
  check_refused(
      ArgMaxParams{.input = {.shape = {2, {3, 4}}}, .axis = 1}, arg_max,
      {
          {invalid_shape, "input.shape.rank", [](auto& p) { p.input.shape.rank = 0; }},
          {invalid_shape, "input.shape.extent[0]", [](auto& p) { p.input.shape.extent[0] = 0; }},
          {zero_point_out_of_range, "input.zero_point", [](auto& p) { p.input.zero_point = 128; }},
          {unsupported, "axis", [](auto& p) { p.axis = -1; }},
          {unsupported, "axis", [](auto& p) { p.axis = 2; }},
      });
  const auto cumsum = [](const CumsumParams& p) { return Cumsum<std::int8_t>::prepare(p); };
  check_refused(
      octet::cumsum_params({2, {3, 4}}, {0.5f, 1}, {0.5f, 1}, 1), cumsum,
      {
          {unsupported, "axis", [](auto& p) { p.axis = 2; }},
          {zero_point_out_of_range, "output.zero_point",
           [](auto& p) { p.output.zero_point = -129; }},
          {multiplier_out_of_range, "output.rescale.multiplier",
           [](auto& p) { p.output.rescale.multiplier = -1; }},
          {shift_out_of_range, "output.rescale.shift", [](auto& p) { p.output.rescale.shift = 1; }},
          {shift_out_of_range, "output.rescale.shift",
           [](auto& p) { p.output.rescale.shift = -32; }},
      });
}

TEST_CASE("operations along a dimension refuse bad memory") {
  const auto arg_max =
      octet::ArgMax<std::int8_t>::prepare({.input = {.shape = {2, {3, 4}}}, .axis = 1});
  REQUIRE(arg_max);
  check_memory_refusals<std::int8_t, std::int32_t>(*arg_max, 12, 3, "arg_max");
  const auto cumsum =
      Cumsum<std::int8_t>::prepare(octet::cumsum_params({2, {3, 4}}, {0.5f, 1}, {0.5f, 1}, 1));
  REQUIRE(cumsum);
  check_memory_refusals<std::int8_t, std::int8_t>(*cumsum, 12, 12, "cumsum", /*in_place=*/true);
}
