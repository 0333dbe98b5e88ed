// SPDX-License-Identifier: Apache-2.0
// Transposed convolution: what all products do (support/product_suite-inl.hpp), and what is its
// own.
#include "octet/transpose_conv2d.hpp"

#include "support/product_refusals.hpp"

namespace {

struct Suite : ConvolutionOf<octet::TransposeConv2d, octet::TransposeConv2dParams> {
  // The last input meets the first weights.
  static std::int64_t input_place(const Params& p, std::int64_t k, std::int64_t) {
    const std::int64_t i = p.filter.i, pixels = std::int64_t{p.filter.h} * p.filter.w;
    return (pixels - 1 - k / i) * i + k % i;
  }

  static std::string describe(const Params& p) {
    const auto text = [](std::initializer_list<std::int32_t> values) {
      std::string joined;
      for (const std::int32_t value : values) joined += " " + std::to_string(value);
      return joined;
    };
    const auto& [n, h, w, c] = p.input.shape;
    return "input" + text({n, h, w, c}) + ", filter" + text({p.filter.o, p.filter.h, p.filter.w}) +
           ", stride" + text({p.stride.h, p.stride.w}) + ", padding" +
           text({p.padding.top, p.padding.left, p.padding.bottom, p.padding.right});
  }
  template <class Out, class... Operands>
  static void reference(const Operands&... operands) {
    octet::reference::transpose_conv2d<Out>(operands...);
  }

  static Params random_shape(Random& random, std::int32_t deepest) {
    Params p;
    const std::int32_t i = random.in(1, random.one_in(4) ? 40 : 9);
    p.input.shape = {random.in(1, 2), random.in(1, 6), random.in(1, 6), i};
    p.filter = {random.in(1, random.one_in(4) ? 40 : 9), random.in(1, 5), random.in(1, 5), i};
    while (std::int64_t{p.filter.h} * p.filter.w * i > deepest) {
      p.input.shape.c = p.filter.i = 1;
      p.filter.h = p.filter.w = random.in(1, 4);
      break;
    }
    p.stride = {random.in(1, 3), random.in(1, 3)};
    const auto cut = [&](std::int32_t input, std::int32_t filter, std::int32_t stride,
                         std::int32_t before) {
      const std::int32_t rows = (input - 1) * stride + filter - before;
      return random.in(-4, std::min(rows - 1, 5));
    };
    p.padding.top = random.in(0, p.filter.h - 1);
    p.padding.left = random.in(0, p.filter.w - 1);
    p.padding.bottom = cut(p.input.shape.h, p.filter.h, p.stride.h, p.padding.top);
    p.padding.right = cut(p.input.shape.w, p.filter.w, p.stride.w, p.padding.left);
    return p;
  }
  static std::vector<Params> extreme_shapes() {
    std::vector<Params> shapes;
    for (const std::int32_t c : {1, 3, 65}) {
      shapes.push_back({.input = {{1, 3, 2, c}}, .filter = {17, 3, 3, c}, .stride = {2, 2}});
    }
    return shapes;
  }
  // The output where all weights meet.
  static Params single_window() {
    return {.input = {{1, 1, 3, 2}}, .filter = {4, 1, 3, 2}, .padding = {0, 2, 0, 2}};
  }
  static Params single_product(std::int32_t channels) {
    return {.input = {{1, 1, 1, 1}}, .filter = {channels, 1, 1, 1}};
  }
  static std::vector<Params> concurrent_shapes() {
    return {{.input = {{1, 6, 6, 8}},
             .filter = {12, 3, 3, 8},
             .stride = {2, 2},
             .padding = {1, 1, 0, 0}}};
  }
  static constexpr const char* kName = "transpose_conv2d";
  static Params refused_shape() {
    return {
        .input = {{2, 5, 6, 4}}, .filter = {3, 3, 3, 4}, .stride = {2, 2}, .padding = {1, 1, 0, 0}};
  }
  static Refusals<Params> refusals();
};

}  // namespace

#include "support/product_suite-inl.hpp"

TEST_CASE("transpose_conv2d equals the reference for every filter, stride and padding") {
  for_each_type(
      std::vector{typed<Product, std::int8_t>()}, [](const Typed& product, Random& random) {
        for (std::int32_t filter = 1; filter <= 4; ++filter) {
          for (std::int32_t stride = 1; stride <= 5; ++stride) {
            for (std::int32_t top = 0; top < filter; ++top) {
              for (std::int32_t bottom = -stride; bottom <= stride; ++bottom) {
                const std::int32_t c = random.in(1, 5);
                if (2 * stride + filter - top - bottom < 1) continue;
                product.check_random(random, {.input = {{1, 3, 3, c}},
                                              .filter = {random.in(1, 9), filter, filter, c},
                                              .stride = {stride, stride},
                                              .padding = {top, 0, bottom, stride / 2}});
              }
            }
          }
        }
      });
}

Refusals<Params> Suite::refusals() {
  using enum octet::StatusCode;
  return {
      {invalid_shape, "input.shape.n", [](auto& p) { p.input.shape.n = 0; }},
      {invalid_shape, "input.shape.w", [](auto& p) { p.input.shape.w = -1; }},
      {invalid_shape, "filter.h", [](auto& p) { p.filter.h = 0; }},
      {invalid_shape, "filter.o", [](auto& p) { p.filter.o = -kHuge; }},
      {invalid_shape, "filter.i", [](auto& p) { p.filter.i = 2; }},
      {invalid_stride, "stride.h", [](auto& p) { p.stride.h = 0; }},
      {invalid_stride, "stride.w", [](auto& p) { p.stride.w = -kHuge; }},
      {invalid_padding, "padding.top", [](auto& p) { p.padding.top = 3; }},
      {invalid_padding, "padding.left", [](auto& p) { p.padding.left = -1; }},
      {invalid_padding, "padding.bottom", [](auto& p) { p.padding.bottom = 10; }},
      {invalid_padding, "padding.right", [](auto& p) { p.padding.right = -kHuge; }},
      {invalid_padding, "padding.bottom", [](auto& p) { p.stride.h = kHuge; }},
      {invalid_shape, "output",
       [](auto& p) {
         p.padding.bottom = p.padding.right = -(1 << 29);
         p.filter.o = kHuge;
       }},
      {buffer_too_small, "input", [](auto& p) { p.input.shape.n = 3; }},
      {buffer_too_small, "filter", [](auto& p) { p.filter.h = 4; }},
      {size_mismatch, "filter", [](auto& p) { p.filter.h = 2; }},
  };
}
