// SPDX-License-Identifier: Apache-2.0
// Convolution: what all products do (support/product_suite-inl.hpp), and what is its own.
#include "octet/conv2d.hpp"

#include "support/product_refusals.hpp"
#include "support/window.hpp"

namespace {

struct Suite : ConvolutionOf<octet::Conv2d, octet::Conv2dParams> {
  static std::int64_t input_place(const Params& p, std::int64_t k, std::int64_t channel) {
    const std::int64_t groups = p.input.shape.c / p.filter.i;
    const std::int64_t group = channel / (p.filter.o / groups);
    return k / p.filter.i * p.input.shape.c + group * p.filter.i + k % p.filter.i;
  }

  static std::string describe(const Params& p) {
    return describe_window(p) + ", " + std::to_string(p.filter.o) + " filters of " +
           std::to_string(p.filter.i) + " channels";
  }
  template <class Out, class... Operands>
  static void reference(const Operands&... operands) {
    octet::reference::conv2d<Out>(operands...);
  }

  static Params random_shape(Random& random, std::int32_t deepest) {
    Params p;
    randomize_window(random, p);
    if (random.one_in(6)) {
      p.filter.h = p.filter.w = 1;
      if (!random.one_in(4)) {
        p.stride = {};
        p.padding = {};
      }
    }
    const std::int32_t groups = random.one_in(3) ? random.in(2, 5) : 1;
    const std::int32_t most = std::max(deepest / (p.filter.h * p.filter.w), 1);
    p.filter.i = random.in(1, std::min(random.one_in(4) ? 70 : 9, most));
    p.filter.o = groups * random.in(1, random.one_in(4) ? 40 : 9);
    p.input.shape.c = groups * p.filter.i;
    return p;
  }
  static std::vector<Params> extreme_shapes() {
    std::vector<Params> shapes;
    for (const std::int32_t c : {1, 2, 3, 16, 65}) {
      shapes.push_back({.input = {{1, 5, 4, c}}, .filter = {17, 3, 3, c}, .padding = {1, 1, 1, 1}});
    }
    return shapes;
  }
  static Params single_window() { return {.input = {{1, 1, 2, 4}}, .filter = {4, 1, 2, 2}}; }
  static Params single_product(std::int32_t channels) {
    return {.input = {{1, 1, 1, 1}}, .filter = {channels, 1, 1, 1}};
  }
  static std::vector<Params> concurrent_shapes() {
    return {{.input = {{1, 9, 9, 8}}, .filter = {12, 3, 3, 4}, .padding = {1, 1, 1, 1}}};
  }
  static constexpr const char* kName = "conv2d";
  static Params refused_shape() {
    return {.input = {{2, 5, 6, 4}}, .filter = {3, 3, 3, 4}, .padding = {1, 1, 1, 1}};
  }
  static Refusals<Params> refusals();
};

}  // namespace

#include "support/product_suite-inl.hpp"

TEST_CASE("conv2d equals the reference for every number of channels") {
  for_each_type(byte_types<Product>(), [](const Typed& conv2d, Random& random) {
    for (std::int32_t c = 1; c <= 70; ++c) {
      const std::int32_t o = 1 + c * 7 % 67;
      conv2d.check_random(
          random, {.input = {{1, 3, 2, c}}, .filter = {o, 2, 2, c}, .padding = {1, 0, 0, 1}});
      conv2d.check_random(random, {.input = {{1, 5, 5, c}}, .filter = {o, 1, 1, c}});
      conv2d.check_random(random,
                          {.input = {{1, 1, 3, 2 * c}}, .filter = {2 * (o % 9 + 1), 1, 2, c}});
    }
    // Few windows for many filters: rows that are staged, and windows that are gathered.
    conv2d.check_random(random, {.input = {{1, 2, 3, 16}}, .filter = {70, 2, 2, 16}});
    conv2d.check_random(random, {.input = {{1, 3, 3, 16}}, .filter = {140, 2, 2, 16}});
    // Pixels a multiple of 1 KiB apart.
    conv2d.check_random(random, {.input = {{1, 4, 4, 1024}}, .filter = {3, 1, 1, 1024}});
  });
}

TEST_CASE("conv2d equals the reference for every position of the window") {
  for_each_type(byte_types<Product>(), [](const Typed& conv2d, Random& random) {
    for (std::int32_t filter = 1; filter <= 4; ++filter) {
      for (std::int32_t size = 1; size <= 4; ++size) {
        for (std::int32_t before = 0; before <= 5; ++before) {
          for (std::int32_t after = 0; after <= 5; ++after) {
            if (before + size + after < filter) continue;
            const std::int32_t c = random.in(1, 3);
            conv2d.check_random(random, {.input = {{1, size, size, c}},
                                         .filter = {random.in(1, 4), filter, filter, c},
                                         .stride = {random.in(1, 2), random.in(1, 2)},
                                         .padding = {before, after, after, before}});
          }
        }
      }
    }
    // Gathered far beside the input: there is more padding than the block of all windows holds.
    for (const octet::Padding& padding : {octet::Padding{0, 40, 0, 0}, {0, 0, 0, 40}}) {
      conv2d.check_random(random, {.input = {{1, 1, 3, 16}},
                                   .filter = {5, 1, 1, 16},
                                   .stride = {1, 2},
                                   .padding = padding});
    }
  });
}

