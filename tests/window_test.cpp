// SPDX-License-Identifier: Apache-2.0
// Operations that slide a window over an input: average and maximum pooling.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "octet/average_pool2d.hpp"
#include "octet/max_pool2d.hpp"
#include "support/backends.hpp"
#include "support/lift.hpp"
#include "support/one_input.hpp"

namespace {

using octet::AveragePool2d;
using octet::MaxPool2d;
using octet::Pool2dParams;

using Bytes = std::vector<std::int8_t>;

constexpr std::int32_t kHighest = std::numeric_limits<std::int32_t>::max();

template <template <class> class PoolTemplate>
struct PoolOf {
  template <class T>
  using Prepared = PoolTemplate<T>;
};

struct AveragePool : PoolOf<AveragePool2d> {
  static constexpr const char* kName = "average_pool2d";
  static constexpr auto reference = OCTET_LIFT(octet::reference::average_pool2d);
};

struct MaxPool : PoolOf<MaxPool2d> {
  static constexpr const char* kName = "max_pool2d";
  static constexpr auto reference = OCTET_LIFT(octet::reference::max_pool2d);
};

template <class Pool, class T>
std::vector<T> run(const Pool2dParams& params, const std::vector<T>& input,
                   const octet::Backend& backend = octet::best_backend(),
                   Guard guard = Guard::after) {
  return run_guarded<T>(Pool::template Prepared<T>::prepare(params, backend), input,
                        output_shape(params).size(), guard);
}

template <class Pool, class T>
void check_against_reference(const Pool2dParams& params, const std::vector<T>& input,
                             const octet::Backend& backend, Guard guard = Guard::after) {
  const octet::ShapeNhwc& in = params.input.shape;
  CAPTURE(in.h, in.w, in.c, params.filter.h, params.filter.w, params.stride.h, params.stride.w);
  std::vector<T> expected(static_cast<std::size_t>(output_shape(params).size()));
  Pool::reference(params, input.data(), expected.data());
  REQUIRE(run<Pool>(params, input, backend, guard) == expected);
}

// The windows of `window` elements of a row.
template <class Pool>
Bytes pooled(const Bytes& row, std::int32_t window, octet::Padding padding = {},
             std::int32_t min = -128, std::int32_t max = 127) {
  return run<Pool>({.input = {.shape = {1, 1, static_cast<std::int32_t>(row.size()), 1}},
                    .filter = {1, window},
                    .padding = padding,
                    .output = {.min = min, .max = max}},
                   row);
}

std::int32_t rounded_quotient(std::int32_t sum, std::int32_t count) {
  return (sum + (sum > 0 ? count / 2 : -(count / 2))) / count;
}

// A division as the kernels do it.
std::int32_t quotient(std::int32_t sum, std::int32_t count) {
  const octet::Division division = octet::detail::division_by(count);
  return octet::multiply_by_quantized_multiplier(octet::Division::kScale * sum, division.multiplier,
                                                 -division.right);
}

void check_quotient(std::int32_t sum, std::int32_t count) {
  if (quotient(sum, count) == rounded_quotient(sum, count)) return;
  CAPTURE(sum, count);
  REQUIRE(quotient(sum, count) == rounded_quotient(sum, count));
}

// The division of sums around average - 1/2, average and average + 1/2.
void check_quotients(std::int32_t average, std::int32_t count, std::int32_t lowest,
                     std::int32_t highest) {
  for (const std::int64_t middle : {2 * average - 1, 2 * average, 2 * average + 1}) {
    const auto near = static_cast<std::int32_t>(middle * count / 2);
    for (std::int32_t sum = near - 2; sum <= near + 2; ++sum) {
      if (sum < lowest * count || sum > highest * count) continue;
      check_quotient(sum, count);
    }
  }
}

}  // namespace

