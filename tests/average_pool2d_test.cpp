// SPDX-License-Identifier: Apache-2.0
#include "octet/average_pool2d.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/random.hpp"
#include "support/refusal.hpp"

namespace {

using octet::AveragePool2d;
using octet::Pool2dParams;

// The average of `input` in memory that ends, or begins, at a page nobody may touch.
template <class T>
std::vector<T> run(const Pool2dParams& params, const std::vector<T>& input,
                   const octet::Backend& backend, Guard guard = Guard::after) {
  GuardedBuffer<T> memory(input, guard);
  GuardedBuffer<T> output(output_shape(params).size(), guard);
  const auto pool = AveragePool2d<T>::prepare(params, backend);
  INFO(octet::to_string(pool.status()));
  REQUIRE(pool);
  CHECK(&pool->backend() == &backend);
  const auto bound = pool->bind(memory.span(), output.span());
  REQUIRE(bound);
  bound->run();
  return {output.span().begin(), output.span().end()};
}

using Bytes = std::vector<std::int8_t>;

std::int32_t rounded_quotient(std::int32_t sum, std::int32_t count) {
  return (sum + (sum > 0 ? count / 2 : -(count / 2))) / count;
}

// A division as the kernels do it.
std::int32_t quotient(std::int32_t sum, std::int32_t count) {
  const octet::Division division = octet::detail::division_by(count);
  return octet::multiply_by_quantized_multiplier(octet::Division::kScale * sum, division.multiplier,
                                                 -division.right);
}

// The averages of windows of `window` elements of a row.
Bytes averages(const Bytes& row, std::int32_t window, octet::Padding padding = {},
               std::int32_t min = -128, std::int32_t max = 127) {
  return run<std::int8_t>({.input = {1, 1, static_cast<std::int32_t>(row.size()), 1},
                           .filter = {1, window},
                           .padding = padding,
                           .min = min,
                           .max = max},
                          row, octet::best_backend());
}

}  // namespace

TEMPLATE_TEST_CASE("average pooling equals the reference on every backend", "", std::int8_t,
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
      if (!AveragePool2d<TestType>::prepare(params, backend)) continue;
      ++accepted;
      CAPTURE(params.input.h, params.input.w, params.input.c, params.filter.h, params.filter.w,
              params.stride.h, params.stride.w);
      const auto input = random.one_in(4) ? random.extreme_vector<TestType>(params.input.size())
                                          : random.vector<TestType>(params.input.size());
      std::vector<TestType> expected(static_cast<std::size_t>(output_shape(params).size()));
      octet::reference::average_pool2d(params, input.data(), expected.data());
      REQUIRE(run(params, input, backend, random.one_in(2) ? Guard::before : Guard::after) ==
              expected);
    }
    CHECK(accepted > 100);
  });
}

TEST_CASE("division by multiplication is exact for every sum of up to 512 bytes") {
  for (std::int32_t count = 1; count <= 512; ++count) {
    for (std::int32_t sum = -128 * count; sum <= 255 * count; ++sum) {
      if (quotient(sum, count) == rounded_quotient(sum, count)) continue;
      CAPTURE(sum, count);
      REQUIRE(quotient(sum, count) == rounded_quotient(sum, count));
    }
  }
  SUCCEED();
}

TEST_CASE("division by multiplication is exact where quotients change, for every larger count") {
  const auto limit = static_cast<std::int32_t>(octet::detail::kMostPooled);
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto check = [](std::int32_t count) {
    const octet::Division division = octet::detail::division_by(count);
    if (division.multiplier < 1 << 30 || division.right < 1) {
      CAPTURE(count, division.multiplier, division.right);
      REQUIRE(division.multiplier >= 1 << 30);
      REQUIRE(division.right >= 1);
    }
    for (std::int32_t average = -128; average <= 255; ++average) {
      // The sums around average - 1/2, average and average + 1/2.
      for (const std::int32_t middle : {2 * average - 1, 2 * average, 2 * average + 1}) {
        const auto near = static_cast<std::int32_t>(std::int64_t{middle} * count / 2);
        for (std::int32_t sum = near - 2; sum <= near + 2; ++sum) {
          if (sum < -128 * count || sum > 255 * count) continue;
          if (quotient(sum, count) == rounded_quotient(sum, count)) continue;
          CAPTURE(sum, count);
          REQUIRE(quotient(sum, count) == rounded_quotient(sum, count));
        }
      }
    }
  };
  for (std::int32_t power = 512; power <= limit; power *= 2) {
    for (const std::int32_t count : {power - 1, power, power + 1}) check(std::min(count, limit));
  }
  for (std::int64_t n = test_iterations(2000); n > 0; --n) check(random.in(513, limit));
  SUCCEED();
}

