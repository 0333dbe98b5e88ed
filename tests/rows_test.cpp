// SPDX-License-Identifier: Apache-2.0
// Operations on rows: softmax, its logarithm, L2 and layer normalization.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "octet/hosted/aligned_buffer.hpp"
#include "octet/l2_normalization.hpp"
#include "octet/layer_normalization.hpp"
#include "octet/log_softmax.hpp"
#include "octet/quantize/multiplier.hpp"
#include "octet/quantize/rows.hpp"
#include "octet/softmax.hpp"
#include "support/backends.hpp"
#include "support/one_input.hpp"
#include "support/roundings.hpp"

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

// An operation, in place too where that is possible.
template <class Out, class In, class Prepared>
std::vector<Out> run_prepared(const Prepared& operation, const std::vector<In>& x, Guard guard) {
  const auto y = run_guarded<Out>(operation, x, static_cast<std::int64_t>(x.size()), guard);
  if constexpr (std::is_same_v<In, Out>) {
    GuardedBuffer<In> memory(x, guard);
    const auto in_place = operation->bind(memory.span(), memory.span());
    REQUIRE(in_place);
    in_place->run();
    REQUIRE(std::equal(y.begin(), y.end(), memory.span().begin()));
  }
  return y;
}

// What all backends make of x. Where an operation has a table, that ends at a page nobody may
// touch.
template <class Operation, class Out, class In>
std::vector<Out> run_operation(const typename Operation::Params& params, const std::vector<In>& x,
                               Guard guard = Guard::after) {
  std::vector<Out> first;
  for_each_backend([&](const octet::Backend& backend) {
    std::vector<Out> y;
    if constexpr (requires { Operation::packed_bytes(params); }) {
      GuardedBuffer<std::byte> packed(static_cast<std::int64_t>(Operation::packed_bytes(params)),
                                      guard);
      y = run_prepared<Out>(Operation::prepare(params, packed.span(), backend), x, guard);
    } else {
      y = run_prepared<Out>(Operation::prepare(params, backend), x, guard);
    }
    if (first.empty()) first = y;
    REQUIRE(y == first);
  });
  return first;
}

template <class Out, class In>
std::vector<Out> run(const SoftmaxParams& params, const std::vector<In>& x,
                     Guard guard = Guard::after) {
  return run_operation<Softmax<In, Out>, Out>(params, x, guard);
}

octet::Shape random_rows(Random& random) {
  octet::Shape shape{.rank = random.in(1, octet::kMaxRank)};
  for (std::int32_t d = 0; d < shape.rank - 1; ++d) shape.extent[d] = random.in(1, 3);
  shape.extent[shape.rank - 1] = random.one_in(5) ? random.in(1, 1200) : random.in(1, 40);
  return shape;
}

