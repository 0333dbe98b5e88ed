// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution: what all products do (support/product_suite-inl.hpp), and what is its own.
#include "octet/depthwise_conv2d.hpp"

#include "support/product_refusals.hpp"
#include "support/window.hpp"

namespace {

struct Suite : OperationOf<octet::DepthwiseConv2d, octet::DepthwiseConv2dParams> {
  static std::string describe(const Params& p) {
    return describe_window(p) + ", depth multiplier " + std::to_string(p.depth_multiplier);
  }

  static std::int64_t channels(const Params& p) { return octet::output_shape(p).c; }
  static std::int64_t depth(const Params& p) { return std::int64_t{p.filter.h} * p.filter.w; }
  static std::int64_t inputs(const Params& p) { return p.input.shape.size(); }
  static std::int64_t weights(const Params& p) { return depth(p) * channels(p); }
  static std::int64_t outputs(const Params& p) { return octet::output_shape(p).size(); }
  static std::int64_t filter_place(const Params& p, std::int64_t k, std::int64_t channel) {
    return k * channels(p) + channel;
  }
  static std::int64_t input_place(const Params& p, std::int64_t k, std::int64_t channel) {
    return k * p.input.shape.c + channel / p.depth_multiplier;
  }

  template <class Out, class... Operands>
  static void reference(const Operands&... operands) {
    octet::reference::depthwise_conv2d<Out>(operands...);
  }

  static Params random_shape(Random& random, std::int32_t) {
    Params p;
    randomize_window(random, p);
    if (random.one_in(2)) p.depth_multiplier = random.in(2, 5);
    p.input.shape.c = random.in(1, random.one_in(4) ? 140 : 20);
    return p;
  }
  static std::vector<Params> extreme_shapes() {
    std::vector<Params> shapes;
    for (const std::int32_t c : {1, 2, 3, 16, 65}) {
      shapes.push_back({.input = {{1, 5, 4, c}}, .filter = {3, 3}, .padding = {1, 1, 1, 1}});
    }
    for (const std::int32_t w : {1, 2, 255, 256, 509, 510, 511, 512, 1019, 1021, 1023, 3000}) {
      shapes.push_back({.input = {{1, 2, w + 1, 3}}, .filter = {2, w}, .padding = {0, 1, 0, 1}});
    }
    return shapes;
  }
  static Params single_window() { return {.input = {{1, 2, 2, 67}}, .filter = {2, 2}}; }
  static Params single_product(std::int32_t channels) {
    return {.input = {{1, 1, 1, channels}}, .filter = {1, 1}};
  }
  static std::vector<Params> concurrent_shapes() {
    std::vector<Params> shapes;
    for (const std::int32_t multiplier : {1, 2}) {
      shapes.push_back({.input = {{1, 9, 9, 70}},
                        .filter = {3, 3},
                        .depth_multiplier = multiplier,
                        .padding = {1, 1, 1, 1}});
    }
    return shapes;
  }
  static constexpr const char* kName = "depthwise_conv2d";
  static Params refused_shape() {
    return {
        .input = {{2, 5, 6, 3}}, .filter = {3, 3}, .depth_multiplier = 2, .padding = {1, 1, 1, 1}};
  }
  static Refusals<Params> refusals();
};

}  // namespace

#include "support/product_suite-inl.hpp"

// A block is one vector of bytes. Vectors may read beyond the channels of a pixel, and not beyond
// the last pixel.
TEST_CASE("depthwise_conv2d equals the reference around the sizes of its blocks") {
  for_each_type_and_backend(byte_types<Product>(),
                            [](auto& depthwise, auto& backend, auto& random) {
                              const octet::Layout& layout = layout_of(backend);
                              std::int32_t taps = 0;
                              for (std::int32_t c = 1; c <= 2 * layout.zip_channels() + 1; ++c) {
                                for (const std::int32_t multiplier : {1, 2, 3}) {
                                  taps = taps % (2 * layout.depth + 1) + 1;
                                  depthwise.check_random(random,
                                                         {.input = {{1, 2, taps, c}},
                                                          .filter = {1, taps},
                                                          .depth_multiplier = multiplier,
                                                          .padding = {0, 1, 1, 0}},
                                                         backend);
                                }
                                for (const std::int32_t stride : {1, 2}) {
                                  depthwise.check_random(random,
                                                         {.input = {{1, 5, 4 + taps, c}},
                                                          .filter = {3, 3},
                                                          .stride = {stride},
                                                          .padding = {1, c % 2, 1, taps % 2}},
                                                         backend);
                                }
                              }
                            });
}

