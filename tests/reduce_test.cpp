// SPDX-License-Identifier: Apache-2.0
// Operations that combine elements along dimensions: mean, sum, maximum and minimum.
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "octet/mean.hpp"
#include "octet/quantize/multiplier.hpp"
#include "octet/reduce_max_min.hpp"
#include "octet/sum.hpp"
#include "support/backends.hpp"
#include "support/lift.hpp"
#include "support/one_input.hpp"
#include "support/roundings.hpp"

namespace {

using octet::Mean;
using octet::MeanParams;
using octet::Rescale;
using octet::Rounding;
using octet::Shape;

using Bytes = std::vector<std::int8_t>;

template <class T>
std::int32_t random_value(Random& random) {
  return random.in(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
}

struct MeanCase {
  using Params = MeanParams;
  template <class T>
  using Prepared = Mean<T>;
  static constexpr auto reference = OCTET_LIFT(octet::reference::mean);
  static Rescale factor(float input, float output, std::int64_t count, Rounding rounding) {
    return octet::mean_multiplier(input, output, count, rounding);
  }
};
struct SumCase {
  using Params = octet::SumParams;
  template <class T>
  using Prepared = octet::Sum<T>;
  static constexpr auto reference = OCTET_LIFT(octet::reference::sum);
  static Rescale factor(float input, float output, std::int64_t /*count*/, Rounding rounding) {
    return octet::rescale_multiplier(input, output, rounding);
  }
};
struct MaxCase {
  using Params = octet::ReduceMaxParams;
  template <class T>
  using Prepared = octet::ReduceMax<T>;
  static constexpr auto reference = OCTET_LIFT(octet::reference::reduce_max);
};
struct MinCase {
  using Params = octet::ReduceMinParams;
  template <class T>
  using Prepared = octet::ReduceMin<T>;
  static constexpr auto reference = OCTET_LIFT(octet::reference::reduce_min);
};

template <class Case = MeanCase, class T>
std::vector<T> run(const typename Case::Params& params, const std::vector<T>& x,
                   const octet::Backend& backend = octet::best_backend(),
                   Guard guard = Guard::after) {
  return run_guarded<T>(Case::template Prepared<T>::prepare(params, backend), x,
                        output_shape(params).size(), guard);
}

template <class Case = MeanCase, class T>
void check_against_reference(const typename Case::Params& params, const std::vector<T>& x,
                             const octet::Backend& backend, Guard guard) {
  CAPTURE(params.input.shape.rank);
  std::vector<T> expected(static_cast<std::size_t>(output_shape(params).size()));
  Case::reference(params, x.data(), expected.data());
  REQUIRE(run<Case>(params, x, backend, guard) == expected);
}

// Means of `count` elements with both scales alike.
MeanParams mean_over(std::int64_t count, MeanParams params) {
  params.output.rescale = octet::mean_multiplier(0.5f, 0.5f, count);
  return params;
}

}  // namespace

TEMPLATE_PRODUCT_TEST_CASE("reductions equal the reference on every backend", "", std::pair,
                           ((MeanCase, std::int8_t), (MeanCase, std::uint8_t),
                            (MeanCase, std::int16_t), (SumCase, std::int8_t),
                            (SumCase, std::int16_t), (MaxCase, std::int8_t),
                            (MaxCase, std::uint8_t), (MaxCase, std::int16_t),
                            (MinCase, std::int8_t), (MinCase, std::uint8_t),
                            (MinCase, std::int16_t))) {
  using Case = typename TestType::first_type;
  using T = typename TestType::second_type;
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    for (std::int64_t i = test_iterations(200); i > 0; --i) {
      typename Case::Params params;
      Shape& shape = params.input.shape;
      shape.rank = random.in(0, octet::kMaxRank);
      std::int64_t count = 1;
      for (std::int32_t d = 0; d < shape.rank; ++d) {
        // Rows and columns of every vector, and some less.
        shape.extent[d] = d == shape.rank - 1 ? random.in(1, 150) : random.in(1, 4);
        params.reduce[d] = random.one_in(2);
        if (params.reduce[d]) count *= shape.extent[d];
        CAPTURE(d, shape.extent[d], params.reduce[d]);
      }
      params.input.zero_point = random_value<T>(random);
      if constexpr (requires { params.output; }) {
        params.output.zero_point = random_value<T>(random);
        params.output.rounding = random_rounding(random);
        params.output.rescale = Case::factor(0.001f * static_cast<float>(random.in(1, 1000)),
                                             0.001f * static_cast<float>(random.in(1, 1000)), count,
                                             params.output.rounding);
        if (random.one_in(4)) {
          params.output.min = 20;
          params.output.max = 100;
        }
      }
      const auto x = random.one_in(4) ? random.extreme_vector<T>(shape.size())
                                      : random.vector<T>(shape.size());
      check_against_reference<Case>(params, x, backend,
                                    random.one_in(2) ? Guard::before : Guard::after);
    }
  });
}

