// SPDX-License-Identifier: Apache-2.0
// Size functions, validate and prepare of every product are defined for extents up to the ends of
// 32 bits, whatever the combination: sizes are counted in 64 bits. With -fsanitize=undefined this
// looks for overflows.
#include <algorithm>
#include <limits>

#include "octet/conv2d.hpp"
#include "octet/depthwise_conv2d.hpp"
#include "octet/fully_connected.hpp"
#include "octet/gemm.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"

namespace {

constexpr std::int32_t kHuge = std::numeric_limits<std::int32_t>::max();

std::int32_t random_extent(Random& random) {
  constexpr std::int32_t kExtents[] = {1,         1,         1,       2,       3,         4,
                                       16,        17,        64,      1 << 15, 1 << 16,   65537,
                                       1 << 17,   1 << 20,   1 << 29, 1 << 30, kHuge / 3, kHuge - 3,
                                       kHuge - 2, kHuge - 1, kHuge};
  return kExtents[random.in(0, static_cast<std::int32_t>(std::size(kExtents)) - 1)];
}

// Now and then what prepare refuses by itself.
std::int32_t any_extent(Random& random) {
  constexpr std::int32_t kWrong[] = {0, -1, -kHuge - 1};
  return random.one_in(30) ? kWrong[random.in(0, 2)] : random_extent(random);
}

octet::ShapeNhwc any_shape(Random& random) {
  return {any_extent(random), any_extent(random), any_extent(random), any_extent(random)};
}

octet::Extent2d any_step(Random& random) {
  if (random.one_in(2)) return {};
  return {any_extent(random), any_extent(random)};
}

octet::Padding any_padding(Random& random) {
  if (random.one_in(2)) return {};
  return {any_extent(random), any_extent(random), any_extent(random), any_extent(random)};
}

// A window over an image, for either kind of convolution.
template <class Params>
Params any_window(Random& random) {
  Params params;
  params.input.shape = any_shape(random);
  params.stride = any_step(random);
  params.dilation = any_step(random);
  params.padding = any_padding(random);
  return params;
}

// The sizes of a product, which prepare refuses with a few bytes of memory. `least` is a number of
// bytes that its packed weights take at any rate.
template <class Operation, class Params>
void check_sizes(const Params& params, std::int64_t least) {
  static constexpr std::int32_t kMultiplier[] = {1 << 30}, kShift[] = {-8};
  alignas(octet::kAlignment) static std::byte memory[64];
  static std::int8_t few[8];
  Params complete = params;
  complete.output.multiplier = kMultiplier;
  complete.output.shift = kShift;
  for (const octet::Backend* backend : octet::kBackends) {
    const std::size_t packed = Operation::packed_bytes(params, *backend);
    const std::size_t scratch = Operation::scratch_bytes(params, *backend, 3);
    REQUIRE(Operation::max_packed_bytes(params) >= packed);
    REQUIRE(Operation::max_scratch_bytes(params, 3) >= scratch);
    if (packed == 0) REQUIRE(scratch == 0);
    REQUIRE(packed <= PTRDIFF_MAX);
    if (packed != 0) REQUIRE(packed >= static_cast<std::size_t>(least));
    const auto prepared = Operation::prepare(complete, few, {}, memory, *backend);
    REQUIRE(!prepared);
    REQUIRE(prepared.status().code == Operation::validate(complete, few, {}).code);
  }
}

}  // namespace

TEST_CASE("sizes of matrix products are counted in 64 bits") {
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto stride = [&] { return random.one_in(3) ? std::int64_t{any_extent(random)} << 31 : 0; };
  for (std::int64_t i = test_iterations(20'000); i > 0; --i) {
    octet::GemmParams gemm{.m = any_extent(random),
                           .n = any_extent(random),
                           .k = std::max(any_extent(random), 9),
                           .batch = random.one_in(2) ? 1 : any_extent(random)};
    gemm.filter.transposed = random.one_in(2);
    if (random.one_in(3)) {
      gemm.input.stride = stride();
      gemm.input.batch_stride = stride();
      gemm.filter.stride = stride();
      gemm.output_stride = stride();
      gemm.output_batch_stride = stride();
    }
    check_sizes<octet::Gemm<std::int8_t>>(gemm, std::int64_t{gemm.n} * gemm.k);
    check_sizes<octet::Gemm<std::int16_t>>(gemm, std::int64_t{gemm.n} * gemm.k);
    const octet::FullyConnectedParams layer{.batches = gemm.m, .inputs = gemm.k, .outputs = gemm.n};
    check_sizes<octet::FullyConnected<std::int8_t>>(layer, std::int64_t{gemm.n} * gemm.k);
  }
}

TEST_CASE("sizes of convolutions are counted in 64 bits") {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(20'000); i > 0; --i) {
    auto params = any_window<octet::Conv2dParams>(random);
    params.filter = {any_extent(random), any_extent(random), any_extent(random),
                     any_extent(random)};
    if (random.one_in(2)) params.input.shape.c = params.filter.i;
    if (params.filter.size() <= 8) params.filter.o = 9;
    check_sizes<octet::Conv2d<std::int8_t>>(params, params.filter.size());
    check_sizes<octet::Conv2d<std::int16_t>>(params, params.filter.size());
  }
}

TEST_CASE("sizes of depthwise convolutions are counted in 64 bits") {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(20'000); i > 0; --i) {
    auto params = any_window<octet::DepthwiseConv2dParams>(random);
    params.filter = {any_extent(random), any_extent(random)};
    if (random.one_in(2)) params.depth_multiplier = any_extent(random);
    const std::int64_t weights = octet::detail::product(
        {params.filter.h, params.filter.w, params.input.shape.c, params.depth_multiplier});
    if (weights <= 8) continue;
    // What of a filter never meets the input is not packed.
    const std::int64_t channels = weights / params.filter.h / params.filter.w;
    check_sizes<octet::DepthwiseConv2d<std::int8_t>>(params, channels);
    check_sizes<octet::DepthwiseConv2d<std::int16_t>>(params, channels);
  }
}

// Constants of accepted parameters are constant expressions: no overflow on the way. As many
// elements as a tensor may have, where that is less.
constexpr auto kMost = static_cast<std::int32_t>(
    octet::check::kMaxElements < kHuge ? octet::check::kMaxElements : kHuge);
static_assert(octet::Conv2d<std::int8_t>::max_packed_bytes({.input = {{1, 1, kMost, 1}},
                                                            .filter = {1, 1, 16, 1}}) > 0);
static_assert(octet::Conv2d<std::int8_t>::max_scratch_bytes(
                  {.input = {{1, 1, kMost, 1}}, .filter = {1, 1, 16, 1}, .stride = {kMost}}) > 0);
static_assert(octet::DepthwiseConv2d<std::int8_t>::max_scratch_bytes({.input = {{1, kMost, 1, 1}},
                                                                      .filter = {3, 1}}) > 0);
static_assert(octet::output_shape(octet::DepthwiseConv2dParams{.input = {{1, 1, 1, kHuge}},
                                                               .filter = {1},
                                                               .depth_multiplier = kHuge})
                  .c == kHuge);
