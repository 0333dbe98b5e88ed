// SPDX-License-Identifier: Apache-2.0
#include "octet/softmax.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include "octet/quantize/multiplier.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/random.hpp"
#include "support/refusal.hpp"

namespace {

using octet::Softmax;
using octet::SoftmaxParams;

SoftmaxParams params_of(std::int32_t rows, std::int32_t depth, double scale) {
  const auto scaling = octet::preprocess_softmax_scaling(1.0, scale);
  return {rows, depth, scaling.input_multiplier, scaling.input_left_shift, scaling.diff_min};
}

// The softmax in memory that ends, or begins, at a page nobody may touch.
template <class Out, class In>
std::vector<Out> run(const SoftmaxParams& params, const std::vector<In>& x,
                     const octet::Backend& backend, Guard guard = Guard::after) {
  GuardedBuffer<In> memory(x, guard);
  GuardedBuffer<Out> y(static_cast<std::int64_t>(x.size()), guard);
  const auto softmax = Softmax<In, Out>::prepare(params, backend);
  INFO(octet::to_string(softmax.status()));
  REQUIRE(softmax);
  CHECK(&softmax->backend() == &backend);
  const auto bound = softmax->bind(memory.span(), y.span());
  REQUIRE(bound);
  bound->run();
  if constexpr (std::is_same_v<In, Out>) {
    const auto in_place = softmax->bind(memory.span(), memory.span());
    REQUIRE(in_place);
    in_place->run();
    REQUIRE(std::equal(y.span().begin(), y.span().end(), memory.span().begin()));
  }
  return {y.span().begin(), y.span().end()};
}

template <class In, class Out>
void check_against_reference() {
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    for (int i = 0; i < 100; ++i) {
      const std::int32_t rows = random.in(1, 4);
      const std::int32_t depth = random.one_in(5) ? random.in(1, 1200) : random.in(1, 40);
      // real * 2^26 must be at least 1/2.
      const SoftmaxParams params =
          params_of(rows, depth, std::ldexp(1.0 + 0.001 * random.in(0, 999), random.in(-20, 5)));
      CAPTURE(rows, depth, params.input_multiplier, params.input_left_shift, params.diff_min);
      const std::int64_t count = std::int64_t{rows} * depth;
      const auto x = random.one_in(4) ? random.extreme_vector<In>(count) : random.vector<In>(count);
      std::vector<Out> expected(x.size());
      octet::reference::softmax(params, x.data(), expected.data());
      const Guard guard = random.one_in(2) ? Guard::before : Guard::after;
      REQUIRE(run<Out>(params, x, backend, guard) == expected);
    }
  });
}

using Bytes = std::vector<std::int8_t>;

}  // namespace

TEST_CASE("softmax equals the reference on every backend") {
  check_against_reference<std::int8_t, std::int8_t>();
  check_against_reference<std::int8_t, std::int16_t>();
  check_against_reference<std::uint8_t, std::uint8_t>();
}

TEST_CASE("softmax is what its name says") {
  const double scale = 0.1;
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto x = random.vector<std::int8_t>(20);
  const auto bytes = run<std::int8_t>(params_of(1, 20, scale), x, octet::best_backend());
  const auto words = run<std::int16_t>(params_of(1, 20, scale), x, octet::best_backend());
  double sum = 0;
  for (const std::int8_t value : x) sum += std::exp(scale * value);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double probability = std::exp(scale * x[i]) / sum;
    CHECK(std::abs((bytes[i] + 128) / 256.0 - probability) < 0.6 / 256);
    CHECK(std::abs((words[i] + 32768) / 65536.0 - probability) < 2.0 / 65536);
  }
}

TEST_CASE("softmax of equal values, of one value and of one that dominates") {
  for_each_backend([](const octet::Backend& backend) {
    CHECK(run<std::int8_t>(params_of(1, 4, 0.1), Bytes{5, 5, 5, 5}, backend) ==
          Bytes{-64, -64, -64, -64});
    CHECK(run<std::int8_t>(params_of(3, 1, 0.1), Bytes{5, -128, 127}, backend) ==
          Bytes{127, 127, 127});
    CHECK(run<std::int8_t>(params_of(1, 3, 1.0), Bytes{-128, 127, -128}, backend) ==
          Bytes{-128, 127, -128});
    CHECK(run<std::int8_t>(params_of(2, 2, 1.0), Bytes{0, 0, -128, 127}, backend) ==
          Bytes{0, 0, -128, 127});
  });
}