TEST_CASE("sums of more elements than 32 bits hold are exact on every backend") {
  Random random(test_seed());
  CAPTURE(random.seed());
  constexpr std::int32_t kLowest = std::numeric_limits<std::int16_t>::min();
  const auto check = [&](const octet::Backend& backend, const Shape& shape, bool rows) {
    MeanParams params = mean_over(rows ? shape.extent[0] : shape.size(),
                                  {.input = {.shape = shape}, .reduce = {true, !rows}});
    params.input.zero_point = -kLowest - 1;
    params.output.zero_point = -kLowest - 1;
    std::vector<std::int16_t> x(static_cast<std::size_t>(shape.size()), kLowest);
    check_against_reference(params, x, backend, Guard::after);
    CHECK(run(params, x, backend)[0] == kLowest);
    x = random.vector<std::int16_t>(shape.size());
    check_against_reference(params, x, backend, Guard::after);
  };
  for_each_backend([&](const octet::Backend& backend) {
    check(backend, {2, {70000, 21}}, true);
    check(backend, {2, {70000, 3}}, true);
    check(backend, {2, {1, 2200000}}, false);
  });
}

TEST_CASE("sums are rescaled like accumulators as far as those go") {
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto by_definition = [](std::int64_t sum, const Rescale& factor, Rounding rounding) {
    __extension__ using Wide = __int128;
    const Wide half = Wide{1} << (30 - factor.shift);
    const auto rounded = [&](Wide multiplier, Wide addend) {
      return static_cast<std::int64_t>((sum * multiplier + addend) >> (31 - factor.shift));
    };
    if (rounding == Rounding::single) return rounded(factor.multiplier, half);
    if (rounding == Rounding::floor) return rounded(factor.multiplier, 0);
    if (rounding == Rounding::nvdla) return rounded(factor.multiplier & ~0xFFFF, half - (sum < 0));
    if (rounding == Rounding::float32_half_even) {
      const float scale = std::ldexp(static_cast<float>(factor.multiplier >> 7), factor.shift - 24);
      return std::int64_t{
          octet::saturate<std::int32_t>(std::llrint(static_cast<float>(sum) * scale))};
    }
    const int left = factor.shift > 0 ? factor.shift : 0,
              right = factor.shift < 0 ? -factor.shift : 0;
    const Wide product = Wide{sum} * (Wide{1} << left) * factor.multiplier;
    const auto high = static_cast<std::int64_t>((product + (Wide{1} << 30)) >> 31);
    if (rounding == Rounding::double_up) return (high + ((std::int64_t{1} << right) >> 1)) >> right;
    return octet::rounding_divide_by_pot(high, right);
  };
  for (std::int64_t i = test_iterations(200000); i > 0; --i) {
    const Rounding rounding = octet::kRoundings[random.next() % std::size(octet::kRoundings)];
    const Rescale factor{random.one_in(9) ? 0 : random.in(1, 0x7FFFFFFF), random.in(-31, 30)};
    const int left = factor.shift > 0 ? factor.shift : 0;
    const int bits = random.in(1, 62 - left);
    const std::int64_t sum = static_cast<std::int64_t>(random.next()) >> (63 - bits);
    std::int64_t scaled = octet::reference::rescale_sum(sum, factor, rounding);
    // Only says that it is beyond 32 bits.
    if (rounding == Rounding::float32_half_even) scaled = octet::saturate<std::int32_t>(scaled);
    if (scaled != by_definition(sum, factor, rounding)) {
      CAPTURE(sum, factor.multiplier, factor.shift, static_cast<int>(rounding));
      REQUIRE(scaled == by_definition(sum, factor, rounding));
    }
    if (bits + left > 31) continue;
    const std::int64_t accumulator = octet::multiply_by_quantized_multiplier(
        static_cast<std::int32_t>(sum), factor.multiplier, factor.shift, rounding);
    if (scaled != accumulator) {
      CAPTURE(sum, factor.multiplier, factor.shift, static_cast<int>(rounding));
      REQUIRE(scaled == accumulator);
    }
  }
  SUCCEED();
}

