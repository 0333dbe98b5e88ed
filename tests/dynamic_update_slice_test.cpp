// SPDX-License-Identifier: Apache-2.0
// A tensor written over a part of another.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "octet/dynamic_update_slice.hpp"
#include "support/move.hpp"

namespace {

using octet::DynamicUpdateSliceParams;
using octet::Shape;

using Places = std::vector<std::int32_t>;

}  // namespace

TEMPLATE_TEST_CASE("dynamic_update_slice equals the reference", "", std::int8_t, std::int16_t,
                   std::int32_t, std::uint64_t) {
  using T = TestType;
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t n = test_iterations(300); n > 0; --n) {
    DynamicUpdateSliceParams params{.input = {.shape = random_shape(random, 1)}};
    params.update.rank = params.input.shape.rank;
    for (std::int32_t d = 0; d < params.update.rank; ++d) {
      params.update.extent[d] = random.in(1, params.input.shape.extent[d]);
    }
    const auto operation = octet::DynamicUpdateSlice<T>::prepare(params);
    INFO(octet::to_string(operation.status()));
    REQUIRE(operation);
    const auto x = random.vector<T>(params.input.shape.size());
    const auto part = random.vector<T>(params.update.size());
    // Some that would leave the input.
    auto places = random.extreme_vector<std::int32_t>(params.update.rank);
    for (std::int32_t& place : places) {
      if (!random.one_in(8)) place = random.in(-1, 4);
    }
    std::vector<T> expected(x.size());
    octet::reference::dynamic_update_slice(params, x.data(), part.data(), places.data(),
                                           expected.data());
    const Guard guard = random_guard(random);
    GuardedBuffer<T> input(x, guard), update(part, guard),
        output(static_cast<std::int64_t>(x.size()), guard);
    GuardedBuffer<std::int32_t> begin(places, guard);
    const bool in_place = random.one_in(2);
    const std::span<T> to = in_place ? input.span() : output.span();
    const auto bound = operation->bind(input.span(), update.span(), begin.span(), to);
    REQUIRE(bound);
    bound->run();
    REQUIRE(std::ranges::equal(to, expected));
  }
}

TEST_CASE("dynamic_update_slice by hand") {
  const auto operation = octet::DynamicUpdateSlice<std::int8_t>::prepare(
      {.input = {.shape = {2, {2, 3}}}, .update = {2, {1, 2}}});
  REQUIRE(operation);
  const auto updated = [&](const Places& begin) {
    const Bytes input{1, 2, 3, 4, 5, 6}, update{8, 9};
    Bytes output(6);
    const auto bound = operation->bind(input, update, begin, output);
    REQUIRE(bound);
    bound->run();
    return output;
  };
  CHECK(updated({0, 0}) == Bytes{8, 9, 3, 4, 5, 6});
  CHECK(updated({1, 1}) == Bytes{1, 2, 3, 4, 8, 9});
  // A part that would leave the input lies at the nearest place inside.
  CHECK(updated({kHighest, kLowest}) == Bytes{1, 2, 3, 8, 9, 6});
  CHECK(updated({-1, 2}) == Bytes{1, 8, 9, 4, 5, 6});
}

TEST_CASE("dynamic_update_slice refuses bad parameters and memory") {
  const auto slice = [](const Shape& input, const Shape& update) {
    return octet::DynamicUpdateSlice<std::int8_t>::prepare(
        {.input = {.shape = input}, .update = update});
  };
  CHECK_REFUSED(slice({0, {}}, {0, {}}), invalid_shape, "input.shape.rank");
  CHECK_REFUSED(slice({1, {3}}, {2, {1, 1}}), size_mismatch, "update.rank");
  CHECK_REFUSED(slice({2, {2, 3}}, {2, {1, 0}}), invalid_shape, "update.extent[1]");
  CHECK_REFUSED(slice({2, {2, 3}}, {2, {3, 3}}), invalid_shape, "update.extent[0]");
  const auto two = slice({1, {3}}, {1, {2}});
  REQUIRE(two);
  Bytes x(3), part(2), y(3);
  const std::span<std::int8_t> input(x), update(part), output(y);
  const Places begin{1};
  CHECK(two->bind(input, update, begin, output));
  CHECK_REFUSED(two->bind({}, update, begin, output), null_pointer, "input");
  CHECK_REFUSED(two->bind(input, {}, begin, output), null_pointer, "update");
  CHECK_REFUSED(two->bind(input, update, {}, output), null_pointer, "begin");
  CHECK_REFUSED(two->bind(input, update.first(1), begin, output), buffer_too_small, "update");
  CHECK_REFUSED(two->bind(input, input, begin, input), overlap, "output");
  CHECK_REFUSED(octet::DynamicUpdateSlice<std::int8_t>().bind(input, update, begin, output),
                not_prepared, "dynamic_update_slice");
}
