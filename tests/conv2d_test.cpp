// SPDX-License-Identifier: Apache-2.0
// Convolution equals its reference on every backend and refuses wrong arguments.
#include "octet/conv2d.hpp"

#include <sstream>

#include "octet/reference/conv2d.hpp"
#include "support/operations.hpp"

namespace {

using octet::Conv2dParams;
template <class In>
using Conv2dLayer = Layer<Conv2dParams, In>;

template <class Types>
constexpr auto reference = [](const Conv2dParams& params, const typename Types::In* input,
                              const std::int8_t* filter, const std::int32_t* bias,
                              typename Types::Out* output) {
  octet::reference::conv2d<typename Types::Out>(params, input, filter, bias, output);
};

std::string describe(const Conv2dParams& p) {
  std::ostringstream text;
  text << "input " << p.input.shape.n << " x " << p.input.shape.h << " x " << p.input.shape.w
       << " x " << p.input.shape.c << ", filter " << p.filter.o << " x " << p.filter.h << " x "
       << p.filter.w << " x " << p.filter.i << ", stride " << p.stride.h << " x " << p.stride.w
       << ", dilation " << p.dilation.h << " x " << p.dilation.w << ", padding " << p.padding.top
       << ", " << p.padding.left << ", " << p.padding.bottom << ", " << p.padding.right
       << ", zero points " << p.input.zero_point << ", " << p.output.zero_point;
  return text.str();
}

// A random layer of the shape in params.
template <class Types>
Conv2dLayer<typename Types::In> random_layer(Random& random, Conv2dParams params) {
  using In = typename Types::In;
  params.input.zero_point = random_zero_point<In>(random);
  Conv2dLayer<In> layer{.params = params};
  layer.input = random_values<In>(random, params.input.shape.size());
  layer.filter = random_values<std::int8_t>(random, params.filter.size());
  layer.output_size = octet::output_shape(params).size();
  const std::int64_t depth = params.filter.size() / params.filter.o;
  std::vector<std::int64_t> magnitudes;
  for (auto weight = layer.filter.begin(); weight != layer.filter.end();) {
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < depth; ++i, ++weight) sum += std::abs(*weight);
    magnitudes.push_back(sum * reach<In>(params.input.zero_point));
  }
  randomize_output<typename Types::Out>(random, layer, magnitudes);
  return layer;
}

template <class Types>
void check(const Conv2dLayer<typename Types::In>& layer) {
  INFO(describe(layer.params));
  check_layer<octet::Conv2d, Types>(layer, reference<Types>);
}

// An extent of the input into which the window fits at least once, maybe thanks to the padding.
std::int32_t random_extent(Random& random, std::int32_t window, std::int32_t dilation,
                           std::int32_t padding) {
  const std::int32_t least = std::max((window - 1) * dilation + 1 - padding, 1);
  return random.in(least, least + (random.one_in(4) ? 12 : 4));
}

Conv2dParams random_shape(Random& random) {
  Conv2dParams p;
  const bool pointwise = random.one_in(6);
  p.filter.h = pointwise ? 1 : random.in(1, 5);
  p.filter.w = pointwise ? 1 : random.in(1, 5);
  if (!pointwise || random.one_in(4)) {
    p.stride = {random.in(1, 3), random.in(1, 3)};
    p.padding = {random.in(0, 4), random.in(0, 4), random.in(0, 4), random.in(0, 4)};
    if (random.one_in(2)) p.padding = {};
  }
  if (random.one_in(2)) p.dilation = {random.in(1, 3), random.in(1, 3)};
  p.input.shape.n = random.in(1, random.one_in(2) ? 3 : 1);
  p.input.shape.h =
      random_extent(random, p.filter.h, p.dilation.h, p.padding.top + p.padding.bottom);
  p.input.shape.w =
      random_extent(random, p.filter.w, p.dilation.w, p.padding.left + p.padding.right);
  const std::int32_t groups = random.one_in(3) ? random.in(2, 5) : 1;
  p.filter.i = random.in(1, random.one_in(4) ? 70 : 9);
  p.filter.o = groups * random.in(1, random.one_in(4) ? 40 : 9);
  p.input.shape.c = groups * p.filter.i;
  return p;
}

}  // namespace

