// SPDX-License-Identifier: Apache-2.0
// Operations on rows: softmax.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "octet/hosted/aligned_buffer.hpp"
#include "octet/quantize/multiplier.hpp"
#include "octet/softmax.hpp"
#include "support/one_input.hpp"

namespace {

using octet::Softmax;
using octet::SoftmaxParams;

SoftmaxParams params_of(const octet::Shape& shape, double scale) {
  const auto scaling = octet::preprocess_softmax_scaling(1.0, scale);
  return {.input = {.shape = shape, .rescale = scaling.rescale}, .diff_min = scaling.diff_min};
}

SoftmaxParams params_of(std::int32_t rows, std::int32_t depth, double scale) {
  return params_of({2, {rows, depth}}, scale);
}

// The softmax, in place too where that is possible; its table ends at a page nobody may touch.
template <class Out, class In>
std::vector<Out> run(const SoftmaxParams& params, const std::vector<In>& x,
                     Guard guard = Guard::after) {
  using Operation = Softmax<In, Out>;
  GuardedBuffer<std::byte> packed(static_cast<std::int64_t>(Operation::packed_bytes(params)),
                                  guard);
  const auto softmax = Operation::prepare(params, packed.span());
  const auto y = run_guarded<Out>(softmax, x, static_cast<std::int64_t>(x.size()), guard);
  if constexpr (std::is_same_v<In, Out>) {
    GuardedBuffer<In> memory(x, guard);
    const auto in_place = softmax->bind(memory.span(), memory.span());
    REQUIRE(in_place);
    in_place->run();
    REQUIRE(std::equal(y.begin(), y.end(), memory.span().begin()));
  }
  return y;
}

template <class In, class Out>
void check_against_reference() {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(300); i > 0; --i) {
    const std::int32_t depth = random.one_in(5) ? random.in(1, 1200) : random.in(1, 40);
    octet::Shape shape{.rank = random.in(1, octet::kMaxRank)};
    for (std::int32_t d = 0; d < shape.rank - 1; ++d) shape.extent[d] = random.in(1, 3);
    shape.extent[shape.rank - 1] = depth;
    // real * 2^26 must be at least 1/2.
    const SoftmaxParams params =
        params_of(shape, std::ldexp(1.0 + 0.001 * random.in(0, 999), random.in(-20, 5)));
    CAPTURE(shape.size(), depth, params.input.rescale.multiplier, params.input.rescale.shift,
            params.diff_min);
    const auto x = random.one_in(4) ? random.extreme_vector<In>(shape.size())
                                    : random.vector<In>(shape.size());
    std::vector<Out> expected(x.size());
    octet::reference::softmax(params, x.data(), expected.data());
    REQUIRE(run<Out>(params, x, random.one_in(2) ? Guard::before : Guard::after) == expected);
  }
}

using Bytes = std::vector<std::int8_t>;

}  // namespace

TEST_CASE("softmax equals the reference") {
  check_against_reference<std::int8_t, std::int8_t>();
  check_against_reference<std::int8_t, std::int16_t>();
  check_against_reference<std::uint8_t, std::uint8_t>();
}

TEST_CASE("softmax is what its name says") {
  const double scale = 0.1;
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto x = random.vector<std::int8_t>(20);
  const auto bytes = run<std::int8_t>(params_of(1, 20, scale), x);
  const auto words = run<std::int16_t>(params_of(1, 20, scale), x);
  double sum = 0;
  for (const std::int8_t value : x) sum += std::exp(scale * value);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double probability = std::exp(scale * x[i]) / sum;
    CHECK(std::abs((bytes[i] + 128) / 256.0 - probability) < 0.6 / 256);
    CHECK(std::abs((words[i] + 32768) / 65536.0 - probability) < 2.0 / 65536);
  }
}

TEST_CASE("softmax of equal values, of one value and of one that dominates") {
  CHECK(run<std::int8_t>(params_of(1, 4, 0.1), Bytes{5, 5, 5, 5}) == Bytes{-64, -64, -64, -64});
  CHECK(run<std::int8_t>(params_of(3, 1, 0.1), Bytes{5, -128, 127}) == Bytes{127, 127, 127});
  CHECK(run<std::int8_t>(params_of(1, 3, 1.0), Bytes{-128, 127, -128}) == Bytes{-128, 127, -128});
  CHECK(run<std::int8_t>(params_of(2, 2, 1.0), Bytes{0, 0, -128, 127}) == Bytes{0, 0, -128, 127});
}