TEST_CASE("depthwise_conv2d gives the same bits in any number of parts") {
  for_each_type(byte_types<Product>(), [](const Typed& depthwise, Random& random) {
    const auto check_shape = [&](const Params& params) { depthwise.check_parts(random, params); };
    // Odd numbers of rows that are computed in pairs, in images and in parts.
    check_shape({.input = {{3, 5, 6, 33}}, .filter = {3, 3}, .padding = {1, 1, 1, 1}});
    check_shape({.input = {{1, 23, 9, 3}}, .filter = {3, 3}});
    // Few rows: parts of channels, whose last block overlaps the one before.
    for (const std::int32_t c : {64, 65, 127, 128, 190, 260, 300}) {
      check_shape({.input = {{1, 3, 3, c}}, .filter = {3, 3}});
      check_shape({.input = {{1, 3, 2, c}}, .filter = {2, 2}, .depth_multiplier = 2});
    }
  });
}

// A few rows of those are computed for all channels before the next.
TEST_CASE("depthwise_conv2d equals the reference on images larger than the cache") {
  for_each_type(byte_types<Product>(), [](const Typed& depthwise, Random& random) {
    const auto w = static_cast<std::int32_t>(octet::detail::kCachedBytes / 8 / 66);
    for (const std::int32_t stride : {1, 2}) {
      depthwise.check_random(random, {.input = {{1, 18 * stride + 1, w, 66}},
                                      .filter = {3, 1},
                                      .stride = {stride, 2},
                                      .padding = {1, 0, 1, 0}});
    }
  });
}

TEST_CASE("depthwise_conv2d equals the reference with large filters") {
  for_each_type(byte_types<Product>(), [](const Typed& depthwise, Random& random) {
    // A filter of one column has no second one for its dilation to lead to.
    depthwise.check_random(random, {.input = {{1, 6, 3, 2}},
                                    .filter = {5, 1},
                                    .dilation = {1, std::numeric_limits<std::int32_t>::max()}});
    for (const std::int32_t c : {1, 3, 16, 65}) {
      depthwise.check_random(
          random, {.input = {{1, 14, 13, c}}, .filter = {11, 13}, .padding = {5, 6, 5, 6}});
      depthwise.check_random(random, {.input = {{1, 21, 2, c}}, .filter = {21, 1}});
      // Every window is larger than the input.
      depthwise.check_random(random, {.input = {{1, 2, 1, c}},
                                      .filter = {7, 5},
                                      .depth_multiplier = 2,
                                      .dilation = {2, 3},
                                      .padding = {6, 7, 8, 9}});
    }
  });
}

// Dilations around the lengths of runs and of rows, and far beyond.
TEST_CASE("depthwise_conv2d equals the reference at any dilation") {
  for_each_type(byte_types<Product>(), [](const Typed& depthwise, Random& random) {
    for (const std::int32_t dilation : {2, 15, 16, 17, 31, 40, 100, 299, 300, 301, 1000, 5000}) {
      for (std::int64_t i = test_iterations(4); i > 0; --i) {
        const bool wide = random.one_in(2);
        const octet::Extent2d along{1, random.in(2, 4)}, down{random.in(2, 4), 1};
        Params p{.input = {{1, 1, random.in(1, 600), random.in(1, 20)}},
                 .filter = wide ? along : down,
                 .depth_multiplier = random.one_in(3) ? random.in(2, 5) : 1,
                 .stride = {random.one_in(2) ? random.in(1, 3) : 1},
                 .dilation = {dilation}};
        if (!wide) std::swap(p.input.shape.h, p.input.shape.w);
        const std::int32_t extent = std::max(p.input.shape.h, p.input.shape.w);
        const std::int32_t span = (std::max(p.filter.h, p.filter.w) - 1) * dilation;
        // As many outputs as inputs, or few, of which some have no row or column inside.
        const bool same = random.one_in(2);
        const std::int32_t before = same ? span / 2 : random.in(0, span + extent);
        const std::int32_t after =
            same ? span - span / 2 : std::max(span - before - extent + 1, 0) + random.in(0, 40);
        p.padding =
            wide ? octet::Padding{0, before, 0, after} : octet::Padding{before, 0, after, 0};
        depthwise.check_random(random, p);
      }
      // Both directions at once, with rows and columns of few outputs.
      depthwise.check_random(random,
                             {.input = {{1, random.in(1, 20), random.in(1, 20), random.in(1, 70)}},
                              .filter = {3, 3},
                              .dilation = {dilation},
                              .padding = {dilation, dilation, dilation, dilation}});
    }
  });
}