TEMPLATE_PRODUCT_TEST_CASE("pooling equals the reference on every backend", "", std::pair,
                           ((AveragePool, std::int8_t), (AveragePool, std::uint8_t),
                            (AveragePool, std::int16_t), (MaxPool, std::int8_t),
                            (MaxPool, std::uint8_t), (MaxPool, std::int16_t))) {
  using Pool = typename TestType::first_type;
  using T = typename TestType::second_type;
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    std::int64_t accepted = 0;
    const std::int64_t iterations = test_iterations(300);
    for (std::int64_t i = 0; i < iterations; ++i) {
      Pool2dParams params{.input = {.shape = {random.in(1, 2), random.in(1, 9), random.in(1, 9),
                                              random.in(1, 150)}},
                          .filter = {random.in(1, 5), random.in(1, 5)},
                          .stride = {random.in(1, 3), random.in(1, 3)}};
      params.padding = {random.in(0, params.filter.h - 1), random.in(0, params.filter.w - 1),
                        random.in(0, 2), random.in(0, 2)};
      params.input.zero_point = params.output.zero_point = random.in(0, 127);
      if (random.one_in(3)) {
        params.output.min = 20;
        params.output.max = 100;
      }
      if (!Pool::template Prepared<T>::prepare(params, backend)) continue;
      ++accepted;
      const auto size = params.input.shape.size();
      const auto input = random.one_in(4) ? random.extreme_vector<T>(size) : random.vector<T>(size);
      check_against_reference<Pool>(params, input, backend,
                                    random.one_in(2) ? Guard::before : Guard::after);
    }
    CHECK(accepted > iterations / 3);
  });
}

TEST_CASE("division by multiplication is exact for every sum of up to 512 bytes") {
  for (std::int32_t count = 1; count <= 512; ++count) {
    for (std::int32_t sum = -128 * count; sum <= 255 * count; ++sum) check_quotient(sum, count);
  }
  SUCCEED();
}

TEST_CASE("division by multiplication is exact where quotients change, for every larger count") {
  constexpr std::int32_t limit = octet::detail::kMostPooled<std::int8_t>;
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
      check_quotients(average, count, -128, 255);
    }
  };
  for (std::int32_t power = 512; power <= limit; power *= 2) {
    for (const std::int32_t count : {power - 1, power, power + 1}) check(std::min(count, limit));
  }
  for (std::int64_t n = test_iterations(2000); n > 0; --n) check(random.in(513, limit));
  SUCCEED();
}

TEST_CASE("division by multiplication is exact where quotients of 16 bits change") {
  constexpr std::int32_t limit = octet::detail::kMostPooled<std::int16_t>;
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int32_t count = 1; count <= limit; ++count) {
    for (const std::int32_t average : {-32768, -32767, -1, 0, 1, 32766, 32767}) {
      check_quotients(average, count, -32768, 32767);
    }
    for (std::int64_t n = test_iterations(100); n > 0; --n) {
      check_quotients(random.in(-32768, 32767), count, -32768, 32767);
    }
  }
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
      REQUIRE(run<AveragePool>({.input = {.shape = {1, 1, count, channels}}, .filter = {1, count}},
                               input, backend) == expected);
    }
  });
}

TEMPLATE_TEST_CASE("large windows are averaged exactly on every backend", "", std::int8_t,
                   std::uint8_t, std::int16_t) {
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto check = [&](const octet::Backend& backend, std::int32_t h, std::int32_t w,
                         std::int32_t c) {
    const Pool2dParams params{.input = {.shape = {1, h, w, c}},
                              .filter = {h, w},
                              .stride = {h, w},
                              .padding = {h / 2, w / 3, h / 2, w / 4}};
    const auto size = params.input.shape.size();
    for (const int extreme : {0, 1, 2}) {
      auto input = random.vector<TestType>(size);
      if (extreme == 1) std::ranges::fill(input, std::numeric_limits<TestType>::min());
      if (extreme == 2) std::ranges::fill(input, std::numeric_limits<TestType>::max());
      check_against_reference<AveragePool>(params, input, backend);
    }
  };
  for_each_backend([&](const octet::Backend& backend) {
    check(backend, 16, 16, 70);
    check(backend, 1, 257, 3);
    check(backend, 257, 1, 65);
    check(backend, 2, 700, 5);
    check(backend, 33, 40, 20);
    check(backend, 64, 64, 33);  // the most of 16 bits that the kernels divide
    check(backend, 64, 65, 33);
    check(backend, 256, 257, 1);  // of 16 bits, more than 32 bits hold
    check(backend, 1024, 1024, 1);
    check(backend, 1024, 1025, 1);  // more than the kernels divide
  });
}