TEST_CASE("long rows do not overflow") {
  for (const std::int32_t depth : {511, 512, 513, 4095, 4096, 20000}) {
    const Bytes x(static_cast<std::size_t>(depth), 7);
    const auto bytes = run<std::int8_t>(params_of(1, depth, 0.1), x);
    // 256 / depth to the nearest; the exponentials are a little less than 1.
    const auto probability = static_cast<std::int8_t>(depth < 512 ? -127 : -128);
    CHECK(std::count(bytes.begin(), bytes.end(), probability) == depth);
    const auto words = run<std::int16_t>(params_of(1, depth, 0.1), x);
    CHECK(words == std::vector<std::int16_t>(x.size(), words[0]));
    CHECK(words[0] >= -32768 + 65536 / depth);
    CHECK(words[0] <= -32768 + 129);
  }
}

TEST_CASE("softmax refuses bad parameters") {
  using enum octet::StatusCode;
  octet::AlignedBuffer packed(Softmax<std::int8_t>::packed_bytes({}));
  const auto prepare = [&](const SoftmaxParams& params) {
    return Softmax<std::int8_t>::prepare(params, packed.span());
  };
  CHECK_REFUSED(prepare({}), invalid_shape, "input.shape.rank");
  CHECK_REFUSED(prepare({.input = {.shape = {1, {5}}}}), zero_multiplier,
                "input.rescale.multiplier");
  SoftmaxParams params = params_of(2, 10, 0.1);
  check_refused(
      params, prepare,
      {
          {invalid_shape, "input.shape.rank", [](auto& p) { p.input.shape.rank = 0; }},
          {invalid_shape, "input.shape.extent[0]", [](auto& p) { p.input.shape.extent[0] = 0; }},
          {invalid_shape, "input.shape.extent[1]", [](auto& p) { p.input.shape.extent[1] = -1; }},
          {zero_point_out_of_range, "input.zero_point", [](auto& p) { p.input.zero_point = 128; }},
          {multiplier_out_of_range, "input.rescale.multiplier",
           [](auto& p) { p.input.rescale.multiplier = -1; }},
          {multiplier_out_of_range, "input.rescale.multiplier",
           [](auto& p) { p.input.rescale.multiplier = 1; }},
          {shift_out_of_range, "input.rescale.shift", [](auto& p) { p.input.rescale.shift = -1; }},
          {shift_out_of_range, "input.rescale.shift", [](auto& p) { p.input.rescale.shift = 32; }},
          {unsupported, "diff_min", [](auto& p) { p.diff_min = 1; }},
          {shift_out_of_range, "input.rescale.shift",
           [](auto& p) { p.diff_min = -1000, p.input.rescale.shift = 24; }},
          {shift_out_of_range, "input.rescale.shift",
           [](auto& p) {
             p.diff_min = std::numeric_limits<std::int32_t>::min();
             p.input.rescale.shift = 30;
           }},
      });
  // 255 * 2^23 is the largest scaled difference below 2^31.
  params.diff_min = -1000;
  params.input.rescale.shift = 23;
  CHECK(prepare(params));
  params.diff_min = 0;
  params.input.rescale.shift = 31;
  CHECK(prepare(params));
}

TEST_CASE("softmax refuses bad memory") {
  const SoftmaxParams params = params_of(2, 5, 0.1);
  constexpr std::size_t kBytes = Softmax<std::int8_t>::packed_bytes({});
  static_assert(kBytes == 1024);
  octet::AlignedBuffer packed(kBytes + octet::kAlignment);
  const auto prepare = [&](std::span<std::byte> memory) {
    return Softmax<std::int8_t>::prepare(params, memory);
  };
  CHECK_REFUSED(prepare({}), null_pointer, "packed");
  CHECK_REFUSED(prepare(packed.span().first(kBytes - 1)), buffer_too_small, "packed");
  CHECK_REFUSED(prepare(packed.span().subspan(1)), misaligned, "packed");
  const auto softmax = prepare(packed.span());
  REQUIRE(softmax);
  check_memory_refusals<std::int8_t, std::int8_t>(*softmax, 10, 10, "softmax", /*in_place=*/true);
  const Bytes x(10);
  const std::span<std::int8_t> table(reinterpret_cast<std::int8_t*>(packed.span().data()), 10);
  CHECK_REFUSED(softmax->bind(x, table), overlap, "output");
}