template <class In, class Out>
void check_against_reference() {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(300); i > 0; --i) {
    const octet::Shape shape = random_rows(random);
    // real * 2^26 must be at least 1/2.
    const SoftmaxParams params =
        params_of(shape, std::ldexp(1.0 + 0.001 * random.in(0, 999), random.in(-20, 5)));
    CAPTURE(shape.size(), params.input.rescale.multiplier, params.input.rescale.shift,
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
  for (const std::int32_t depth : {511, 512, 513, 4095, 4096, 8193, 20000}) {
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

TEST_CASE("softmax of int16 equals the reference") {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(300); i > 0; --i) {
    const octet::Shape shape = random_rows(random);
    const auto scale =
        static_cast<float>(std::ldexp(1.0 + 0.001 * random.in(0, 999), random.in(-24, 1)));
    const SoftmaxParams params = octet::softmax_int16_params(shape, 1.0, {scale, 0});
    CAPTURE(shape.size(), params.input.rescale.multiplier, params.input.rescale.shift);
    const auto x = random.one_in(4) ? random.extreme_vector<std::int16_t>(shape.size())
                                    : random.vector<std::int16_t>(shape.size());
    std::vector<std::int16_t> expected(x.size());
    octet::reference::softmax(params, x.data(), expected.data());
    REQUIRE(run<std::int16_t>(params, x, random.one_in(2) ? Guard::before : Guard::after) ==
            expected);
  }
}

TEST_CASE("softmax of int16 is what its name says") {
  const std::vector<std::int16_t> x = {0, -3000, 9000, 12000, 1000, -20000};
  const float scale = 0.0003f;
  const auto y = run<std::int16_t>(
      octet::softmax_int16_params({1, {static_cast<std::int32_t>(x.size())}}, 1.0, {scale, 0}), x);
  double sum = 0;
  for (const std::int16_t value : x) sum += std::exp(scale * value);
  for (std::size_t i = 0; i < x.size(); ++i) {
    CHECK(std::abs(y[i] / 32768.0 - std::exp(scale * x[i]) / sum) < 4.0 / 32768);
  }
  const std::vector<std::int16_t> many(70000, 5);
  const auto each = run<std::int16_t>(octet::softmax_int16_params({1, {70000}}, 1.0, {1, 0}), many);
  CHECK(each == std::vector<std::int16_t>(many.size(), each[0]));
}

TEMPLATE_TEST_CASE("the logarithm of a softmax equals the reference", "", std::int8_t,
                   std::uint8_t) {
  using Operation = octet::LogSoftmax<TestType>;
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(300); i > 0; --i) {
    const octet::Shape shape = random_rows(random);
    const auto scale =
        static_cast<float>(std::ldexp(1.0 + 0.001 * random.in(0, 999), random.in(-20, 5)));
    const auto params = octet::log_softmax_params(shape, {scale, 0});
    CAPTURE(shape.size(), params.input.rescale.multiplier, params.input.rescale.shift);
    const auto x = random.one_in(4) ? random.extreme_vector<TestType>(shape.size())
                                    : random.vector<TestType>(shape.size());
    std::vector<TestType> expected(x.size());
    octet::reference::log_softmax(params, x.data(), expected.data());
    REQUIRE(run_operation<Operation, TestType>(
                params, x, random.one_in(2) ? Guard::before : Guard::after) == expected);
  }
}

TEST_CASE("the logarithm of a softmax is what its name says") {
  const float scale = 0.1f;
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto x = random.vector<std::int8_t>(20);
  const auto y = run_operation<octet::LogSoftmax<std::int8_t>, std::int8_t>(
      octet::log_softmax_params({1, {20}}, {scale, 0}), x);
  double sum = 0;
  for (const std::int8_t value : x) sum += std::exp(scale * value);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double expected = std::max(scale * x[i] - std::log(sum), -255 / 16.0);
    CHECK(std::abs((y[i] - 127) / 16.0 - expected) < 0.6 / 16);
  }
}

TEST_CASE("the logarithm of a softmax takes any lowest difference") {
  const std::vector<std::int8_t> x = {-128, -100, -3, 0, 99, 127};
  auto params = octet::log_softmax_params({1, {6}}, {0.05f, 0});
  params.diff_min = -256;  // no difference of bytes is below
  const auto expected = run_operation<octet::LogSoftmax<std::int8_t>, std::int8_t>(params, x);
  params.diff_min = std::numeric_limits<std::int32_t>::min();
  CHECK(run_operation<octet::LogSoftmax<std::int8_t>, std::int8_t>(params, x) == expected);
}

TEST_CASE("logarithms in fixed point") {
  for (std::int64_t x = 1 << 19; x < std::int64_t{1} << 31; x += x / 77 + 1) {
    const auto log =
        octet::log_x_for_x_greater_than_or_equal_to_1<5, 12>(static_cast<std::int32_t>(x));
    const double expected = std::log(static_cast<double>(x) / (1 << 19));
    CAPTURE(x);
    REQUIRE(std::abs(std::ldexp(log, -26) - expected) < 1e-6);
  }
}

