// SPDX-License-Identifier: Apache-2.0
// What every operation with constant weights has to do, stated once. The test of each (gemm_test,
// fully_connected_test, conv2d_test, depthwise_conv2d_test) includes this behind its
//
//   struct Suite : OperationOf<...> {
//     reference ... input_place        as support/product_calls.hpp says
//     kName                            in statuses
//     random_shape(random, deepest)    up to that depth
//     extreme_shapes()                 of different depths, with ends of panels and of vectors;
//     some
//                                      deeper than 32 bits hold products of 16 x 8 bits
//     single_window()                  a depth of some products, and two groups where there are any
//     single_product(channels)         one output of depth 1 in each channel
//     concurrent_shapes()              that are run in two threads at once
//     refused_shape(), refusals()      a shape, and how it becomes one that is refused
//   };
//
// and holds beside it what is particular to the operation.
#include "support/product_refusals.hpp"
#include "support/products.hpp"
#include "support/roundings.hpp"

namespace {

using Product = Suite;
using Typed = TypedProduct<Product>;
using Params = Product::Params;

// What prepare says, which is the same for all backends.
octet::Status status_of(const Typed& product, const Typed::Layer& layer) {
  octet::Status first;
  for (const octet::Backend* backend : octet::kBackends) {
    const octet::Status status = Typed::PreparedLayer(product, layer, *backend).result.status();
    if (backend == octet::kBackends[0]) first = status;
    REQUIRE(status.code == first.code);
    REQUIRE(std::string(status.argument) == first.argument);
    REQUIRE(status.value == first.value);
    REQUIRE(status.limit == first.limit);
  }
  return first;
}

}  // namespace

TEST_CASE("a product equals the reference on random shapes") {
  for_each_type(all_types<Product>(), [](const Typed& product, Random& random) {
    for (std::int64_t i = test_iterations(320); i > 0; --i) {
      product.check_random(random, Suite::random_shape(random, product.deepest()));
    }
  });
}

TEST_CASE("a product gives the same bits in any number of parts") {
  const auto types = joined(byte_types<Product>(), int16_types<Product>());
  for_each_type(types, [](const Typed& product, Random& random) {
    for (std::int64_t i = test_iterations(25); i > 0; --i) {
      product.check_parts(random, Suite::random_shape(random, product.deepest()));
    }
  });
}

TEST_CASE("a product is exact with every operand at an end of its type") {
  const auto types = joined(byte_types<Product>(), int16_types<Product>());
  for_each_type(types, [](const Typed& product, Random& random) {
    const std::int32_t lowest = product.in.lowest, highest = product.in.highest;
    const std::vector<std::int32_t> filter_zero_points =
        kHasFilterZeroPoint<Params> ? std::vector{-128, 0, 127} : std::vector{0};
    for (const Params& shape : Suite::extreme_shapes()) {
      if (Product::depth(shape) > product.deepest()) continue;
      for (const std::int32_t zero_point : {lowest, highest, 0}) {
        for (const std::int32_t filter_zero_point : filter_zero_points) {
          for (const std::int32_t value : {lowest, highest}) {
            for (const int weight : {-128, -127, 127}) {
              auto layer = product.layer(shape);
              layer.params.input.zero_point = zero_point;
              set_filter_zero_point(layer.params, filter_zero_point);
              std::fill(layer.input.begin(), layer.input.end(), value);
              std::fill(layer.filter.begin(), layer.filter.end(), static_cast<std::int8_t>(weight));
              product.randomize_output(random, layer);
              product.check(layer);
            }
          }
        }
      }
    }
  });
}

// Either end of the accumulators' range, reached in the last channel and by the others' bias alone.
TEST_CASE("a product returns every accumulator that fits, and refuses others or is exact") {
  const std::vector<Typed> raw = {typed<Product, std::int8_t, std::int32_t>(),
                                  typed<Product, std::uint8_t, std::int32_t>()};
  for_each_type(joined(raw, int16_types<Product>()), [](const Typed& product, Random& random) {
    const std::int64_t highest = product.highest_accumulator(), lowest = -highest - 1;
    for (const std::int32_t shift : {-31, -15, 0, product.bias.bytes == 8 ? 7 : -1}) {
      for (const bool above : {true, false}) {
        auto layer = product.layer(Suite::single_window());
        Params& p = layer.params;
        p.input.zero_point = random_zero_point(random, product.in);
        const std::int64_t channels = Product::channels(p), last = channels - 1;
        layer.bias.assign(static_cast<std::size_t>(channels), above ? highest : lowest);
        for (std::int64_t k = 0; k < Product::depth(p); ++k) {
          // Weights of either sign: each takes its own end of the activations' range.
          const std::int32_t weight = random.one_in(2) ? random.in(1, 127) : random.in(-128, -1);
          const bool is_highest = (weight > 0) == above;
          const std::int32_t value = is_highest ? product.in.highest : product.in.lowest;
          layer.filter[static_cast<std::size_t>(Product::filter_place(p, k, last))] =
              static_cast<std::int8_t>(weight);
          layer.input[static_cast<std::size_t>(Product::input_place(p, k, last))] = value;
          layer.bias.back() -= std::int64_t{weight} * (value - p.input.zero_point);
        }
        if (product.requantizes()) {
          layer.multiplier = {1 << 30};
          layer.shift = {shift};
        }
        product.check(layer);
        layer.bias.back() += above ? 1 : -1;
        if (product.has_exact_sums()) {
          product.check_exact(layer);
          continue;
        }
        const octet::Status status = status_of(product, layer);
        REQUIRE(status.code == octet::StatusCode::accumulator_overflow);
        REQUIRE(std::string(status.argument) == "filter");
        REQUIRE(status.value == last);
        REQUIRE(status.limit == (above ? highest + 1 : lowest - 1));
      }
    }
  });
}