TEST_CASE("averages are rounded half away from zero") {
  const auto averages = [](const Bytes& row, std::int32_t window) {
    return pooled<AveragePool>(row, window);
  };
  CHECK(averages({1, 2}, 2) == Bytes{2});
  CHECK(averages({-1, -2}, 2) == Bytes{-2});
  CHECK(averages({0, 1}, 2) == Bytes{1});
  CHECK(averages({0, -1}, 2) == Bytes{-1});
  CHECK(averages({1, 1, 2}, 3) == Bytes{1});
  CHECK(averages({-128, -128, -128}, 3) == Bytes{-128});
  CHECK(averages({127, 127, 127, 127}, 4) == Bytes{127});
}

TEST_CASE("pooling leaves out the padding, and clamps") {
  CHECK(pooled<AveragePool>({10, 20, 40}, 2, {.left = 1, .right = 1}) == Bytes{10, 15, 30, 40});
  CHECK(pooled<AveragePool>({100, 102}, 2, {}, -50, 50) == Bytes{50});
  CHECK(pooled<AveragePool>({-100, -102}, 2, {}, -50, 50) == Bytes{-50});
  CHECK(pooled<MaxPool>({-10, -20, -5}, 2, {.left = 1, .right = 1}) == Bytes{-10, -10, -5, -5});
  CHECK(pooled<MaxPool>({-10, -20, -5}, 2, {.left = 1, .right = 1}, -8, -6) ==
        Bytes{-8, -8, -6, -6});
}

// What SAME pads for its output, and no padding at all, are what these outputs need.
TEST_CASE("the padding for an output leads to that output") {
  const octet::ShapeNhwc input{1, 7, 10, 1};
  const octet::Extent2d window{3, 4}, stride{2, 3}, dilation{2, 1};
  const auto output_with = [&](const octet::Padding& padding) {
    return octet::detail::window_shape(input, padding, window, stride, dilation, 1);
  };
  const octet::Padding same = octet::same_padding(input, window, stride, dilation);
  for (const octet::Padding& padding : {same, octet::Padding{}, octet::Padding{1, 3, 2, 0}}) {
    const octet::ShapeNhwc output = output_with(padding);
    const octet::Padding found =
        padding_for(input, output, window, stride, dilation, padding.top, padding.left);
    CHECK(found.top == padding.top);
    CHECK(found.left == padding.left);
    CHECK(found.bottom <= padding.bottom);
    CHECK(found.right <= padding.right);
    const octet::ShapeNhwc again = output_with(found);
    CHECK(again.h == output.h);
    CHECK(again.w == output.w);
  }
  CHECK(padding_for(input, {1, 0, -1, 1}, window, stride, dilation, 5, 6).bottom == 0);
}

// A window takes the time of what it covers, not of what it would cover.
TEMPLATE_PRODUCT_TEST_CASE("windows that are larger than the input walk the input only", "",
                           std::pair,
                           ((AveragePool, std::int8_t), (AveragePool, std::int16_t),
                            (MaxPool, std::int8_t), (MaxPool, std::int16_t))) {
  using T = typename TestType::second_type;
  const Pool2dParams params{.input = {.shape = {1, 1, 1, 1}},
                            .filter = {1 << 30, 1 << 30},
                            .padding = {(1 << 30) - 1, (1 << 30) - 1, 0, 0}};
  for_each_backend([&](const octet::Backend& backend) {
    check_against_reference<typename TestType::first_type>(params, std::vector<T>{77}, backend);
  });
}