TEST_CASE("conv2d equals the reference where rows are cut into blocks") {
  for_each_type(byte_types<Product>(), [](const Typed& conv2d, Random& random) {
    conv2d.check_random(
        random, {.input = {{2, 37, 41, 2}}, .filter = {3, 3, 3, 2}, .padding = {1, 1, 1, 1}});
    conv2d.check_random(random, {.input = {{2, 41, 37, 4}}, .filter = {3, 1, 1, 4}});
    conv2d.check_random(random, {.input = {{1, 41, 47, 6}}, .filter = {6, 1, 2, 2}});
    conv2d.check_random(random, {.input = {{3, 13, 13, 90}}, .filter = {2, 10, 10, 90}});
  });
}

// The two ways in which windows reach the kernel differ from target to target.
TEST_CASE("conv2d equals the reference with staged and with gathered windows") {
  for_each_type_and_backend(byte_types<Product>(), [](auto& conv2d, auto& backend, auto& random) {
    const octet::Layout& layout = layout_of(backend);
    const auto equals_reference = [&](const Params& params, bool staged) {
      REQUIRE(octet::detail::is_staged(layout, params) == staged);
      conv2d.check_random(random, params, backend);
    };
    const auto most =
        static_cast<std::int32_t>(octet::detail::kStagedPanels) * layout.panel_columns();
    for (const std::int32_t o : {most - 1, most, most + 1}) {
      for (const std::int32_t stride : {1, 2}) {
        equals_reference({.input = {{1, 5, layout.micro_rows + 2, 3}},
                          .filter = {o, 3, 2, 3},
                          .stride = {stride},
                          .dilation = {2, 1},
                          .padding = {2, 1, 2, 0}},
                         o <= most);
      }
    }
    // Rows a multiple of 1 KiB apart, and rows that overflow the cache.
    equals_reference({.input = {{1, 3, 4, 1024}}, .filter = {2, 2, 2, 1024}}, false);
    equals_reference({.input = {{1, 3, 60'000, 3}}, .filter = {2, 3, 3, 3}}, false);
    // Output rows that are staged a few at a time.
    const std::int32_t width = layout.lanes == 1 ? 8 : 150;
    const Params strips{
        .input = {{2, 29, width, 32}}, .filter = {2, 3, 3, 32}, .padding = {1, 1, 1, 1}};
    equals_reference(strips, true);
    const octet::Conv2dBlocking blocking = octet::detail::conv2d_blocking(layout, strips);
    CHECK(blocking.output_rows > 1);
    CHECK(blocking.output_rows < 29);
  });
}

// Staging may not leave tiles of matrices emptier than gathering.
TEST_CASE("conv2d equals the reference with windows in tiles of matrices") {
  for_each_type_and_backend(byte_types<Product>(), [](auto& conv2d, auto& backend, auto& random) {
    const octet::Layout& layout = matrix_layout_of(backend);
    if (!layout.multiplies_matrices()) return;
    const auto equals_reference = [&](std::int32_t width, std::int32_t channels, std::int32_t o,
                                      std::int32_t stride, bool staged) {
      const Params params{.input = {{2, 4, width, channels}},
                          .filter = {o, 3, 3, channels},
                          .stride = {stride},
                          .padding = {1, 1, 1, 1}};
      REQUIRE(octet::detail::is_staged(layout, params) == staged);
      conv2d.check_random(random, params, backend);
    };
    // Output rows of more than half a block.
    for (const std::int32_t width : {17, 20, 31, 32, 33, 49, 70}) {
      for (const std::int32_t o : {1, 16, 31, 33, 64}) {
        equals_reference(width, 64, o, 1, true);
        equals_reference(2 * width, 56, o, 2, true);
      }
    }
    for (const std::int32_t width : {1, 7, 14, 16}) equals_reference(width, 64, 33, 1, false);
    // Segments that fill little of their depth.
    for (const std::int32_t channels : {1, 3, 8, 24}) {
      equals_reference(40, channels, 33, 1, false);
    }
  });
}

TEST_CASE("conv2d gives the same bits in any number of parts") {
  for_each_type(byte_types<Product>(), [](const Typed& conv2d, Random& random) {
    const auto check_shape = [&](const Params& params) { conv2d.check_parts(random, params); };
    // Staged, in blocks of rows too; gathered; the input itself; groups.
    const octet::Padding same = {1, 1, 1, 1};
    check_shape({.input = {{3, 9, 7, 8}}, .filter = {12, 3, 3, 8}, .padding = same});
    check_shape({.input = {{1, 70, 40, 64}}, .filter = {5, 3, 3, 64}, .padding = same});
    check_shape({.input = {{2, 5, 5, 8}}, .filter = {300, 3, 3, 8}, .padding = same});
    check_shape({.input = {{2, 9, 11, 32}}, .filter = {40, 1, 1, 32}});
    check_shape({.input = {{1, 1, 1, 32}}, .filter = {290, 1, 1, 32}});
    check_shape({.input = {{1, 6, 7, 12}}, .filter = {15, 3, 3, 4}, .padding = same});
    check_shape({.input = {{1, 2, 2, 10}}, .filter = {330, 1, 1, 2}});
  });
}

Refusals<Params> Suite::refusals() {
  using enum octet::StatusCode;
  return {
      {invalid_shape, "input.shape.n", [](auto& p) { p.input.shape.n = 0; }},
      {invalid_shape, "input.shape.h", [](auto& p) { p.input.shape.h = -1; }},
      {invalid_shape, "input.shape.w", [](auto& p) { p.input.shape.w = 0; }},
      {invalid_shape, "input.shape.c", [](auto& p) { p.input.shape.c = -kHuge - 1; }},
      {invalid_shape, "input.shape",
       [](auto& p) {
         p.input.shape = {kHuge, kHuge, 1, 4};
       }},
      {invalid_shape, "input.shape",
       [](auto& p) {
         p.input.shape = {kHuge, kHuge, kHuge, kHuge};
       }},
      {invalid_shape, "filter.o", [](auto& p) { p.filter.o = 0; }},
      {invalid_shape, "filter.h", [](auto& p) { p.filter.h = 0; }},
      {invalid_shape, "filter.w", [](auto& p) { p.filter.w = -3; }},
      {invalid_shape, "filter.i", [](auto& p) { p.filter.i = 0; }},
      {invalid_shape, "filter",
       [](auto& p) {
         p.filter = {kHuge, kHuge, kHuge, kHuge};
       }},
      // 4 channels: not a multiple of 3, not of 8; 3 outputs for 2 groups.
      {invalid_shape, "filter.i", [](auto& p) { p.filter.i = 3; }},
      {invalid_shape, "filter.i", [](auto& p) { p.filter.i = 8; }},
      {invalid_shape, "filter.i", [](auto& p) { p.filter.i = kMany; }},
      {invalid_shape, "filter.o", [](auto& p) { p.filter.i = 2; }},
      // Larger than the padded input.
      {invalid_shape, "filter.h", [](auto& p) { p.filter.h = 8; }},
      {invalid_shape, "filter.w", [](auto& p) { p.filter.w = 9; }},
      {invalid_shape, "filter.h", [](auto& p) { p.filter.h = kMany; }},
      {invalid_shape, "(filter.h - 1) * dilation.h + 1",
       [](auto& p) { p.filter.h = p.dilation.h = kMany; }},
      {invalid_shape, "(filter.h - 1) * dilation.h + 1", [](auto& p) { p.dilation.h = kHuge; }},
      {invalid_shape, "(filter.w - 1) * dilation.w + 1", [](auto& p) { p.dilation.w = 4; }},
      {invalid_stride, "stride.h", [](auto& p) { p.stride.h = 0; }},
      {invalid_stride, "stride.w", [](auto& p) { p.stride.w = -1; }},
      {invalid_dilation, "dilation.h", [](auto& p) { p.dilation.h = 0; }},
      {invalid_dilation, "dilation.w", [](auto& p) { p.dilation.w = -kHuge - 1; }},
      {invalid_padding, "padding.top", [](auto& p) { p.padding.top = -1; }},
      {invalid_padding, "padding.left", [](auto& p) { p.padding.left = -1; }},
      {invalid_padding, "padding.bottom", [](auto& p) { p.padding.bottom = -1; }},
      {invalid_padding, "padding.right", [](auto& p) { p.padding.right = -1; }},
      {invalid_padding, "padding.top", [](auto& p) { p.padding.top = kHuge; }},
      {invalid_padding, "padding.left", [](auto& p) { p.padding.left = kHuge - 4; }},
      {invalid_padding, "padding.bottom", [](auto& p) { p.padding.bottom = kHuge - 5; }},
      {invalid_padding, "padding.right", [](auto& p) { p.padding.right = kHuge; }},
      {invalid_shape, "output",
       [](auto& p) {
         p.input.shape.n = kMany / 4;
         p.padding = {kMany / 2, kMany / 2, 0, 0};
       }},
      {invalid_shape, sizeof(void*) > 4 ? "filter.h * filter.w * filter.i" : "filter",
       [](auto& p) {
         p.filter = {1, 1 << 16, 1 << 16, 4};
         p.padding = {1 << 16, 1 << 16, 0, 0};
       }},
      {buffer_too_small, "input", [](auto& p) { p.input.shape.h = kMany - 2; }},
      {buffer_too_small, "output", [](auto& p) { p.padding.bottom = kMany - 6; }},
      {buffer_too_small, "filter", [](auto& p) { p.filter.o = kMany; }},
      {buffer_too_small, "output", [](auto& p) { p.padding.right = 2; }},
  };
}
