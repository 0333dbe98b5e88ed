// SPDX-License-Identifier: Apache-2.0
#include "octet/max_pool2d.hpp"

#include <cstdint>
#include <span>
#include <vector>

#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/random.hpp"
#include "support/refusal.hpp"

namespace {

using octet::MaxPool2d;
using octet::Pool2dParams;

// The maxima of `input` in memory that ends, or begins, at a page nobody may touch.
template <class T>
std::vector<T> run(const Pool2dParams& params, const std::vector<T>& input,
                   const octet::Backend& backend, Guard guard = Guard::after) {
  GuardedBuffer<T> memory(input, guard);
  GuardedBuffer<T> output(output_shape(params).size(), guard);
  const auto pool = MaxPool2d<T>::prepare(params, backend);
  INFO(octet::to_string(pool.status()));
  REQUIRE(pool);
  CHECK(&pool->backend() == &backend);
  const auto bound = pool->bind(memory.span(), output.span());
  REQUIRE(bound);
  bound->run();
  return {output.span().begin(), output.span().end()};
}

using Bytes = std::vector<std::int8_t>;

}  // namespace

TEMPLATE_TEST_CASE("maximum pooling equals the reference on every backend", "", std::int8_t,
                   std::uint8_t, std::int16_t) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    int accepted = 0;
    for (int i = 0; i < 300; ++i) {
      Pool2dParams params{
          .input = {random.in(1, 2), random.in(1, 9), random.in(1, 9), random.in(1, 150)},
          .filter = {random.in(1, 5), random.in(1, 5)},
          .stride = {random.in(1, 3), random.in(1, 3)}};
      params.padding = {random.in(0, params.filter.h - 1), random.in(0, params.filter.w - 1),
                        random.in(0, 2), random.in(0, 2)};
      if (random.one_in(3)) {
        params.min = 20;
        params.max = 100;
      }
      if (!MaxPool2d<TestType>::prepare(params, backend)) continue;
      ++accepted;
      CAPTURE(params.input.h, params.input.w, params.input.c, params.filter.h, params.filter.w,
              params.stride.h, params.stride.w);
      const auto input = random.one_in(4) ? random.extreme_vector<TestType>(params.input.size())
                                          : random.vector<TestType>(params.input.size());
      std::vector<TestType> expected(static_cast<std::size_t>(output_shape(params).size()));
      octet::reference::max_pool2d(params, input.data(), expected.data());
      REQUIRE(run(params, input, backend, random.one_in(2) ? Guard::before : Guard::after) ==
              expected);
    }
    CHECK(accepted > 100);
  });
}

TEST_CASE("the maximum leaves out the padding and is clamped") {
  const Pool2dParams params{
      .input = {1, 1, 3, 1}, .filter = {1, 2}, .padding = {.left = 1, .right = 1}};
  const auto& backend = octet::best_backend();
  CHECK(run<std::int8_t>(params, {-10, -20, -5}, backend) == Bytes{-10, -10, -5, -5});
  Pool2dParams clamped = params;
  clamped.min = -8;
  clamped.max = -6;
  CHECK(run<std::int8_t>(clamped, {-10, -20, -5}, backend) == Bytes{-8, -8, -6, -6});
}

TEST_CASE("maximum pooling refuses bad parameters") {
  const auto with = [](auto change) {
    Pool2dParams params{.input = {1, 4, 4, 2}, .filter = {2, 2}, .stride = {2, 2}};
    change(params);
    return MaxPool2d<std::uint8_t>::prepare(params);
  };
  REQUIRE(with([](auto&) {}));
  CHECK_REFUSED(with([](auto& p) { p.input.n = -1; }), invalid_shape, "input.n");
  CHECK_REFUSED(with([](auto& p) {
                  p.input = {1 << 30, 1 << 30, 1 << 30, 1 << 30};
                }),
                invalid_shape, "input");
  CHECK_REFUSED(with([](auto& p) { p.filter.h = 0; }), invalid_shape, "filter.h");
  CHECK_REFUSED(with([](auto& p) { p.filter.w = 5; }), invalid_shape, "filter.w");
  CHECK_REFUSED(with([](auto& p) { p.stride.w = 0; }), invalid_stride, "stride.w");
  CHECK_REFUSED(with([](auto& p) { p.padding.left = -1; }), invalid_padding, "padding.left");
  CHECK_REFUSED(with([](auto& p) { p.padding.top = 2; }), invalid_padding, "padding.top");
  CHECK_REFUSED(with([](auto& p) { p.padding.bottom = 2; }), invalid_padding, "padding.bottom");
  CHECK_REFUSED(with([](auto& p) { p.min = -1; }), clamp_out_of_range, "min");
  CHECK_REFUSED(with([](auto& p) { p.max = 256; }), clamp_out_of_range, "max");
  CHECK_REFUSED(with([](auto& p) { p.min = 4, p.max = 3; }), clamp_out_of_range, "min");
}

TEST_CASE("maximum pooling refuses bad memory") {
  const auto pool = MaxPool2d<std::int8_t>::prepare({.input = {1, 2, 2, 3}, .filter = {2, 2}});
  REQUIRE(pool);
  Bytes input(12), output(3);
  const std::span<std::int8_t> none;
  CHECK(pool->bind(input, output));
  CHECK_REFUSED(pool->bind(none, output), null_pointer, "input");
  CHECK_REFUSED(pool->bind(input, none), null_pointer, "output");
  CHECK_REFUSED(pool->bind(std::span(input).first(11), output), buffer_too_small, "input");
  CHECK_REFUSED(pool->bind(input, std::span(output).first(2)), buffer_too_small, "output");
  CHECK_REFUSED(pool->bind(input, std::span(input).last(3)), overlap, "output");
  CHECK_REFUSED(MaxPool2d<std::int8_t>().bind(input, output), unsupported,
                "max_pool2d (not prepared)");
}