TEST_CASE("a product of 64-bit sums refuses shifts that they do not bear") {
  using enum octet::StatusCode;
  for_each_type(int16_types<Product>(), [](const Typed& product, Random&) {
    if (product.has_exact_sums()) return;
    constexpr std::int32_t kMostShift = 7;
    const std::int64_t most = product.highest_accumulator();
    auto layer = product.layer(Suite::single_window());
    layer.multiplier = {1 << 30};
    const auto code_of = [&](std::int64_t bias, std::int32_t shift_left) {
      layer.bias.assign(static_cast<std::size_t>(Product::channels(layer.params)), bias);
      layer.shift = {shift_left};
      const octet::Status status = status_of(product, layer);
      if (status.ok()) product.check(layer);
      return status.code;
    };
    REQUIRE(code_of(most, kMostShift) == ok);
    REQUIRE(code_of(-most - 1, kMostShift) == ok);
    REQUIRE(code_of(most + 1, kMostShift) == accumulator_overflow);
    REQUIRE(code_of(-most - 2, kMostShift) == accumulator_overflow);
    REQUIRE(code_of(most, kMostShift + 1) == shift_out_of_range);
    REQUIRE(code_of(0, kMostShift + 1) == shift_out_of_range);
    for (const std::int32_t any_shift : {-31, -15, 0, 7}) {
      REQUIRE(code_of(std::numeric_limits<std::int64_t>::max(), any_shift) == accumulator_overflow);
      REQUIRE(code_of(std::numeric_limits<std::int64_t>::min(), any_shift) == accumulator_overflow);
    }
  });
}

TEST_CASE("a product is exact where 32 bits do not hold the sums") {
  const auto types = joined(narrow_types<Product>(), int16_types<Product>());
  for_each_type(types, [](const Typed& product, Random& random) {
    if (!product.has_exact_sums()) return;
    for (std::int64_t i = test_iterations(120); i > 0; --i) {
      auto layer = product.random_layer(random, Suite::random_shape(random, product.deepest()));
      product.randomize_output_beyond_int32(random, layer);
      product.check_exact(layer);
    }
  });
}

// Vectors take most of these, but for large multipliers together with large shifts.
TEST_CASE("a product requantizes the largest accumulators exactly") {
  constexpr std::int32_t kLimit = 1 << 30, kHighest = std::numeric_limits<std::int32_t>::max();
  constexpr std::int32_t kChannels = 96;
  for_each_type(narrow_types<Product>(), [](const Typed& product, Random& random) {
    for (const std::int32_t bias :
         {kLimit - 2, kLimit - 1, kLimit, kLimit + 1, kHighest - 1, kHighest}) {
      for (const std::int32_t sign : {1, -1}) {
        for (const std::int32_t multiplier : {kLimit, kLimit + 1, kHighest - 1, kHighest}) {
          for (const std::int32_t shifts : {1, 2, 30, 32}) {  // of neighbouring channels
            auto layer = product.layer(Suite::single_product(kChannels));
            layer.bias.assign(kChannels, sign * bias);
            layer.multiplier = {multiplier};
            for (std::int32_t c = 0; c < kChannels; ++c) layer.shift.push_back(-(c % shifts));
            octet::OutputStage& output = layer.params.output;
            output.rounding = random_rounding(random);
            if (random.one_in(2)) {
              output.zero_point = random.in(product.out.lowest, product.out.highest);
            }
            CAPTURE(sign * bias, multiplier, shifts);
            product.check(layer);
          }
        }
      }
    }
  });
}

TEST_CASE("one prepared product runs in two threads at once") {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (const Params& shape : Suite::concurrent_shapes()) {
    typed<Product, std::int8_t>().check_reentrancy(random, shape);
  }
}

TEST_CASE("a product names the argument that it refuses") {
  const auto check = [](const Typed& product, const Refusals<octet::OutputStage>& of_stage) {
    const Params shape = Suite::refused_shape();
    check_refusals(product, shape, Suite::refusals());
    check_refusals(product, shape, zero_point_refusals<Params>());
    check_refusals(product, shape, memory_refusals());
    check_refusals(product, shape, of_stage);
  };
  check(typed<Product, std::int8_t>(), stage_refusals());
  const auto raw = typed<Product, std::int8_t, std::int32_t>();
  check(raw, raw_output_refusals());
  check_refusals(raw, Suite::refused_shape(), overflow_refusals());
  if (!kHasFilterStride<Params>) {
    check_refusals(raw, Suite::refused_shape(), dense_filter_refusals());
  }
}

TEST_CASE("a product that was never prepared, or never bound, says so") {
  using Operation = Product::Operation<std::int8_t, std::int8_t, std::int32_t>;
  for (const octet::Status& status :
       {Operation().bind({}, {}, {}).status(), Operation::Bound().rebind({}, {}, {})}) {
    check_status(status, octet::StatusCode::not_prepared, Suite::kName);
  }
}
