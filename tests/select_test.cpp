// SPDX-License-Identifier: Apache-2.0
// Elements of one of two tensors.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "octet/select.hpp"
#include "support/move.hpp"

namespace {

using octet::SelectParams;
using octet::Shape;

using Bytes = std::vector<std::int8_t>;

// Extents of `shape` that are repeated, and dimensions that are left out.
Shape part_of(Random& random, const Shape& shape) {
  const std::int32_t dropped = random.one_in(3) ? random.in(0, shape.rank) : 0;
  Shape part{.rank = shape.rank - dropped};
  for (std::int32_t d = 0; d < part.rank; ++d) {
    part.extent[d] = random.one_in(4) ? 1 : shape.extent[d + dropped];
  }
  return part;
}

Bytes selected(const SelectParams& params, const std::vector<std::uint8_t>& condition,
               const Bytes& x1, const Bytes& x2) {
  const auto operation = octet::Select<std::int8_t>::prepare(params);
  REQUIRE(operation);
  Bytes y(static_cast<std::size_t>(operation->output_shape().size()));
  const auto bound = operation->bind(condition, x1, x2, y);
  REQUIRE(bound);
  bound->run();
  return y;
}

}  // namespace

TEMPLATE_TEST_CASE("select equals the reference", "", std::int8_t, std::int16_t, std::int32_t,
                   std::uint64_t) {
  using T = TestType;
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t n = test_iterations(300); n > 0; --n) {
    const Shape shape = random_shape(random, 0);
    const SelectParams params{.condition = part_of(random, shape),
                              .input1 = {.shape = part_of(random, shape)},
                              .input2 = {.shape = part_of(random, shape)}};
    const auto operation = octet::Select<T>::prepare(params);
    INFO(octet::to_string(operation.status()));
    REQUIRE(operation);
    auto c = random.vector<std::uint8_t>(params.condition.size());
    for (std::uint8_t& condition : c) condition = random.one_in(2) ? 0 : condition;
    const auto x1 = random.vector<T>(params.input1.shape.size());
    const auto x2 = random.vector<T>(params.input2.shape.size());
    const std::int64_t outputs = output_shape(params).size();
    std::vector<T> expected(static_cast<std::size_t>(outputs));
    octet::reference::select(params, c.data(), x1.data(), x2.data(), expected.data());
    const Guard guard = random_guard(random);
    GuardedBuffer<std::uint8_t> condition(c, guard);
    GuardedBuffer<T> input1(x1, guard), input2(x2, guard), output(outputs, guard);
    const auto bound =
        operation->bind(condition.span(), input1.span(), input2.span(), output.span());
    REQUIRE(bound);
    bound->run();
    REQUIRE(std::ranges::equal(output.span(), expected));
  }
}

TEST_CASE("select by hand") {
  const octet::Operand row{.shape = {1, {3}}}, column{.shape = {2, {2, 1}}}, one{};
  CHECK(selected({.condition = {1, {3}}, .input1 = row, .input2 = row}, {1, 0, 255}, {1, 2, 3},
                 {4, 5, 6}) == Bytes{1, 5, 3});
  CHECK(selected({.condition = {1, {3}}, .input1 = column, .input2 = one}, {0, 1, 1}, {1, 2},
                 {9}) == Bytes{9, 1, 1, 9, 2, 2});
  CHECK(selected({.condition = {2, {2, 1}}, .input1 = row, .input2 = one}, {0, 1}, {1, 2, 3},
                 {9}) == Bytes{9, 9, 9, 1, 2, 3});
  CHECK(selected({.input1 = one, .input2 = one}, {0}, {1}, {2}) == Bytes{2});
}

TEST_CASE("select refuses bad parameters and memory") {
  const auto select = [](const Shape& condition, const Shape& input1, const Shape& input2) {
    return octet::Select<std::int8_t>::prepare(
        {.condition = condition, .input1 = {.shape = input1}, .input2 = {.shape = input2}});
  };
  const Shape row{1, {3}};
  const auto three = select(row, row, row);
  REQUIRE(three);
  CHECK_REFUSED(select({7, {}}, row, row), invalid_shape, "condition.rank");
  CHECK_REFUSED(select({1, {0}}, row, row), invalid_shape, "condition.extent[0]");
  CHECK_REFUSED(select({1, {2}}, row, row), invalid_shape, "condition.extent[0]");
  CHECK_REFUSED(select(row, {1, {-1}}, row), invalid_shape, "input1.shape.extent[0]");
  CHECK_REFUSED(select(row, row, {1, {2}}), invalid_shape, "input2.shape.extent[0]");
  CHECK_REFUSED(select({3, {kHighest, 1, 1}}, {2, {kHighest, 1}}, {1, {kHighest}}), invalid_shape,
                "output");
  std::vector<std::uint8_t> bytes(3);
  Bytes x(3), y(3);
  const std::span<std::int8_t> input(x), output(y), none;
  const std::span<const std::uint8_t> condition(bytes);
  CHECK(three->bind(condition, input, input, output));
  CHECK_REFUSED(three->bind({}, input, input, output), null_pointer, "condition");
  CHECK_REFUSED(three->bind(condition, none, input, output), null_pointer, "input1");
  CHECK_REFUSED(three->bind(condition, input, none, output), null_pointer, "input2");
  CHECK_REFUSED(three->bind(condition, input, input, none), null_pointer, "output");
  CHECK_REFUSED(three->bind(condition.first(2), input, input, output), buffer_too_small,
                "condition");
  CHECK_REFUSED(three->bind(condition, input, input.first(2), output), buffer_too_small, "input2");
  CHECK_REFUSED(three->bind(condition, input, output, output), overlap, "output");
  CHECK_REFUSED(octet::Select<std::int8_t>().bind(condition, input, input, output), not_prepared,
                "select");
}