TEMPLATE_TEST_CASE("every sum of up to 40 bytes is divided exactly on every backend", "",
                   std::int8_t, std::uint8_t) {
  constexpr std::int32_t kMin = std::numeric_limits<TestType>::min();
  constexpr std::int32_t kMax = std::numeric_limits<TestType>::max();
  for_each_backend([&](const octet::Backend& backend) {
    for (std::int32_t count = 1; count <= 40; ++count) {
      // Channel c sums up to kMin * count + c.
      const std::int32_t channels = (kMax - kMin) * count + 1;
      std::vector<TestType> input, expected;
      for (std::int32_t i = 0; i < count; ++i) {
        for (std::int32_t c = 0; c < channels; ++c) {
          input.push_back(static_cast<TestType>(kMin + (c + i) / count));
        }
      }
      for (std::int32_t c = 0; c < channels; ++c) {
        expected.push_back(static_cast<TestType>(rounded_quotient(kMin * count + c, count)));
      }
      CAPTURE(count);
      REQUIRE(run<TestType>({.input = {1, 1, count, channels}, .filter = {1, count}}, input,
                            backend) == expected);
    }
  });
}

TEMPLATE_TEST_CASE("large windows are averaged exactly on every backend", "", std::int8_t,
                   std::uint8_t) {
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto check = [&](const octet::Backend& backend, std::int32_t h, std::int32_t w,
                         std::int32_t c) {
    const Pool2dParams params{.input = {1, h, w, c},
                              .filter = {h, w},
                              .stride = {h, w},
                              .padding = {h / 2, w / 3, h / 2, w / 4}};
    CAPTURE(h, w, c);
    const auto size = params.input.size();
    for (const int extreme : {0, 1, 2}) {
      auto input = random.vector<TestType>(size);
      if (extreme == 1) std::ranges::fill(input, std::numeric_limits<TestType>::min());
      if (extreme == 2) std::ranges::fill(input, std::numeric_limits<TestType>::max());
      std::vector<TestType> expected(static_cast<std::size_t>(output_shape(params).size()));
      octet::reference::average_pool2d(params, input.data(), expected.data());
      REQUIRE(run(params, input, backend) == expected);
    }
  };
  for_each_backend([&](const octet::Backend& backend) {
    check(backend, 16, 16, 70);
    check(backend, 1, 257, 3);
    check(backend, 257, 1, 65);
    check(backend, 2, 700, 5);
    check(backend, 33, 40, 20);
    check(backend, 1024, 1024, 1);
    check(backend, 1024, 1025, 1);  // more than the kernels divide
  });
}

TEST_CASE("averages are rounded half away from zero") {
  CHECK(averages({1, 2}, 2) == Bytes{2});
  CHECK(averages({-1, -2}, 2) == Bytes{-2});
  CHECK(averages({0, 1}, 2) == Bytes{1});
  CHECK(averages({0, -1}, 2) == Bytes{-1});
  CHECK(averages({1, 1, 2}, 3) == Bytes{1});
  CHECK(averages({-128, -128, -128}, 3) == Bytes{-128});
  CHECK(averages({127, 127, 127, 127}, 4) == Bytes{127});
}

TEST_CASE("averages are clamped") {
  CHECK(averages({100, 102}, 2, {}, -50, 50) == Bytes{50});
  CHECK(averages({-100, -102}, 2, {}, -50, 50) == Bytes{-50});
}

TEST_CASE("averages leave out the padding") {
  CHECK(averages({10, 20, 40}, 2, {.left = 1, .right = 1}) == Bytes{10, 15, 30, 40});
}

