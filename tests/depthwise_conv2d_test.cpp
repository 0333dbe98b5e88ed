// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution equals its reference on every backend and refuses wrong arguments.
#include "octet/depthwise_conv2d.hpp"

#include <sstream>

#include "octet/reference/depthwise_conv2d.hpp"
#include "support/operations.hpp"

namespace {

using octet::DepthwiseConv2dParams;
using octet::Extent2d;
template <class In>
using DepthwiseLayer = Layer<DepthwiseConv2dParams, In>;

template <class Types>
constexpr auto reference = [](const DepthwiseConv2dParams& params, const typename Types::In* input,
                              const std::int8_t* filter, const std::int32_t* bias,
                              typename Types::Out* output) {
  octet::reference::depthwise_conv2d<typename Types::Out>(params, input, filter, bias, output);
};

std::string describe(const DepthwiseConv2dParams& p) {
  std::ostringstream text;
  text << "input " << p.input.shape.n << " x " << p.input.shape.h << " x " << p.input.shape.w
       << " x " << p.input.shape.c << ", filter " << p.filter.h << " x " << p.filter.w
       << ", depth multiplier " << p.depth_multiplier << ", stride " << p.stride.h << " x "
       << p.stride.w << ", dilation " << p.dilation.h << " x " << p.dilation.w << ", padding "
       << p.padding.top << ", " << p.padding.left << ", " << p.padding.bottom << ", "
       << p.padding.right << ", zero points " << p.input.zero_point << ", " << p.output.zero_point;
  return text.str();
}

// A random layer of the shape in params.
template <class Types>
DepthwiseLayer<typename Types::In> random_layer(Random& random, DepthwiseConv2dParams params) {
  using In = typename Types::In;
  params.input.zero_point = random_zero_point<In>(random);
  DepthwiseLayer<In> layer{.params = params};
  const octet::ShapeNhwc out = octet::output_shape(params);
  const std::int64_t taps = std::int64_t{params.filter.h} * params.filter.w;
  layer.input = random_values<In>(random, params.input.shape.size());
  layer.filter = random_values<std::int8_t>(random, taps * out.c);
  layer.output_size = out.size();
  std::vector<std::int64_t> magnitudes(static_cast<std::size_t>(out.c));
  for (std::size_t i = 0; i < layer.filter.size(); ++i) {
    magnitudes[i % magnitudes.size()] +=
        std::abs(layer.filter[i]) * reach<In>(params.input.zero_point);
  }
  randomize_output<typename Types::Out>(random, layer, magnitudes);
  return layer;
}

template <class Types>
void check(const DepthwiseLayer<typename Types::In>& layer) {
  INFO(describe(layer.params));
  check_layer<octet::DepthwiseConv2d, Types>(layer, reference<Types>);
}

// An extent of the input into which the window fits at least once, maybe thanks to the padding.
std::int32_t random_extent(Random& random, std::int32_t window, std::int32_t dilation,
                           std::int32_t padding) {
  const std::int32_t least = std::max((window - 1) * dilation + 1 - padding, 1);
  return random.in(least, least + (random.one_in(4) ? 12 : 4));
}

DepthwiseConv2dParams random_shape(Random& random) {
  DepthwiseConv2dParams p;
  p.filter = {random.in(1, 5), random.in(1, 5)};
  if (random.one_in(2)) p.depth_multiplier = random.in(2, 5);
  if (random.one_in(2)) p.stride = {random.in(1, 3), random.in(1, 3)};
  if (random.one_in(2)) p.dilation = {random.in(1, 3), random.in(1, 3)};
  if (random.one_in(2)) {
    p.padding = {random.in(0, 6), random.in(0, 6), random.in(0, 6), random.in(0, 6)};
  }
  p.input.shape.n = random.in(1, random.one_in(2) ? 3 : 1);
  p.input.shape.h =
      random_extent(random, p.filter.h, p.dilation.h, p.padding.top + p.padding.bottom);
  p.input.shape.w =
      random_extent(random, p.filter.w, p.dilation.w, p.padding.left + p.padding.right);
  p.input.shape.c = random.in(1, random.one_in(4) ? 140 : 20);
  return p;
}

}  // namespace