TEST_CASE("means by hand") {
  const MeanParams rows = mean_over(3, {.input = {.shape = {2, {2, 3}}}, .reduce = {false, true}});
  CHECK(run<MeanCase, std::int8_t>(rows, {1, 2, 6, -1, -2, -6}) == Bytes{3, -3});
  const MeanParams columns =
      mean_over(2, {.input = {.shape = {2, {2, 3}}}, .reduce = {true, false}});
  CHECK(run<MeanCase, std::int8_t>(columns, {1, 2, 6, 3, 4, -6}) == Bytes{2, 3, 0});
  MeanParams all = mean_over(6, {.input = {.shape = {2, {2, 3}}}, .reduce = {true, true}});
  CHECK(run<MeanCase, std::int8_t>(all, {1, 2, 3, 4, 5, 9}) == Bytes{4});
  CHECK(output_shape(all).rank == 0);
  all.output.max = 3;
  CHECK(run<MeanCase, std::int8_t>(all, {1, 2, 3, 4, 5, 9}) == Bytes{3});
  const MeanParams none =
      mean_over(1, {.input = {.shape = {1, {3}}, .zero_point = 2}, .output = {.zero_point = 1}});
  CHECK(run<MeanCase, std::int8_t>(none, {1, 2, 3}) == Bytes{0, 1, 2});
}

TEST_CASE("sums and extremes by hand") {
  octet::SumParams sum{.input = {.shape = {2, {2, 3}}, .zero_point = 1},
                       .reduce = {false, true},
                       .output = {.zero_point = -3}};
  sum.output.rescale = octet::rescale_multiplier(0.5f, 1.0f);
  CHECK(run<SumCase, std::int8_t>(sum, {1, 2, 6, -1, -2, -6}) == Bytes{0, -9});
  octet::ReduceMaxParams extreme{.input = {.shape = {2, {2, 3}}}, .reduce = {false, true}};
  CHECK(run<MaxCase, std::int8_t>(extreme, {1, 2, 6, -1, -2, -6}) == Bytes{6, -1});
  CHECK(run<MinCase, std::int8_t>(extreme, {1, 2, 6, -1, -2, -6}) == Bytes{1, -6});
  extreme.reduce[0] = true;
  CHECK(run<MaxCase, std::int16_t>(extreme, {-9, -9, -6, -32768, -7, -8}) ==
        std::vector<std::int16_t>{-6});
}

TEST_CASE("sums and extremes refuse bad parameters") {
  octet::SumParams sum{.input = {.shape = {2, {3, 4}}}, .reduce = {false, true}};
  sum.output.rescale = {1 << 29, 0};
  CHECK_REFUSED(octet::Sum<std::int8_t>::prepare(sum), multiplier_out_of_range,
                "output.rescale.multiplier");
  octet::ReduceMaxParams extreme{.input = {.shape = {2, {3, 4}}}, .reduce = {false, true}};
  const auto max = octet::ReduceMax<std::int8_t>::prepare(extreme);
  REQUIRE(max);
  check_memory_refusals<std::int8_t, std::int8_t>(*max, 12, 3, "reduce_max");
  extreme.input.zero_point = 128;
  CHECK_REFUSED(octet::ReduceMax<std::int8_t>::prepare(extreme), zero_point_out_of_range,
                "input.zero_point");
  extreme.input.shape.rank = 7;
  CHECK_REFUSED(octet::ReduceMin<std::int8_t>::prepare(extreme), invalid_shape, "input.shape.rank");
}