TEST_CASE("average pooling refuses bad parameters") {
  const Pool2dParams good{.input = {1, 4, 4, 2}, .filter = {2, 2}, .stride = {2, 2}};
  const auto prepare = [](const Pool2dParams& params) {
    return AveragePool2d<std::int8_t>::prepare(params);
  };
  const auto with = [&](auto change) {
    Pool2dParams params = good;
    change(params);
    return prepare(params);
  };
  REQUIRE(prepare(good));
  CHECK_REFUSED(with([](auto& p) { p.input.n = 0; }), invalid_shape, "input.n");
  CHECK_REFUSED(with([](auto& p) { p.input.h = -1; }), invalid_shape, "input.h");
  CHECK_REFUSED(with([](auto& p) { p.input.w = 0; }), invalid_shape, "input.w");
  CHECK_REFUSED(with([](auto& p) { p.input.c = -7; }), invalid_shape, "input.c");
  CHECK_REFUSED(with([](auto& p) {
                  p.input = {1 << 30, 1 << 30, 1 << 30, 1 << 30};
                }),
                invalid_shape, "input");
  CHECK_REFUSED(with([](auto& p) { p.filter.h = 0; }), invalid_shape, "filter.h");
  CHECK_REFUSED(with([](auto& p) { p.filter.w = -1; }), invalid_shape, "filter.w");
  CHECK_REFUSED(with([](auto& p) { p.filter.h = 5; }), invalid_shape, "filter.h");
  CHECK_REFUSED(with([](auto& p) { p.stride.h = 0; }), invalid_stride, "stride.h");
  CHECK_REFUSED(with([](auto& p) { p.stride.w = -2; }), invalid_stride, "stride.w");
  CHECK_REFUSED(with([](auto& p) { p.padding.top = -1; }), invalid_padding, "padding.top");
  CHECK_REFUSED(with([](auto& p) { p.padding.top = 2; }), invalid_padding, "padding.top");
  CHECK_REFUSED(with([](auto& p) { p.padding.left = 2; }), invalid_padding, "padding.left");
  CHECK_REFUSED(with([](auto& p) { p.padding.bottom = 0x7FFFFFFF; }), invalid_padding,
                "padding.bottom");
  CHECK(with([](auto& p) { p.padding.bottom = 1; }));
  CHECK_REFUSED(with([](auto& p) { p.padding.bottom = 2; }), invalid_padding, "padding.bottom");
  CHECK_REFUSED(with([](auto& p) { p.padding.right = 2; }), invalid_padding, "padding.right");
  CHECK_REFUSED(with([](auto& p) { p.min = -129; }), clamp_out_of_range, "min");
  CHECK_REFUSED(with([](auto& p) { p.max = 128; }), clamp_out_of_range, "max");
  CHECK_REFUSED(with([](auto& p) { p.min = 4, p.max = 3; }), clamp_out_of_range, "min");
}

TEST_CASE("average pooling refuses windows whose sum could overflow") {
  const auto prepare = [](std::int32_t h, std::int32_t w) {
    return AveragePool2d<std::int16_t>::prepare({.input = {1, h, w, 1}, .filter = {h, w}});
  };
  CHECK(prepare(255, 256));
  CHECK_REFUSED(prepare(256, 256), invalid_shape, "filter");
  CHECK_REFUSED(prepare(1 << 15, 1 << 15), invalid_shape, "filter");

  const std::vector<std::int16_t> lowest(255 * 256, -32768);
  CHECK(run<std::int16_t>({.input = {1, 255, 256, 1}, .filter = {255, 256}}, lowest,
                          octet::best_backend()) == std::vector<std::int16_t>{-32768});
}

TEST_CASE("average pooling refuses bad memory") {
  const auto pool = AveragePool2d<std::int8_t>::prepare({.input = {1, 2, 2, 3}, .filter = {2, 2}});
  REQUIRE(pool);
  Bytes input(12), output(3);
  const std::span<std::int8_t> none;
  CHECK(pool->bind(input, output));
  CHECK_REFUSED(pool->bind(none, output), null_pointer, "input");
  CHECK_REFUSED(pool->bind(input, none), null_pointer, "output");
  CHECK_REFUSED(pool->bind(std::span(input).first(11), output), buffer_too_small, "input");
  CHECK_REFUSED(pool->bind(input, std::span(output).first(2)), buffer_too_small, "output");
  CHECK_REFUSED(pool->bind(input, std::span(input).last(3)), overlap, "output");
  CHECK_REFUSED(AveragePool2d<std::int8_t>().bind(input, output), unsupported,
                "average_pool2d (not prepared)");
}