static_assert(std::is_trivially_copyable_v<octet::DepthwiseConv2d<std::int8_t>>);
static_assert(std::is_trivially_copyable_v<octet::DepthwiseConv2d<std::int8_t>::Bound>);
static_assert(sizeof(octet::DepthwiseConv2d<std::int8_t>::Bound) <= 160);

TEMPLATE_LIST_TEST_CASE("depthwise_conv2d equals the reference on random shapes", "", AllTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(200); i > 0; --i) {
    check<TestType>(random_layer<TestType>(random, random_shape(random)));
  }
}

// A block is one vector of bytes. Vectors may read beyond the channels of a pixel, and not beyond
// the last pixel.
TEMPLATE_LIST_TEST_CASE("depthwise_conv2d equals the reference around the sizes of its blocks", "",
                        SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    const octet::Layout& layout = layout_of(backend);
    std::int32_t taps = 0;
    for (std::int32_t c = 1; c <= 2 * layout.zip_channels() + 1; ++c) {
      for (const std::int32_t multiplier : {1, 2, 3}) {
        taps = taps % (2 * layout.depth + 1) + 1;
        const auto layer = random_layer<TestType>(random, {.input = {{1, 2, taps, c}},
                                                           .filter = {1, taps},
                                                           .depth_multiplier = multiplier,
                                                           .padding = {0, 1, 1, 0}});
        INFO(describe(layer.params));
        check_layer<octet::DepthwiseConv2d, TestType>(layer, reference<TestType>, backend);
      }
      for (const std::int32_t stride : {1, 2}) {
        const auto layer = random_layer<TestType>(random, {.input = {{1, 5, 4 + taps, c}},
                                                           .filter = {3, 3},
                                                           .stride = {stride},
                                                           .padding = {1, c % 2, 1, taps % 2}});
        INFO(describe(layer.params));
        check_layer<octet::DepthwiseConv2d, TestType>(layer, reference<TestType>, backend);
      }
    }
  });
}

TEMPLATE_LIST_TEST_CASE("depthwise_conv2d gives the same bits in any number of parts", "",
                        SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto check_shape = [&](const DepthwiseConv2dParams& params) {
    const auto layer = random_layer<TestType>(random, params);
    INFO(describe(layer.params));
    check_parts<octet::DepthwiseConv2d, TestType>(layer);
  };
  for (std::int64_t i = test_iterations(25); i > 0; --i) check_shape(random_shape(random));
  // Odd numbers of rows that are computed in pairs, in images and in parts.
  check_shape({.input = {{3, 5, 6, 33}}, .filter = {3, 3}, .padding = {1, 1, 1, 1}});
  check_shape({.input = {{1, 23, 9, 3}}, .filter = {3, 3}});
  // Few rows: parts of channels, whose last block overlaps the one before.
  for (const std::int32_t c : {64, 65, 127, 128, 190, 260, 300}) {
    check_shape({.input = {{1, 3, 3, c}}, .filter = {3, 3}});
    check_shape({.input = {{1, 3, 2, c}}, .filter = {2, 2}, .depth_multiplier = 2});
  }
}

// A few rows of those are computed for all channels before the next.
TEMPLATE_LIST_TEST_CASE("depthwise_conv2d equals the reference on images larger than the cache", "",
                        SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto w = static_cast<std::int32_t>(octet::detail::kCachedBytes / 8 / 66);
  for (const std::int32_t stride : {1, 2}) {
    check<TestType>(random_layer<TestType>(random, {.input = {{1, 18 * stride + 1, w, 66}},
                                                    .filter = {3, 1},
                                                    .stride = {stride, 2},
                                                    .padding = {1, 0, 1, 0}}));
  }
}

TEMPLATE_LIST_TEST_CASE("depthwise_conv2d equals the reference with large filters", "", SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  // A filter of one column has no second one for its dilation to lead to.
  check<TestType>(
      random_layer<TestType>(random, {.input = {{1, 6, 3, 2}},
                                      .filter = {5, 1},
                                      .dilation = {1, std::numeric_limits<std::int32_t>::max()}}));
  for (const std::int32_t c : {1, 3, 16, 65}) {
    check<TestType>(random_layer<TestType>(
        random, {.input = {{1, 14, 13, c}}, .filter = {11, 13}, .padding = {5, 6, 5, 6}}));
    check<TestType>(random_layer<TestType>(random, {.input = {{1, 21, 2, c}}, .filter = {21, 1}}));
    // Every window is larger than the input.
    check<TestType>(random_layer<TestType>(random, {.input = {{1, 2, 1, c}},
                                                    .filter = {7, 5},
                                                    .depth_multiplier = 2,
                                                    .dilation = {2, 3},
                                                    .padding = {6, 7, 8, 9}}));
  }
}