TEST_CASE("L2 normalization equals the reference, and gives vectors of length 1") {
  using Operation = octet::L2Normalization<std::int8_t>;
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(300); i > 0; --i) {
    const octet::L2NormalizationParams params{
        .input = {.shape = random_rows(random), .zero_point = random.in(-128, 127)}};
    const std::int64_t size = params.input.shape.size();
    const auto x = random.one_in(4) ? random.extreme_vector<std::int8_t>(size)
                                    : random.vector<std::int8_t>(size);
    std::vector<std::int8_t> expected(x.size());
    octet::reference::l2_normalization(params, x.data(), expected.data());
    REQUIRE(run_operation<Operation, std::int8_t>(
                params, x, random.one_in(2) ? Guard::before : Guard::after) == expected);
  }
  const auto run_row = [](const Bytes& x, std::int32_t zero_point = 0) {
    return run_operation<Operation, std::int8_t>(
        {.input = {.shape = {1, {static_cast<std::int32_t>(x.size())}}, .zero_point = zero_point}},
        x);
  };
  CHECK(run_row({3, -4}) == Bytes{77, -102});
  CHECK(run_row({5, 5}, 5) == Bytes{0, 0});
  CHECK(run_row({6, 5}, 5) == Bytes{127, 0});
  CHECK(run_row(Bytes(100000, -128), 127)[0] == -1);
}

TEST_CASE("integer roots are the whole part of roots") {
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto check = [](std::int64_t x) {
    const std::int64_t root = octet::reference::integer_sqrt(x);
    if (root * root <= x && x < (root + 1) * (root + 1)) return;
    CAPTURE(x, root);
    REQUIRE(root * root <= x);
    REQUIRE(x < (root + 1) * (root + 1));
  };
  for (std::int64_t x = 0; x < 100000; ++x) check(x);
  for (std::int64_t i = test_iterations(100000); i > 0; --i) {
    const std::int64_t root = random.wide(1, (std::int64_t{1} << random.in(1, 31)) - 1);
    check(root * root - 1);
    check(root * root);
    check(root * root + root);
  }
  check((std::int64_t{1} << 62) - 1);
}

TEMPLATE_TEST_CASE("layer normalization equals the reference", "", std::int8_t, std::uint8_t,
                   std::int16_t) {
  using Operation = octet::LayerNormalization<TestType>;
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(300); i > 0; --i) {
    const octet::Shape shape = random_rows(random);
    const std::int32_t depth = shape.extent[shape.rank - 1];
    const auto weight = random.vector<std::int8_t>(depth);
    std::vector<std::int32_t> bias(random.one_in(3) ? 0 : static_cast<std::size_t>(depth));
    random.fill(std::span<std::int32_t>(bias), -100000, 100000);
    auto params =
        octet::layer_normalization_params(shape, {0.05f, 3}, weight, 0.01f, bias, {0.02f, 5},
                                          random.one_in(2) ? 1e-3 : 0.0, random_rounding(random));
    if (sizeof(TestType) == 2) params.output.zero_point = 0;
    const auto x = random.one_in(4) ? random.extreme_vector<TestType>(shape.size())
                                    : random.vector<TestType>(shape.size());
    std::vector<TestType> expected(x.size());
    octet::reference::layer_normalization(params, x.data(), expected.data());
    REQUIRE(run_operation<Operation, TestType>(
                params, x, random.one_in(2) ? Guard::before : Guard::after) == expected);
  }
}

TEST_CASE("layer normalization is what its name says") {
  using Operation = octet::LayerNormalization<std::int8_t>;
  Random random(test_seed());
  CAPTURE(random.seed());
  const std::int32_t depth = 96;
  const auto weight = random.vector<std::int8_t>(depth);
  std::vector<std::int32_t> bias(depth);
  random.fill(std::span<std::int32_t>(bias), -100000, 100000);
  const auto x = random.vector<std::int8_t>(depth);
  const double scale = 0.05, epsilon = 0.5, weight_scale = 0.01;
  const auto params = octet::layer_normalization_params(
      {1, {depth}}, {static_cast<float>(scale), 7}, weight, static_cast<float>(weight_scale), bias,
      {0.03f, 4}, epsilon);
  const auto y = run_operation<Operation, std::int8_t>(params, x);
  double mean = 0, variance = 0;
  for (const std::int8_t value : x) mean += scale * value / depth;
  for (const std::int8_t value : x) variance += std::pow(scale * value - mean, 2) / depth;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double normal = (scale * x[i] - mean) / std::sqrt(variance + epsilon);
    const double real = weight_scale * (normal * weight[i] + bias[i] / 1024.0);
    const double expected = std::clamp(real / 0.03 + 4, -128.0, 127.0);
    CHECK(std::abs(y[i] - expected) < 0.6);
  }
  // Rows of one value have no deviation, but a bias.
  const Bytes same(depth, 5);
  const auto of_same = run_operation<Operation, std::int8_t>(params, same);
  CHECK(of_same[0] == octet::reference::output_element<std::int8_t>(bias[0], params.output));
}