static_assert(std::is_trivially_copyable_v<octet::Conv2d<std::int8_t>>);
static_assert(std::is_trivially_copyable_v<octet::Conv2d<std::int8_t>::Bound>);
static_assert(sizeof(octet::Conv2d<std::int8_t>::Bound) <= 160);

TEMPLATE_LIST_TEST_CASE("conv2d equals the reference on random shapes", "", AllTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(200); i > 0; --i) {
    check<TestType>(random_layer<TestType>(random, random_shape(random)));
  }
}

TEMPLATE_LIST_TEST_CASE("conv2d equals the reference for every number of channels", "", SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int32_t c = 1; c <= 70; ++c) {
    const std::int32_t o = 1 + c * 7 % 67;
    check<TestType>(random_layer<TestType>(
        random, {.input = {{1, 3, 2, c}}, .filter = {o, 2, 2, c}, .padding = {1, 0, 0, 1}}));
    check<TestType>(
        random_layer<TestType>(random, {.input = {{1, 5, 5, c}}, .filter = {o, 1, 1, c}}));
    check<TestType>(random_layer<TestType>(
        random, {.input = {{1, 1, 3, 2 * c}}, .filter = {2 * (o % 9 + 1), 1, 2, c}}));
  }
  // Few windows for many filters: rows that are staged, and windows that are gathered.
  check<TestType>(
      random_layer<TestType>(random, {.input = {{1, 2, 3, 16}}, .filter = {70, 2, 2, 16}}));
  check<TestType>(
      random_layer<TestType>(random, {.input = {{1, 3, 3, 16}}, .filter = {140, 2, 2, 16}}));
  // Pixels a multiple of 1 KiB apart.
  check<TestType>(
      random_layer<TestType>(random, {.input = {{1, 4, 4, 1024}}, .filter = {3, 1, 1, 1024}}));
}

TEMPLATE_LIST_TEST_CASE("conv2d equals the reference for every position of the window", "",
                        SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int32_t filter = 1; filter <= 4; ++filter) {
    for (std::int32_t size = 1; size <= 4; ++size) {
      for (std::int32_t before = 0; before <= 5; ++before) {
        for (std::int32_t after = 0; after <= 5; ++after) {
          if (before + size + after < filter) continue;
          const std::int32_t c = random.in(1, 3);
          check<TestType>(
              random_layer<TestType>(random, {.input = {{1, size, size, c}},
                                              .filter = {random.in(1, 4), filter, filter, c},
                                              .stride = {random.in(1, 2), random.in(1, 2)},
                                              .padding = {before, after, after, before}}));
        }
      }
    }
  }
}

TEMPLATE_LIST_TEST_CASE("conv2d equals the reference where rows are cut into blocks", "",
                        SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  check<TestType>(random_layer<TestType>(
      random, {.input = {{2, 37, 41, 2}}, .filter = {3, 3, 3, 2}, .padding = {1, 1, 1, 1}}));
  check<TestType>(
      random_layer<TestType>(random, {.input = {{2, 41, 37, 4}}, .filter = {3, 1, 1, 4}}));
  check<TestType>(
      random_layer<TestType>(random, {.input = {{1, 41, 47, 6}}, .filter = {6, 1, 2, 2}}));
  check<TestType>(
      random_layer<TestType>(random, {.input = {{3, 13, 13, 90}}, .filter = {2, 10, 10, 90}}));
}

// The two ways in which windows reach the kernel differ from target to target.
TEMPLATE_LIST_TEST_CASE("conv2d equals the reference with staged and with gathered windows", "",
                        SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    const octet::Layout& layout = layout_of(backend);
    const auto equals_reference = [&](const Conv2dParams& params, bool staged) {
      REQUIRE(octet::detail::is_staged(layout, params) == staged);
      const auto layer = random_layer<TestType>(random, params);
      INFO(describe(layer.params));
      check_layer<octet::Conv2d, TestType>(layer, reference<TestType>, backend);
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
    const Conv2dParams strips{
        .input = {{2, 29, 150, 32}}, .filter = {2, 3, 3, 32}, .padding = {1, 1, 1, 1}};
    equals_reference(strips, true);
    const octet::Conv2dBlocking blocking = octet::detail::conv2d_blocking(layout, strips);
    CHECK(blocking.output_rows > 1);
    CHECK(blocking.output_rows < 29);
  });
}