// Dilations around the lengths of runs and of rows, and far beyond.
TEMPLATE_LIST_TEST_CASE("depthwise_conv2d equals the reference at any dilation", "", SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (const std::int32_t dilation : {2, 15, 16, 17, 31, 40, 100, 299, 300, 301, 1000, 5000}) {
    for (std::int64_t i = test_iterations(4); i > 0; --i) {
      const bool wide = random.one_in(2);
      const Extent2d along{1, random.in(2, 4)}, down{random.in(2, 4), 1};
      DepthwiseConv2dParams p{.input = {{1, 1, random.in(1, 600), random.in(1, 20)}},
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
      p.padding = wide ? octet::Padding{0, before, 0, after} : octet::Padding{before, 0, after, 0};
      check<TestType>(random_layer<TestType>(random, p));
    }
    // Both directions at once, with rows and columns of few outputs.
    check<TestType>(random_layer<TestType>(
        random, {.input = {{1, random.in(1, 20), random.in(1, 20), random.in(1, 70)}},
                 .filter = {3, 3},
                 .dilation = {dilation},
                 .padding = {dilation, dilation, dilation, dilation}}));
  }
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

// The first layer of a keyword spotter, where every channel has the only input channel.
TEMPLATE_LIST_TEST_CASE("depthwise_conv2d equals the reference with one input channel", "",
                        SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (const std::int32_t multiplier : {2, 4, 7, 8, 9, 16, 17}) {
    for (const std::int32_t stride : {1, 2}) {
      check<TestType>(random_layer<TestType>(random, {.input = {{1, 13, 10, 1}},
                                                      .filter = {10, 8},
                                                      .depth_multiplier = multiplier,
                                                      .stride = {stride},
                                                      .padding = {4, 3, 5, 3}}));
    }
  }
}

TEMPLATE_LIST_TEST_CASE("depthwise_conv2d is exact with every operand at an end of its type", "",
                        SomeTypes) {
  using In = typename TestType::In;
  using Limits = std::numeric_limits<In>;
  Random random(test_seed());
  CAPTURE(random.seed());
  for (const std::int32_t zero_point : {Limits::min(), Limits::max(), In{0}}) {
    for (const std::int32_t c : {1, 2, 3, 16, 65}) {
      for (const In value : {Limits::min(), Limits::max()}) {
        for (const int weight : {-128, 127}) {
          auto layer = random_layer<TestType>(
              random, {.input = {{1, 5, 4, c}}, .filter = {3, 3}, .padding = {1, 1, 1, 1}});
          layer.params.input.zero_point = zero_point;
          std::fill(layer.input.begin(), layer.input.end(), value);
          std::fill(layer.filter.begin(), layer.filter.end(), static_cast<std::int8_t>(weight));
          layer.bias.assign(static_cast<std::size_t>(c), random.in(-100000, 100000));
          for (std::int32_t& shift : layer.shift) shift = std::min(shift, 0);
          check<TestType>(layer);
        }
      }
    }
  }
}

TEMPLATE_LIST_TEST_CASE("depthwise_conv2d requantizes accumulators around 2^30 exactly", "",
                        SomeTypes) {
  using Out = typename TestType::Out;
  if constexpr (sizeof(Out) < 4) {
    constexpr std::int32_t kLimit = 1 << 30, kHighest = std::numeric_limits<std::int32_t>::max();
    for (const std::int32_t bias : {kLimit - 1, kLimit, kLimit + 1, kHighest}) {
      for (const std::int32_t sign : {1, -1}) {
        for (const std::int32_t multiplier : {kLimit, kHighest}) {
          DepthwiseLayer<typename TestType::In> layer{
              .params = {.input = {{1, 1, 1, 96}}, .filter = {1, 1}}};
          layer.input.resize(96);
          layer.filter.resize(96);
          layer.output_size = 96;
          layer.bias.assign(96, sign * bias);
          layer.multiplier = {multiplier};
          for (std::int32_t c = 0; c < 96; ++c) layer.shift.push_back(-(c % 32));
          CAPTURE(sign * bias, multiplier);
          check<TestType>(layer);
        }
      }
    }
  }
}

TEST_CASE("depthwise_conv2d returns every accumulator that fits 32 bits, and refuses others") {
  using Sums = Types<std::int8_t, std::int32_t>;
  using Operation = octet::DepthwiseConv2d<std::int8_t, std::int32_t>;
  DepthwiseLayer<std::int8_t> layer{.params = {.input = {{1, 2, 2, 67}, -128}, .filter = {2, 2}}};
  layer.input.assign(4 * 67, 127);
  layer.filter.assign(4 * 67, -128);
  layer.output_size = 67;
  layer.bias.assign(67, 0);
  layer.bias[66] = std::numeric_limits<std::int32_t>::min() + 4 * 128 * 255;
  check<Sums>(layer);
  layer.bias[66] -= 1;
  for (const octet::Backend* backend : octet::kBackends) {
    const PreparedLayer<Operation> prepared(layer, *backend);
    const octet::Status status = prepared.operation.status();
    REQUIRE(status.code == octet::StatusCode::accumulator_overflow);
    REQUIRE(std::string(status.argument) == "filter");
    REQUIRE(status.value == 66);
    REQUIRE(status.limit == -kHighestAccumulator - 2);
  }
}

TEMPLATE_LIST_TEST_CASE("depthwise_conv2d is exact where 32 bits do not hold the sums", "",
                        NarrowTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto exact_reference = [](const auto& params, const auto* input, const std::int8_t* filter,
                                  const std::int32_t* bias, auto* output) {
    with_exact_bias(bias, octet::output_shape(params).c, [&](const auto* exact) {
      octet::reference::depthwise_conv2d<typename TestType::Out>(params, input, filter, exact,
                                                                 output);
    });
  };
  for (std::int64_t i = test_iterations(60); i > 0; --i) {
    auto layer = random_layer<TestType>(random, random_shape(random));
    randomize_output_beyond_int32<typename TestType::Out>(random, layer,
                                                          octet::output_shape(layer.params).c);
    INFO(describe(layer.params));
    check_layer<octet::DepthwiseConv2d, TestType>(layer, exact_reference);
  }
}

TEST_CASE("one prepared depthwise_conv2d runs in two threads at once") {
  Random random(test_seed());
  CAPTURE(random.seed());
  using Bytes = Types<std::int8_t, std::int8_t>;
  for (const std::int32_t multiplier : {1, 2}) {
    const auto layer = random_layer<Bytes>(random, {.input = {{1, 9, 9, 70}},
                                                    .filter = {3, 3},
                                                    .depth_multiplier = multiplier,
                                                    .padding = {1, 1, 1, 1}});
    for_each_backend([&](const octet::Backend& backend) {
      check_reentrancy<octet::DepthwiseConv2d, Bytes>(layer, reference<Bytes>, backend);
    });
  }
}

TEST_CASE("depthwise_conv2d names the argument that it refuses") {
  using enum octet::StatusCode;
  using Operation = octet::DepthwiseConv2d<std::int8_t>;
  using LayerArguments = Arguments<Operation, DepthwiseConv2dParams, std::int8_t, std::int8_t>;
  constexpr std::int32_t kHuge = std::numeric_limits<std::int32_t>::max();
  static constexpr std::int32_t kMultiplier[] = {1 << 30}, kShift[] = {-8};

  std::vector<Refusal<LayerArguments>> refusals = {
      {invalid_shape, "input.shape.n", [](auto& a) { a.params.input.shape.n = -1; }},
      {invalid_shape, "input.shape.h", [](auto& a) { a.params.input.shape.h = 0; }},
      {invalid_shape, "input.shape.w", [](auto& a) { a.params.input.shape.w = -kHuge - 1; }},
      {invalid_shape, "input.shape.c", [](auto& a) { a.params.input.shape.c = 0; }},
      {invalid_shape, "input.shape",
       [](auto& a) {
         a.params.input.shape = {kHuge, kHuge, kHuge, kHuge};
       }},
      {invalid_shape, "depth_multiplier", [](auto& a) { a.params.depth_multiplier = 0; }},
      {invalid_shape, "depth_multiplier", [](auto& a) { a.params.depth_multiplier = -2; }},
      {invalid_shape, "input.shape.c * depth_multiplier",
       [](auto& a) { a.params.depth_multiplier = kHuge; }},
      {invalid_shape, "input.shape.c * depth_multiplier",
       [](auto& a) { a.params.depth_multiplier = kHuge / 3 + 1; }},
      {invalid_shape, "filter.h", [](auto& a) { a.params.filter.h = 0; }},
      {invalid_shape, "filter.w", [](auto& a) { a.params.filter.w = -3; }},
      {invalid_shape, "filter.h", [](auto& a) { a.params.filter.h = 8; }},
      {invalid_shape, "filter.w", [](auto& a) { a.params.filter.w = kHuge; }},
      {invalid_shape, "(filter.h - 1) * dilation.h + 1",
       [](auto& a) { a.params.dilation.h = kHuge; }},
      {invalid_shape, "filter.h * filter.w",
       [](auto& a) {
         a.params.filter = {1 << 11, 1 << 10};
         a.params.padding = {1 << 11, 1 << 11, 0, 0};
       }},
      {invalid_shape, "filter.h * input.shape.w * input.shape.c * depth_multiplier",
       [](auto& a) {
         a.params.input.shape = {1, 1, kHuge - 1, 3};
         a.params.depth_multiplier = kHuge / 4;
         a.params.filter = {3, 1};
         a.params.stride = {1, kHuge};
         a.params.padding = {1, 0, 1, 0};
       }},
      {invalid_shape, "output",
       [](auto& a) {
         a.params.input.shape.n = kHuge / 4;
         a.params.padding = {kHuge / 2, kHuge / 2, 0, 0};
       }},
      {invalid_stride, "stride.h", [](auto& a) { a.params.stride.h = 0; }},
      {invalid_stride, "stride.w", [](auto& a) { a.params.stride.w = -1; }},
      {invalid_dilation, "dilation.h", [](auto& a) { a.params.dilation.h = 0; }},
      {invalid_dilation, "dilation.w", [](auto& a) { a.params.dilation.w = -1; }},
      {invalid_padding, "padding.top", [](auto& a) { a.params.padding.top = -1; }},
      {invalid_padding, "padding.left", [](auto& a) { a.params.padding.left = kHuge; }},
      {invalid_padding, "padding.bottom", [](auto& a) { a.params.padding.bottom = kHuge; }},
      {invalid_padding, "padding.right", [](auto& a) { a.params.padding.right = -kHuge; }},
      {buffer_too_small, "input", [](auto& a) { a.params.input.shape.n = kHuge; }},
      {buffer_too_small, "filter", [](auto& a) { a.params.depth_multiplier = kHuge / 3; }},
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
    LayerArguments valid{.params = {.input = {{2, 5, 6, 3}},
                                    .filter = {3, 3},
                                    .depth_multiplier = 2,
                                    .padding = {1, 1, 1, 1}}};
    valid.params.output.multiplier = kMultiplier;
    valid.params.output.shift = kShift;
    ArgumentMemory memory(valid, 180, 54, 6, 360, *backend);
    check_refusals(valid, *backend, refusals);

    const octet::Status unprepared =
        Operation().bind(valid.input, valid.output, valid.scratch).status();
    CHECK(unprepared.code == not_prepared);
    CHECK(std::string(unprepared.argument) == "depthwise_conv2d");
    const octet::Status unbound =
        Operation::Bound().rebind(valid.input, valid.output, valid.scratch);
    CHECK(unbound.code == not_prepared);
    CHECK(std::string(unbound.argument) == "depthwise_conv2d");
    DepthwiseConv2dParams refused = valid.params;
    refused.filter.h = 8;
    CHECK(Operation::packed_bytes(refused, *backend) == 0);
    CHECK(Operation::scratch_bytes(refused, *backend) == 0);
  }
}