TEST_CASE("means refuse bad parameters") {
  const auto with = [](auto change) {
    MeanParams params{.input = {.shape = {2, {3, 4}}},
                      .reduce = {false, true},
                      .output = {.rescale = {1 << 29, -1}}};
    change(params);
    return Mean<std::int8_t>::prepare(params);
  };
  REQUIRE(with([](auto&) {}));
  CHECK_REFUSED(with([](auto& p) { p.input.shape.rank = 7; }), invalid_shape, "input.shape.rank");
  CHECK_REFUSED(with([](auto& p) { p.input.shape.extent[1] = 0; }), invalid_shape,
                "input.shape.extent[1]");
  CHECK_REFUSED(with([](auto& p) {
                  p.input.shape = {4, {1 << 30, 1 << 30, 1 << 30, 1 << 30}};
                }),
                invalid_shape, "input.shape");
  CHECK_REFUSED(with([](auto& p) { p.input.zero_point = 128; }), zero_point_out_of_range,
                "input.zero_point");
  CHECK_REFUSED(with([](auto& p) { p.output.zero_point = -129; }), zero_point_out_of_range,
                "output.zero_point");
  CHECK_REFUSED(with([](auto& p) { p.output.min = 4, p.output.max = 3; }), clamp_out_of_range,
                "output.min");
  CHECK_REFUSED(with([](auto& p) { p.output.rescale.multiplier = -1; }), multiplier_out_of_range,
                "output.rescale.multiplier");
  CHECK_REFUSED(with([](auto& p) { p.output.rescale.shift = -32; }), shift_out_of_range,
                "output.rescale.shift");
  CHECK_REFUSED(with([](auto& p) { p.output.rescale.shift = 31; }), shift_out_of_range,
                "output.rescale.shift");
  // Sums of differences of up to 128 stay within 2^61, shifted left by 30 within 2^31.
  const auto over = [&](std::int32_t extent, std::int32_t shift) {
    return with([&](auto& p) {
      p.input.shape = {2, {1, extent}};
      p.output.rescale.shift = shift;
    });
  };
  CHECK(over(1 << 24, 30));
  CHECK_REFUSED(over((1 << 24) + 1, 30), invalid_shape, "reduce");
  CHECK(over(std::numeric_limits<std::int32_t>::max(), 0));
}

TEST_CASE("means near the limits are accepted or refused, never miscomputed") {
  const std::int32_t extents[] = {std::numeric_limits<std::int32_t>::min(), -1, 0, 1, 1 << 30,
                                  std::numeric_limits<std::int32_t>::max()};
  for (const std::int32_t kept : extents) {
    for (const std::int32_t reduced : extents) {
      for (const std::int32_t rank : {-1, 2, 7}) {
        const MeanParams params{.input = {.shape = {rank, {kept, reduced}}},
                                .reduce = {false, true},
                                .output = {.rescale = {1 << 30, 0}}};
        CHECK(output_shape(params).rank <= octet::kMaxRank);
        const bool valid =
            rank == 2 && kept > 0 && reduced > 0 && (kept < 1 << 30 || reduced < 1 << 30);
        const auto mean = Mean<std::int16_t>::prepare(params);
        CHECK(static_cast<bool>(mean) == valid);
      }
    }
  }
}

TEST_CASE("means refuse bad memory") {
  const auto mean = Mean<std::int8_t>::prepare({.input = {.shape = {2, {3, 4}}},
                                                .reduce = {false, true},
                                                .output = {.rescale = {1 << 30, -1}}});
  REQUIRE(mean);
  check_memory_refusals<std::int8_t, std::int8_t>(*mean, 12, 3, "mean");
}