TEST_CASE("layer normalization refuses bad parameters") {
  using enum octet::StatusCode;
  static const Bytes weight(5, 1), other(4, 1);
  static const std::vector<std::int32_t> bias(5, 1 << 30), large(5, (1 << 30) + 1);
  const auto prepare = [](const octet::LayerNormalizationParams& p) {
    return octet::LayerNormalization<std::int8_t>::prepare(p);
  };
  using Params = octet::LayerNormalizationParams;
  check_refused(
      octet::layer_normalization_params({2, {2, 5}}, {0.1f, 0}, weight, 0.1f, bias, {0.1f, 0}),
      prepare,
      {
          {invalid_shape, "input.shape.rank", [](Params& p) { p.input.shape.rank = 0; }},
          {unsupported, "input.shape", [](Params& p) { p.input.shape.extent[1] = (1 << 15) + 1; }},
          {size_mismatch, "weight", [](Params& p) { p.weight = other; }},
          {size_mismatch, "bias",
           [](Params& p) { p.bias = std::span<const std::int32_t>(bias).first(4); }},
          {unsupported, "bias", [](Params& p) { p.bias = large; }},
          {unsupported, "epsilon", [](Params& p) { p.epsilon = -1; }},
          {zero_point_out_of_range, "output.zero_point",
           [](Params& p) { p.output.zero_point = 128; }},
          {multiplier_out_of_range, "output.rescale.multiplier",
           [](Params& p) { p.output.rescale.multiplier = 1; }},
          {shift_out_of_range, "output.rescale.shift",
           [](Params& p) { p.output.rescale.shift = 1; }},
      });
}

TEST_CASE("rows refuse bad parameters") {
  using enum octet::StatusCode;
  const auto softmax = [](const SoftmaxParams& p) { return Softmax<std::int16_t>::prepare(p); };
  check_refused(
      octet::softmax_int16_params({2, {2, 5}}, 1.0, {0.001f, 0}), softmax,
      {
          {invalid_shape, "input.shape.rank", [](auto& p) { p.input.shape.rank = 0; }},
          {zero_multiplier, "input.rescale.multiplier",
           [](auto& p) { p.input.rescale.multiplier = 0; }},
          {multiplier_out_of_range, "input.rescale.multiplier",
           [](auto& p) { p.input.rescale.multiplier = 7; }},
          {shift_out_of_range, "input.rescale.shift", [](auto& p) { p.input.rescale.shift = 16; }},
          {unsupported, "diff_min", [](auto& p) { p.diff_min = -1; }},
      });
  octet::AlignedBuffer packed(octet::LogSoftmax<std::int8_t>::packed_bytes({}));
  const auto log_softmax = [&](const octet::LogSoftmaxParams& p) {
    return octet::LogSoftmax<std::int8_t>::prepare(p, packed.span());
  };
  check_refused(
      octet::log_softmax_params({2, {2, 5}}, {0.1f, 0}), log_softmax,
      {
          {zero_point_out_of_range, "input.zero_point", [](auto& p) { p.input.zero_point = 128; }},
          {unsupported, "diff_min", [](auto& p) { p.diff_min = 1; }},
          {shift_out_of_range, "reverse_rescale.shift",
           [](auto& p) { p.reverse_rescale.shift = 1; }},
          {multiplier_out_of_range, "reverse_rescale.multiplier",
           [](auto& p) { p.reverse_rescale.multiplier = -1; }},
      });
  const auto l2_normalization =
      octet::L2Normalization<std::int8_t>::prepare({.input = {.shape = {2, {2, 5}}}});
  REQUIRE(l2_normalization);
  check_memory_refusals<std::int8_t, std::int8_t>(*l2_normalization, 10, 10, "l2_normalization",
                                                  /*in_place=*/true);
}