// Filters with passes of their own, over rows and columns of fewer outputs than a vector of four
// takes and of many, in every number of bands.
TEST_CASE("depthwise_conv2d equals the reference with dilated common filters") {
  for_each_type(byte_types<Product>(), [](const Typed& depthwise, Random& random) {
    constexpr octet::Extent2d kFilters[] = {{3, 3}, {5, 5}, {5, 3}, {1, 7}, {7, 1}};
    for (std::int64_t i = test_iterations(70); i > 0; --i) {
      const std::int32_t dilation = random.in(1, 14);
      Params p{.input = {{1, random.in(1, 40), random.in(1, 70), random.in(1, 80)}},
               .filter = kFilters[random.in(0, 4)],
               .depth_multiplier = random.one_in(4) ? random.in(2, 3) : 1,
               .stride = {random.one_in(3) ? 2 : 1},
               .dilation = {dilation, random.one_in(4) ? random.in(1, 14) : dilation}};
      p.padding = octet::same_padding(p.input.shape, p.filter, p.stride, p.dilation);
      if (random.one_in(2)) p.padding.top += random.in(0, dilation);
      if (random.one_in(2)) p.padding.right += random.in(0, dilation);
      depthwise.check_random(random, p);
      if (random.one_in(3)) depthwise.check_parts(random, p);
    }
  });
}

TEST_CASE("scratch memory of depthwise_conv2d does not grow with the dilation") {
  using Operation = octet::DepthwiseConv2d<std::int8_t>;
  for (const octet::Backend* backend : octet::kBackends) {
    const auto scratch = [&](std::int32_t w, std::int32_t taps, std::int32_t dilation) {
      return Operation::scratch_bytes({.input = {{1, 1, w, 64}},
                                       .filter = {1, taps},
                                       .dilation = {dilation},
                                       .padding = {0, dilation, 0, dilation}},
                                      *backend);
    };
    for (const std::int32_t dilation : {2, 16, 100, 4096, 16000, 1 << 30}) {
      REQUIRE(scratch(16000, 3, dilation) <= 3 * scratch(16000, 3, 1));
      REQUIRE(scratch(1, 3, dilation) <= scratch(1, 3, 1));
    }
  }
}

// The first layer of a keyword spotter, where every channel has the only input channel: kernels of
// convolutions compute it, unless columns are dilated.
TEST_CASE("depthwise_conv2d equals the reference with one input channel") {
  const auto types = joined(byte_types<Product>(), int16_types<Product>());
  for_each_type(types, [](const Typed& depthwise, Random& random) {
    for (const std::int32_t multiplier : {2, 4, 7, 8, 9, 16, 17}) {
      for (const std::int32_t stride : {1, 2}) {
        depthwise.check_random(random, {.input = {{1, 13, 10, 1}},
                                        .filter = {10, 8},
                                        .depth_multiplier = multiplier,
                                        .stride = {stride},
                                        .padding = {4, 3, 5, 3}});
      }
    }
    for (std::int64_t i = test_iterations(20); i > 0; --i) {
      Params p = Suite::random_shape(random, 0);
      p.input.shape.c = 1;
      p.depth_multiplier = random.in(2, 70);
      depthwise.check_random(random, p);
      if (random.one_in(4)) depthwise.check_parts(random, p);
    }
    // Taps that never meet the input, which cells leave out.
    depthwise.check_random(random, {.input = {{2, 2, 1, 1}},
                                    .filter = {7, 5},
                                    .depth_multiplier = 3,
                                    .dilation = {2, 1},
                                    .padding = {6, 7, 8, 9}});
  });
}