TEST_CASE("long rows do not overflow") {
  for_each_backend([](const octet::Backend& backend) {
    for (const std::int32_t depth : {511, 512, 513, 4095, 4096, 20000}) {
      const Bytes x(static_cast<std::size_t>(depth), 7);
      const auto bytes = run<std::int8_t>(params_of(1, depth, 0.1), x, backend);
      // 256 / depth to the nearest; the exponentials are a little less than 1.
      const auto probability = static_cast<std::int8_t>(depth < 512 ? -127 : -128);
      CHECK(std::count(bytes.begin(), bytes.end(), probability) == depth);
      const auto words = run<std::int16_t>(params_of(1, depth, 0.1), x, backend);
      CHECK(words == std::vector<std::int16_t>(x.size(), words[0]));
      CHECK(words[0] >= -32768 + 65536 / depth);
      CHECK(words[0] <= -32768 + 129);
    }
  });
}

TEST_CASE("softmax refuses bad parameters") {
  const auto with = [](auto change) {
    SoftmaxParams params = params_of(2, 10, 0.1);
    change(params);
    return Softmax<std::int8_t>::prepare(params);
  };
  REQUIRE(with([](auto&) {}));
  CHECK_REFUSED(with([](auto& p) { p.rows = 0; }), invalid_shape, "rows");
  CHECK_REFUSED(with([](auto& p) { p.depth = -1; }), invalid_shape, "depth");
  CHECK_REFUSED(with([](auto& p) { p.input_multiplier = -1; }), multiplier_out_of_range,
                "input_multiplier");
  CHECK_REFUSED(with([](auto& p) { p.input_multiplier = 1; }), multiplier_out_of_range,
                "input_multiplier");
  CHECK_REFUSED(with([](auto& p) { p.input_left_shift = -1; }), shift_out_of_range,
                "input_left_shift");
  CHECK_REFUSED(with([](auto& p) { p.input_left_shift = 32; }), shift_out_of_range,
                "input_left_shift");
  CHECK_REFUSED(with([](auto& p) { p.diff_min = 1; }), unsupported, "diff_min");
  // 255 * 2^23 is the largest scaled difference below 2^31.
  CHECK(with([](auto& p) { p.diff_min = -1000, p.input_left_shift = 23; }));
  CHECK_REFUSED(with([](auto& p) { p.diff_min = -1000, p.input_left_shift = 24; }),
                shift_out_of_range, "input_left_shift");
  CHECK_REFUSED(with([](auto& p) {
                  p.diff_min = std::numeric_limits<std::int32_t>::min(), p.input_left_shift = 30;
                }),
                shift_out_of_range, "input_left_shift");
  CHECK(with([](auto& p) { p.diff_min = 0, p.input_left_shift = 31; }));
}

TEST_CASE("softmax refuses bad memory") {
  const auto softmax = Softmax<std::int8_t>::prepare(params_of(2, 5, 0.1));
  REQUIRE(softmax);
  Bytes x(10), y(10);
  const std::span<std::int8_t> none;
  CHECK(softmax->bind(x, y));
  CHECK_REFUSED(softmax->bind(none, y), null_pointer, "x");
  CHECK_REFUSED(softmax->bind(x, none), null_pointer, "y");
  CHECK_REFUSED(softmax->bind(std::span(x).first(9), y), buffer_too_small, "x");
  CHECK_REFUSED(softmax->bind(x, std::span(y).first(9)), buffer_too_small, "y");
  Bytes both(19);
  const std::span<std::int8_t> first = std::span(both).first(10), last = std::span(both).last(10);
  CHECK_REFUSED(softmax->bind(first, last), overlap, "y");
  CHECK(softmax->bind(first, first));
  CHECK_REFUSED(Softmax<std::int8_t>().bind(x, y), unsupported, "softmax (not prepared)");
}