// Staging may not leave tiles of matrices emptier than gathering.
TEMPLATE_LIST_TEST_CASE("conv2d equals the reference with windows in tiles of matrices", "",
                        SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    const octet::Layout& layout = matrix_layout_of(backend);
    if (!layout.multiplies_matrices()) return;
    const auto equals_reference = [&](std::int32_t width, std::int32_t channels, std::int32_t o,
                                      std::int32_t stride, bool staged) {
      const Conv2dParams params{.input = {{2, 4, width, channels}},
                                .filter = {o, 3, 3, channels},
                                .stride = {stride},
                                .padding = {1, 1, 1, 1}};
      REQUIRE(octet::detail::is_staged(layout, params) == staged);
      const auto layer = random_layer<TestType>(random, params);
      INFO(describe(layer.params));
      check_layer<octet::Conv2d, TestType>(layer, reference<TestType>, backend);
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

TEMPLATE_LIST_TEST_CASE("conv2d gives the same bits in any number of parts", "", SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto check_shape = [&](const Conv2dParams& params) {
    const auto layer = random_layer<TestType>(random, params);
    INFO(describe(layer.params));
    check_parts<octet::Conv2d, TestType>(layer);
  };
  for (std::int64_t i = test_iterations(25); i > 0; --i) check_shape(random_shape(random));
  // Staged, in blocks of rows too; gathered; the input itself; groups.
  const octet::Padding same = {1, 1, 1, 1};
  check_shape({.input = {{3, 9, 7, 8}}, .filter = {12, 3, 3, 8}, .padding = same});
  check_shape({.input = {{1, 70, 40, 64}}, .filter = {5, 3, 3, 64}, .padding = same});
  check_shape({.input = {{2, 5, 5, 8}}, .filter = {300, 3, 3, 8}, .padding = same});
  check_shape({.input = {{2, 9, 11, 32}}, .filter = {40, 1, 1, 32}});
  check_shape({.input = {{1, 1, 1, 32}}, .filter = {290, 1, 1, 32}});
  check_shape({.input = {{1, 6, 7, 12}}, .filter = {15, 3, 3, 4}, .padding = same});
  check_shape({.input = {{1, 2, 2, 10}}, .filter = {330, 1, 1, 2}});
}

TEMPLATE_LIST_TEST_CASE("conv2d is exact with every operand at an end of its type", "", SomeTypes) {
  using In = typename TestType::In;
  using Limits = std::numeric_limits<In>;
  Random random(test_seed());
  CAPTURE(random.seed());
  for (const std::int32_t zero_point : {Limits::min(), Limits::max(), In{0}}) {
    for (const std::int32_t c : {1, 2, 3, 16, 65}) {
      for (const In value : {Limits::min(), Limits::max()}) {
        for (const int weight : {-128, 127}) {
          auto layer = random_layer<TestType>(
              random, {.input = {{1, 5, 4, c}}, .filter = {17, 3, 3, c}, .padding = {1, 1, 1, 1}});
          layer.params.input.zero_point = zero_point;
          std::fill(layer.input.begin(), layer.input.end(), value);
          std::fill(layer.filter.begin(), layer.filter.end(), static_cast<std::int8_t>(weight));
          layer.bias.assign(17, random.in(-100000, 100000));
          for (std::int32_t& shift : layer.shift) shift = std::min(shift, 0);
          check<TestType>(layer);
        }
      }
    }
  }
}

TEST_CASE("conv2d returns every accumulator that fits 32 bits, and refuses others") {
  using Sums = Types<std::int8_t, std::int32_t>;
  using Operation = octet::Conv2d<std::int8_t, std::int32_t>;
  // Two groups; the last channel is the one in danger.
  Conv2dLayer<std::int8_t> layer{.params = {.input = {{1, 1, 2, 4}, -128}, .filter = {4, 1, 2, 2}}};
  layer.input.assign(8, 127);
  layer.filter.assign(16, -128);
  layer.output_size = 4;
  layer.bias = {0, 1, 2, std::numeric_limits<std::int32_t>::min() + 4 * 128 * 255};
  check<Sums>(layer);
  layer.bias[3] -= 1;
  for (const octet::Backend* backend : octet::kBackends) {
    const PreparedLayer<Operation> prepared(layer, *backend);
    const octet::Status status = prepared.operation.status();
    REQUIRE(status.code == octet::StatusCode::accumulator_overflow);
    REQUIRE(std::string(status.argument) == "filter");
    REQUIRE(status.value == 3);
    REQUIRE(status.limit == -kHighestAccumulator - 2);
  }
}

TEMPLATE_LIST_TEST_CASE("conv2d is exact where 32 bits do not hold the sums", "", NarrowTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto exact_reference = [](const auto& params, const auto* input, const std::int8_t* filter,
                                  const std::int32_t* bias, auto* output) {
    with_exact_bias(bias, octet::output_shape(params).c, [&](const auto* exact) {
      octet::reference::conv2d<typename TestType::Out>(params, input, filter, exact, output);
    });
  };
  for (std::int64_t i = test_iterations(60); i > 0; --i) {
    auto layer = random_layer<TestType>(random, random_shape(random));
    randomize_output_beyond_int32<typename TestType::Out>(random, layer,
                                                          octet::output_shape(layer.params).c);
    INFO(describe(layer.params));
    check_layer<octet::Conv2d, TestType>(layer, exact_reference);
  }
}

TEST_CASE("one prepared conv2d runs in two threads at once") {
  Random random(test_seed());
  CAPTURE(random.seed());
  using Bytes = Types<std::int8_t, std::int8_t>;
  const auto layer = random_layer<Bytes>(
      random, {.input = {{1, 9, 9, 8}}, .filter = {12, 3, 3, 4}, .padding = {1, 1, 1, 1}});
  for_each_backend([&](const octet::Backend& backend) {
    check_reentrancy<octet::Conv2d, Bytes>(layer, reference<Bytes>, backend);
  });
}

TEST_CASE("conv2d names the argument that it refuses") {
  using enum octet::StatusCode;
  using Operation = octet::Conv2d<std::int8_t>;
  using LayerArguments = Arguments<Operation, Conv2dParams, std::int8_t, std::int8_t>;
  constexpr std::int32_t kHuge = std::numeric_limits<std::int32_t>::max();
  static constexpr std::int32_t kMultiplier[] = {1 << 30}, kShift[] = {-8};

  std::vector<Refusal<LayerArguments>> refusals = {
      {invalid_shape, "input.shape.n", [](auto& a) { a.params.input.shape.n = 0; }},
      {invalid_shape, "input.shape.h", [](auto& a) { a.params.input.shape.h = -1; }},
      {invalid_shape, "input.shape.w", [](auto& a) { a.params.input.shape.w = 0; }},
      {invalid_shape, "input.shape.c", [](auto& a) { a.params.input.shape.c = -kHuge - 1; }},
      {invalid_shape, "input.shape",
       [](auto& a) {
         a.params.input.shape = {kHuge, kHuge, 1, 4};
       }},
      {invalid_shape, "input.shape",
       [](auto& a) {
         a.params.input.shape = {kHuge, kHuge, kHuge, kHuge};
       }},
      {invalid_shape, "filter.o", [](auto& a) { a.params.filter.o = 0; }},
      {invalid_shape, "filter.h", [](auto& a) { a.params.filter.h = 0; }},
      {invalid_shape, "filter.w", [](auto& a) { a.params.filter.w = -3; }},
      {invalid_shape, "filter.i", [](auto& a) { a.params.filter.i = 0; }},
      {invalid_shape, "filter",
       [](auto& a) {
         a.params.filter = {kHuge, kHuge, kHuge, kHuge};
       }},
      // 4 channels: not a multiple of 3, not of 8; 3 outputs for 2 groups.
      {invalid_shape, "filter.i", [](auto& a) { a.params.filter.i = 3; }},
      {invalid_shape, "filter.i", [](auto& a) { a.params.filter.i = 8; }},
      {invalid_shape, "filter.i", [](auto& a) { a.params.filter.i = kHuge; }},
      {invalid_shape, "filter.o", [](auto& a) { a.params.filter.i = 2; }},
      // Larger than the padded input.
      {invalid_shape, "filter.h", [](auto& a) { a.params.filter.h = 8; }},
      {invalid_shape, "filter.w", [](auto& a) { a.params.filter.w = 9; }},
      {invalid_shape, "filter.h", [](auto& a) { a.params.filter.h = kHuge; }},
      {invalid_shape, "(filter.h - 1) * dilation.h + 1",
       [](auto& a) {
         a.params.filter.h = kHuge;
         a.params.dilation.h = kHuge;
       }},
      {invalid_shape, "(filter.h - 1) * dilation.h + 1",
       [](auto& a) { a.params.dilation.h = kHuge; }},
      {invalid_shape, "(filter.w - 1) * dilation.w + 1", [](auto& a) { a.params.dilation.w = 4; }},
      {invalid_stride, "stride.h", [](auto& a) { a.params.stride.h = 0; }},
      {invalid_stride, "stride.w", [](auto& a) { a.params.stride.w = -1; }},
      {invalid_dilation, "dilation.h", [](auto& a) { a.params.dilation.h = 0; }},
      {invalid_dilation, "dilation.w", [](auto& a) { a.params.dilation.w = -kHuge - 1; }},
      {invalid_padding, "padding.top", [](auto& a) { a.params.padding.top = -1; }},
      {invalid_padding, "padding.left", [](auto& a) { a.params.padding.left = -1; }},
      {invalid_padding, "padding.bottom", [](auto& a) { a.params.padding.bottom = -1; }},
      {invalid_padding, "padding.right", [](auto& a) { a.params.padding.right = -1; }},
      {invalid_padding, "padding.top", [](auto& a) { a.params.padding.top = kHuge; }},
      {invalid_padding, "padding.left", [](auto& a) { a.params.padding.left = kHuge - 4; }},
      {invalid_padding, "padding.bottom", [](auto& a) { a.params.padding.bottom = kHuge - 5; }},
      {invalid_padding, "padding.right", [](auto& a) { a.params.padding.right = kHuge; }},
      {invalid_shape, "output",
       [](auto& a) {
         a.params.input.shape.n = kHuge / 4;
         a.params.padding = {kHuge / 2, kHuge / 2, 0, 0};
       }},
      {invalid_shape, "filter.h * filter.w * filter.i",
       [](auto& a) {
         a.params.filter = {1, 1 << 16, 1 << 16, 4};
         a.params.padding = {1 << 16, 1 << 16, 0, 0};
       }},
      {buffer_too_small, "input",
       [](auto& a) {
         a.params.input.shape.h = kHuge - 2;
         extend_packed(a);
       }},
      {buffer_too_small, "output",
       [](auto& a) {
         a.params.padding.bottom = kHuge - 6;
         extend_packed(a);
       }},
      {buffer_too_small, "filter", [](auto& a) { a.params.filter.o = kHuge; }},
      {buffer_too_small, "output", [](auto& a) { a.params.padding.right = 2; }},
      {zero_point_out_of_range, "input.zero_point",
       [](auto& a) { a.params.input.zero_point = 128; }},
      {zero_point_out_of_range, "input.zero_point",
       [](auto& a) { a.params.input.zero_point = -129; }},
  };
  const auto append = [&refusals](const std::vector<Refusal<LayerArguments>>& more) {
    refusals.insert(refusals.end(), more.begin(), more.end());
  };
  append(memory_refusals<LayerArguments>("filter", "input", "output"));
  append(filter_refusals<LayerArguments>());
  append(output_refusals<LayerArguments>());

  for (const octet::Backend* backend : octet::kBackends) {
    LayerArguments valid{
        .params = {.input = {{2, 5, 6, 4}}, .filter = {3, 3, 3, 4}, .padding = {1, 1, 1, 1}}};
    valid.params.output.multiplier = kMultiplier;
    valid.params.output.shift = kShift;
    ArgumentMemory memory(valid, 240, 108, 3, 180, *backend);
    check_refusals(valid, *backend, refusals);

    const octet::Status unprepared =
        Operation().bind(valid.input, valid.output, valid.scratch).status();
    CHECK(unprepared.code == not_prepared);
    CHECK(std::string(unprepared.argument) == "conv2d");
    const octet::Status unbound =
        Operation::Bound().rebind(valid.input, valid.output, valid.scratch);
    CHECK(unbound.code == not_prepared);
    CHECK(std::string(unbound.argument) == "conv2d");
    Conv2dParams refused = valid.params;
    refused.filter.i = 3;
    CHECK(Operation::packed_bytes(refused, *backend) == 0);
    CHECK(Operation::scratch_bytes(refused, *backend) == 0);
  }
}