TEST_CASE("depthwise_conv2d takes the kernels of convolutions for several channels of one") {
  using Operation = octet::DepthwiseConv2d<std::int8_t>;
  static_assert(sizeof(void*) > 8 || sizeof(Operation::Bound) <= 160);
  static constexpr std::int32_t kMultiplier[] = {1 << 30}, kShift[] = {-8};
  const auto takes_cells = [&](std::int32_t channels, std::int32_t multiplier,
                               octet::Extent2d filter, octet::Extent2d dilation,
                               const octet::Backend& backend) {
    const Params p{.input = {{1, 12, 12, channels}},
                   .filter = filter,
                   .depth_multiplier = multiplier,
                   .dilation = dilation,
                   .output = {.multiplier = kMultiplier, .shift = kShift}};
    const std::vector<std::int8_t> weights(static_cast<std::size_t>(Suite::weights(p)));
    octet::AlignedBuffer packed(Operation::packed_bytes(p, backend));
    const auto depthwise = Operation::prepare(p, weights, {}, packed.span(), backend);
    REQUIRE(depthwise);
    return std::string(depthwise->loop()) == "cells";
  };
  for (const octet::Backend* backend : octet::kBackends) {
    CAPTURE(backend->name);
    CHECK_FALSE(takes_cells(1, 8, {3, 3}, {1, 1}, *backend));
    CHECK_FALSE(takes_cells(1, 8, {3, 3}, {2, 1}, *backend));
    CHECK_FALSE(takes_cells(1, 8, {3, 1}, {2, 2}, *backend));
    CHECK(takes_cells(1, 8, {3, 3}, {1, 2}, *backend));
    CHECK(takes_cells(1, 1, {3, 3}, {1, 1}, *backend));
    CHECK(takes_cells(2, 4, {3, 3}, {1, 1}, *backend));
  }
}

Refusals<Params> Suite::refusals() {
  using enum octet::StatusCode;
  return {
      {invalid_shape, "input.shape.n", [](auto& p) { p.input.shape.n = -1; }},
      {invalid_shape, "input.shape.h", [](auto& p) { p.input.shape.h = 0; }},
      {invalid_shape, "input.shape.w", [](auto& p) { p.input.shape.w = -kHuge - 1; }},
      {invalid_shape, "input.shape.c", [](auto& p) { p.input.shape.c = 0; }},
      {invalid_shape, "input.shape",
       [](auto& p) {
         p.input.shape = {kHuge, kHuge, kHuge, kHuge};
       }},
      {invalid_shape, "depth_multiplier", [](auto& p) { p.depth_multiplier = 0; }},
      {invalid_shape, "depth_multiplier", [](auto& p) { p.depth_multiplier = -2; }},
      {invalid_shape, "input.shape.c * depth_multiplier",
       [](auto& p) { p.depth_multiplier = kHuge; }},
      {invalid_shape, "input.shape.c * depth_multiplier",
       [](auto& p) { p.depth_multiplier = kHuge / 3 + 1; }},
      {invalid_shape, "filter.h", [](auto& p) { p.filter.h = 0; }},
      {invalid_shape, "filter.w", [](auto& p) { p.filter.w = -3; }},
      {invalid_shape, "filter.h", [](auto& p) { p.filter.h = 8; }},
      {invalid_shape, "filter.w", [](auto& p) { p.filter.w = kHuge; }},
      {invalid_shape, "(filter.h - 1) * dilation.h + 1", [](auto& p) { p.dilation.h = kHuge; }},
      {invalid_shape, "filter.h * filter.w",
       [](auto& p) {
         p.filter = {1 << 11, 1 << 10};
         p.padding = {1 << 11, 1 << 11, 0, 0};
       }},
      {invalid_shape, "filter.h * input.shape.w * input.shape.c * depth_multiplier",
       [](auto& p) {
         p.input.shape = {1, 1, kMany - 1, 3};
         p.depth_multiplier = kMany / 4;
         p.filter = {3, 1};
         p.stride = {1, kHuge};
         p.padding = {1, 0, 1, 0};
       }},
      {invalid_shape, "output",
       [](auto& p) {
         p.input.shape.n = kMany / 4;
         p.padding = {kMany / 2, kMany / 2, 0, 0};
       }},
      {invalid_stride, "stride.h", [](auto& p) { p.stride.h = 0; }},
      {invalid_stride, "stride.w", [](auto& p) { p.stride.w = -1; }},
      {invalid_dilation, "dilation.h", [](auto& p) { p.dilation.h = 0; }},
      {invalid_dilation, "dilation.w", [](auto& p) { p.dilation.w = -1; }},
      {invalid_padding, "padding.top", [](auto& p) { p.padding.top = -1; }},
      {invalid_padding, "padding.left", [](auto& p) { p.padding.left = kHuge; }},
      {invalid_padding, "padding.bottom", [](auto& p) { p.padding.bottom = kHuge; }},
      {invalid_padding, "padding.right", [](auto& p) { p.padding.right = -kHuge; }},
      {buffer_too_small, "input", [](auto& p) { p.input.shape.n = kMany / 4; }},
      {buffer_too_small, "filter", [](auto& p) { p.depth_multiplier = kMany / 3; }},
      {buffer_too_small, "output", [](auto& p) { p.padding.right = 2; }},
  };
}