TEMPLATE_TEST_CASE("pooling refuses bad parameters", "", AveragePool, MaxPool) {
  const auto with = [](auto change) {
    Pool2dParams params{.input = {.shape = {1, 4, 4, 2}}, .filter = {2, 2}, .stride = {2, 2}};
    change(params);
    return TestType::template Prepared<std::int8_t>::prepare(params);
  };
  REQUIRE(with([](auto&) {}));
  CHECK_REFUSED(with([](auto& p) { p.input.shape.n = 0; }), invalid_shape, "input.shape.n");
  CHECK_REFUSED(with([](auto& p) { p.input.shape.h = -1; }), invalid_shape, "input.shape.h");
  CHECK_REFUSED(with([](auto& p) { p.input.shape.w = 0; }), invalid_shape, "input.shape.w");
  CHECK_REFUSED(with([](auto& p) { p.input.shape.c = -7; }), invalid_shape, "input.shape.c");
  CHECK_REFUSED(with([](auto& p) {
                  p.input.shape = {1 << 30, 1 << 30, 1 << 30, 1 << 30};
                }),
                invalid_shape, "input.shape");
  CHECK_REFUSED(with([](auto& p) { p.filter.h = 0; }), invalid_shape, "filter.h");
  CHECK_REFUSED(with([](auto& p) { p.filter.w = -1; }), invalid_shape, "filter.w");
  CHECK_REFUSED(with([](auto& p) { p.filter.h = 5; }), invalid_shape, "filter.h");
  CHECK_REFUSED(with([](auto& p) { p.stride.h = 0; }), invalid_stride, "stride.h");
  CHECK_REFUSED(with([](auto& p) { p.stride.w = -2; }), invalid_stride, "stride.w");
  CHECK_REFUSED(with([](auto& p) { p.padding.top = -1; }), invalid_padding, "padding.top");
  CHECK_REFUSED(with([](auto& p) { p.padding.top = 2; }), invalid_padding, "padding.top");
  CHECK_REFUSED(with([](auto& p) { p.padding.left = 2; }), invalid_padding, "padding.left");
  CHECK_REFUSED(with([](auto& p) { p.padding.bottom = kHighest; }), invalid_padding,
                "padding.bottom");
  CHECK(with([](auto& p) { p.padding.bottom = 1; }));
  CHECK_REFUSED(with([](auto& p) { p.padding.bottom = 2; }), invalid_padding, "padding.bottom");
  CHECK_REFUSED(with([](auto& p) { p.padding.right = 2; }), invalid_padding, "padding.right");
  CHECK_REFUSED(with([](auto& p) { p.output.min = -129; }), clamp_out_of_range, "output.min");
  CHECK_REFUSED(with([](auto& p) { p.output.max = 128; }), clamp_out_of_range, "output.max");
  CHECK_REFUSED(with([](auto& p) { p.output.min = 4, p.output.max = 3; }), clamp_out_of_range,
                "output.min");
  CHECK_REFUSED(with([](auto& p) { p.input.zero_point = 128; }), zero_point_out_of_range,
                "input.zero_point");
  CHECK_REFUSED(with([](auto& p) { p.output.zero_point = 1; }), unsupported, "output.zero_point");
  CHECK(with([](auto& p) { p.input.zero_point = p.output.zero_point = -128; }));
  CHECK_REFUSED(with([](auto& p) {
                  p.output.rescale = {1 << 30, 1};
                }),
                unsupported, "output.rescale.multiplier");
}

TEMPLATE_TEST_CASE("pooling refuses bad memory", "", AveragePool, MaxPool) {
  const auto pool = TestType::template Prepared<std::int8_t>::prepare(
      {.input = {.shape = {1, 2, 2, 3}}, .filter = {2, 2}});
  REQUIRE(pool);
  check_memory_refusals<std::int8_t, std::int8_t>(*pool, 12, 3, TestType::kName);
}

TEMPLATE_TEST_CASE("windows near the limits are accepted or refused, never miscomputed", "",
                   AveragePool, MaxPool) {
  const std::int32_t extents[] = {1, 2, 1 << 30, kHighest - 1, kHighest};
  const std::int32_t all[] = {
      std::numeric_limits<std::int32_t>::min(), -1, 0, 1, 2, 1 << 30, kHighest - 1, kHighest};
  int accepted = 0;
  for (const std::int32_t h : extents) {
    for (const std::int32_t filter : all) {
      for (const std::int32_t stride : all) {
        for (const std::int32_t before : all) {
          for (const std::int32_t after : all) {
            const Pool2dParams params{.input = {.shape = {1, h, 1, 1}},
                                      .filter = {filter, 1},
                                      .stride = {stride, 1},
                                      .padding = {before, 0, after, 0}};
            const octet::ShapeNhwc out = output_shape(params);
            CHECK(out.h >= 0);
            const auto pool = TestType::template Prepared<std::int16_t>::prepare(params);
            if (!pool) continue;
            ++accepted;
            const std::int64_t room = std::int64_t{h} + before + after - filter;
            CHECK(out.h == room / stride + 1);
          }
        }
      }
    }
  }
  CHECK(accepted > 100);
}
