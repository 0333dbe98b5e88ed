// SPDX-License-Identifier: Apache-2.0
#include "octet/pad.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "octet/reference/pad.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/random.hpp"
#include "support/refusal.hpp"

namespace {

using octet::Pad;
using octet::PadParams;

// The padded tensor in memory that ends, or begins, at a page nobody may touch.
template <class T>
std::vector<T> run(const PadParams& params, const std::vector<T>& x, Guard guard = Guard::after) {
  GuardedBuffer<T> memory(x, guard);
  GuardedBuffer<T> y(output_shape(params).size(), guard);
  const auto pad = Pad<T>::prepare(params);
  INFO(octet::to_string(pad.status()));
  REQUIRE(pad);
  const auto bound = pad->bind(memory.span(), y.span());
  REQUIRE(bound);
  bound->run();
  return {y.span().begin(), y.span().end()};
}

using Bytes = std::vector<std::int8_t>;

}  // namespace

TEMPLATE_TEST_CASE("padding equals the reference", "", std::int8_t, std::uint8_t, std::int16_t) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (int i = 0; i < 500; ++i) {
    PadParams params;
    params.input.rank = random.in(0, octet::kMaxRank);
    params.value =
        random.in(std::numeric_limits<TestType>::min(), std::numeric_limits<TestType>::max());
    for (std::int32_t d = 0; d < params.input.rank; ++d) {
      params.input.extent[d] = random.in(1, 4);
      if (random.one_in(2)) {
        params.before[d] = random.in(0, 2);
        params.after[d] = random.in(0, 2);
      }
      CAPTURE(d, params.input.extent[d], params.before[d], params.after[d]);
    }
    const auto x = random.vector<TestType>(params.input.size());
    std::vector<TestType> expected(static_cast<std::size_t>(output_shape(params).size()));
    octet::reference::pad(params, x.data(), expected.data());
    REQUIRE(run(params, x, random.one_in(2) ? Guard::before : Guard::after) == expected);
  }
}

TEST_CASE("padding by hand") {
  CHECK(run<std::int8_t>({.input = {2, {2, 2}}, .before = {1, 0}, .after = {0, 1}, .value = 9},
                         {1, 2, 3, 4}) == Bytes{9, 9, 9, 1, 2, 9, 3, 4, 9});
  CHECK(run<std::int8_t>({.input = {0, {}}, .value = 9}, {5}) == Bytes{5});
  CHECK(run<std::int8_t>({.input = {1, {2}}, .before = {1}, .after = {2}, .value = -7}, {1, 2}) ==
        Bytes{-7, 1, 2, -7, -7});
}

TEST_CASE("padding refuses bad parameters") {
  const auto with = [](auto change) {
    PadParams params{.input = {2, {3, 4}}, .before = {1, 1}, .after = {1, 1}, .value = 5};
    change(params);
    return Pad<std::int8_t>::prepare(params);
  };
  REQUIRE(with([](auto&) {}));
  CHECK_REFUSED(with([](auto& p) { p.input.rank = -1; }), invalid_shape, "input.rank");
  CHECK_REFUSED(with([](auto& p) { p.input.rank = 7; }), invalid_shape, "input.rank");
  CHECK_REFUSED(with([](auto& p) { p.input.extent[0] = 0; }), invalid_shape, "input.extent[0]");
  CHECK_REFUSED(with([](auto& p) { p.input.extent[1] = -4; }), invalid_shape, "input.extent[1]");
  CHECK_REFUSED(with([](auto& p) {
                  p.input = {4, {1 << 30, 1 << 30, 1 << 30, 1 << 30}};
                }),
                invalid_shape, "input");
  CHECK_REFUSED(with([](auto& p) { p.before[0] = -1; }), invalid_padding, "before[0]");
  CHECK_REFUSED(with([](auto& p) { p.after[1] = -1; }), invalid_padding, "after[1]");
  CHECK_REFUSED(with([](auto& p) { p.before[0] = 0x7FFFFFFF; }), invalid_padding, "before[0]");
  CHECK_REFUSED(with([](auto& p) { p.after[0] = 0x7FFFFFFC; }), invalid_padding, "after[0]");
  CHECK_REFUSED(with([](auto& p) {
                  p.before[0] = p.before[1] = 0x70000000;
                  p.input = {3, {3, 4, 1 << 20}};
                }),
                invalid_shape, "output");
  CHECK_REFUSED(with([](auto& p) { p.value = 128; }), zero_point_out_of_range, "value");
  CHECK_REFUSED(with([](auto& p) { p.value = -129; }), zero_point_out_of_range, "value");
}

TEST_CASE("padding refuses bad memory") {
  const auto pad = Pad<std::int8_t>::prepare({.input = {1, {4}}, .before = {2}});
  REQUIRE(pad);
  Bytes x(4), y(6);
  const std::span<std::int8_t> none;
  CHECK(pad->bind(x, y));
  CHECK_REFUSED(pad->bind(none, y), null_pointer, "x");
  CHECK_REFUSED(pad->bind(x, none), null_pointer, "y");
  CHECK_REFUSED(pad->bind(std::span(x).first(3), y), buffer_too_small, "x");
  CHECK_REFUSED(pad->bind(x, std::span(y).first(5)), buffer_too_small, "y");
  CHECK_REFUSED(pad->bind(std::span(y).last(4), y), overlap, "y");
  CHECK_REFUSED(Pad<std::int8_t>().bind(x, y), unsupported, "pad (not prepared)");
}
