// SPDX-License-Identifier: Apache-2.0
// Products of 16-bit activations and 8-bit weights equal their references on every backend, with
// sums of 64 bits and of 32, and refuse what these do not hold.
#include "octet/conv2d.hpp"
#include "octet/depthwise_conv2d.hpp"
#include "octet/fully_connected.hpp"
#include "octet/gemm.hpp"
#include "support/operations.hpp"

namespace {

using In = std::int16_t;

// How each operation is called, and the sizes of its operands.
struct GemmCalls {
  using Params = octet::GemmParams;
  template <class Bias>
  using Operation = octet::Gemm<In, In, Bias>;
  template <class Bias>
  static void reference(const Params& p, const In* input, const std::int8_t* filter,
                        const Bias* bias, In* output) {
    octet::reference::gemm<In>(p, input, filter, bias, output);
  }
  static std::int64_t depth(const Params& p) { return p.k; }
  static std::int64_t channels(const Params& p) { return p.n; }
  static std::int64_t inputs(const Params& p) {
    const std::int64_t stride = p.input.stride != 0 ? p.input.stride : p.k;
    const std::int64_t batch = p.input.batch_stride != 0 ? p.input.batch_stride : p.m * stride;
    return (p.batch - 1) * batch + (p.m - 1) * stride + p.k;
  }
  static std::int64_t outputs(const Params& p) {
    const std::int64_t stride = p.output_stride != 0 ? p.output_stride : p.n;
    const std::int64_t batch = p.output_batch_stride != 0 ? p.output_batch_stride : p.m * stride;
    return (p.batch - 1) * batch + (p.m - 1) * stride + p.n;
  }
  static Params random(Random& random, std::int32_t deepest) {
    Params p{.m = random.in(1, 20), .n = random.in(1, 40), .k = random.in(1, deepest)};
    p.batch = random.one_in(4) ? 3 : 1;
    p.filter.transposed = random.one_in(2);
    if (random.one_in(2)) p.filter.zero_point = random_zero_point<std::int8_t>(random);
    if (random.one_in(3)) p.input.stride = p.k + random.in(0, 5);
    if (random.one_in(3)) p.output_stride = p.n + random.in(0, 5);
    if (random.one_in(3)) {
      const std::int64_t stride = p.input.stride != 0 ? p.input.stride : p.k;
      p.input.batch_stride = p.m * stride + random.in(0, 9);
    }
    return p;
  }
};

struct FullyConnectedCalls {
  using Params = octet::FullyConnectedParams;
  template <class Bias>
  using Operation = octet::FullyConnected<In, In, Bias>;
  template <class Bias>
  static void reference(const Params& p, const In* input, const std::int8_t* filter,
                        const Bias* bias, In* output) {
    octet::reference::fully_connected<In>(p, input, filter, bias, output);
  }
  static std::int64_t depth(const Params& p) { return p.inputs; }
  static std::int64_t channels(const Params& p) { return p.outputs; }
  static std::int64_t inputs(const Params& p) { return std::int64_t{p.batches} * p.inputs; }
  static std::int64_t outputs(const Params& p) { return std::int64_t{p.batches} * p.outputs; }
  static Params random(Random& random, std::int32_t deepest) {
    return {.batches = random.one_in(2) ? 1 : random.in(2, 9),
            .inputs = random.in(1, deepest),
            .outputs = random.in(1, 40)};
  }
};

std::int32_t random_extent(Random& random, std::int32_t window, std::int32_t dilation,
                           std::int32_t padding) {
  const std::int32_t least = std::max((window - 1) * dilation + 1 - padding, 1);
  return random.in(least, least + 5);
}

// A random window for either kind of convolution.
template <class Params>
void randomize_window(Random& random, Params& p) {
  p.filter.h = random.in(1, 4);
  p.filter.w = random.in(1, 4);
  if (random.one_in(2)) p.stride = {random.in(1, 3), random.in(1, 3)};
  if (random.one_in(2)) p.dilation = {random.in(1, 3), random.in(1, 3)};
  if (random.one_in(2)) {
    p.padding = {random.in(0, 4), random.in(0, 4), random.in(0, 4), random.in(0, 4)};
  }
  octet::ShapeNhwc& in = p.input.shape;
  in.n = random.in(1, 2);
  in.h = random_extent(random, p.filter.h, p.dilation.h, p.padding.top + p.padding.bottom);
  in.w = random_extent(random, p.filter.w, p.dilation.w, p.padding.left + p.padding.right);
}

struct Conv2dCalls {
  using Params = octet::Conv2dParams;
  template <class Bias>
  using Operation = octet::Conv2d<In, In, Bias>;
  template <class Bias>
  static void reference(const Params& p, const In* input, const std::int8_t* filter,
                        const Bias* bias, In* output) {
    octet::reference::conv2d<In>(p, input, filter, bias, output);
  }
  static std::int64_t depth(const Params& p) {
    return std::int64_t{p.filter.h} * p.filter.w * p.filter.i;
  }
  static std::int64_t channels(const Params& p) { return p.filter.o; }
  static std::int64_t inputs(const Params& p) { return p.input.shape.size(); }
  static std::int64_t outputs(const Params& p) { return octet::output_shape(p).size(); }
  static Params random(Random& random, std::int32_t deepest) {
    Params p;
    randomize_window(random, p);
    if (random.one_in(4)) {
      p.filter.h = p.filter.w = 1;
      p.stride = p.dilation = {};
      p.padding = {};
    }
    const std::int32_t groups = random.one_in(3) ? random.in(2, 3) : 1;
    const std::int32_t most = std::max(deepest / (p.filter.h * p.filter.w), 1);
    p.filter.i = random.in(1, std::min(most, 40));
    p.filter.o = groups * random.in(1, groups > 1 ? 12 : 40);
    p.input.shape.c = groups * p.filter.i;
    return p;
  }
};

struct DepthwiseConv2dCalls {
  using Params = octet::DepthwiseConv2dParams;
  template <class Bias>
  using Operation = octet::DepthwiseConv2d<In, In, Bias>;
  template <class Bias>
  static void reference(const Params& p, const In* input, const std::int8_t* filter,
                        const Bias* bias, In* output) {
    octet::reference::depthwise_conv2d<In>(p, input, filter, bias, output);
  }
  static std::int64_t depth(const Params& p) { return std::int64_t{p.filter.h} * p.filter.w; }
  static std::int64_t channels(const Params& p) {
    return std::int64_t{p.input.shape.c} * p.depth_multiplier;
  }
  static std::int64_t inputs(const Params& p) { return p.input.shape.size(); }
  static std::int64_t outputs(const Params& p) { return octet::output_shape(p).size(); }
  static Params random(Random& random, std::int32_t) {
    Params p;
    randomize_window(random, p);
    if (random.one_in(2)) p.depth_multiplier = random.in(2, 5);
    p.input.shape.c = random.in(1, random.one_in(4) ? 70 : 20);
    return p;
  }
};

template <class CallsType, class BiasType>
struct Product {
  using Calls = CallsType;
  using Bias = BiasType;
  using Params = typename Calls::Params;
  using Operation = typename Calls::template Operation<Bias>;

  Params params = {};
  std::vector<In> input = {};
  std::vector<std::int8_t> filter = {};
  std::vector<Bias> bias = {};
  std::vector<std::int32_t> multiplier = {}, shift = {};
  Guard guard = Guard::after;

  Params complete() const {
    Params result = params;
    result.output.multiplier = multiplier;
    result.output.shift = shift;
    return result;
  }
};

using Products =
    std::tuple<Product<GemmCalls, std::int64_t>, Product<GemmCalls, std::int32_t>,
               Product<FullyConnectedCalls, std::int64_t>,
               Product<FullyConnectedCalls, std::int32_t>, Product<Conv2dCalls, std::int64_t>,
               Product<Conv2dCalls, std::int32_t>, Product<DepthwiseConv2dCalls, std::int64_t>,
               Product<DepthwiseConv2dCalls, std::int32_t>>;

template <class P>
std::int64_t filter_size(const P& product) {
  const auto& p = product.params;
  return P::Calls::depth(p) * P::Calls::channels(p);
}

// With random operands. Sums of 32 bits hold 90 products whatever these are.
template <class P>
P random_product(Random& random, const typename P::Params& params) {
  using Bias = typename P::Bias;
  P product{.params = params};
  auto& p = product.params;
  if (random.one_in(2)) p.input.zero_point = random_zero_point<In>(random);
  const std::int64_t channels = P::Calls::channels(p);
  product.input = random_values<In>(random, P::Calls::inputs(p));
  product.filter = random_values<std::int8_t>(random, filter_size(product));
  const std::int64_t magnitude = P::Calls::depth(p) * 65535 * 255;
  const std::int64_t highest =
      sizeof(Bias) == 4 ? std::numeric_limits<std::int32_t>::max() : (std::int64_t{1} << 47) - 1;
  const auto room = static_cast<std::uint64_t>(highest - magnitude);
  if (!random.one_in(4)) {
    const std::uint64_t most = random.one_in(2) ? room : std::uint64_t{100000};
    for (std::int64_t c = 0; c < channels; ++c) {
      const auto value = static_cast<std::int64_t>(random.next() % (2 * most + 1));
      product.bias.push_back(static_cast<Bias>(value - static_cast<std::int64_t>(most)));
    }
  }
  const std::int64_t multipliers = random.one_in(2) ? 1 : channels;
  for (std::int64_t c = 0; c < multipliers; ++c) {
    product.multiplier.push_back(
        random.one_in(8) ? 0 : random.in(1 << 30, std::numeric_limits<std::int32_t>::max()));
  }
  const std::int64_t shifts = random.one_in(2) ? 1 : channels;
  const bool typical = random.one_in(2);
  for (std::int64_t c = 0; c < shifts; ++c) {
    const std::int32_t most = sizeof(Bias) == 4 ? 0 : 7;
    product.shift.push_back(typical ? random.in(-14, -8) : random.in(-31, most));
  }
  p.output.zero_point = random.one_in(2) ? 0 : random_zero_point<In>(random);
  if (random.one_in(3)) p.output.rounding = octet::Rounding::single;
  if (random.one_in(3)) p.output.min = random.in(-32768, 32767);
  if (random.one_in(3)) p.output.max = random.in(std::max(p.output.min, -32768), 32767);
  product.guard = random_guard(random);
  return product;
}

template <class P>
std::vector<In> expected_output(const P& product) {
  GuardedBuffer<In> output(P::Calls::outputs(product.params), Guard::after);
  const auto* bias = product.bias.empty() ? nullptr : product.bias.data();
  P::Calls::reference(product.complete(), product.input.data(), product.filter.data(), bias,
                      output.span().data());
  return {output.span().begin(), output.span().end()};
}

template <class P>
void check(const P& product, const octet::Backend& backend, std::int32_t parts = 1) {
  using Operation = typename P::Operation;
  using Bias = typename P::Bias;
  GuardedBuffer<std::byte> packed(
      static_cast<std::int64_t>(Operation::packed_bytes(product.params, backend)), product.guard);
  octet::Result<Operation> operation;
  {
    GuardedBuffer<std::int8_t> filter(product.filter, product.guard);
    GuardedBuffer<Bias> bias(product.bias, product.guard);
    operation =
        Operation::prepare(product.complete(), filter.span(), bias.span(), packed.span(), backend);
  }
  REQUIRE(operation.status().code == octet::StatusCode::ok);
  GuardedBuffer<In> input(product.input, product.guard);
  GuardedBuffer<In> output(P::Calls::outputs(product.params), product.guard);
  GuardedBuffer<std::byte> scratch(static_cast<std::int64_t>(operation->scratch_bytes(parts)),
                                   product.guard);
  const auto bound = operation->bind(input.span(), output.span(), scratch.span(), parts);
  REQUIRE(bound.status().code == octet::StatusCode::ok);
  if (parts == 1) {
    bound->run();
  } else {
    bound->run([](std::int32_t count, const auto& body) {
      for (std::int32_t i = count; i-- > 0;) body(i);
    });
  }
  REQUIRE(difference<In>(output.span(), expected_output(product)) == "");
}

template <class P>
void check(const P& product) {
  for_each_backend([&](const octet::Backend& backend) { check(product, backend); });
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("products of 16-bit activations equal the reference on random shapes", "",
                        Products) {
  Random random(test_seed());
  CAPTURE(random.seed());
  const std::int32_t deepest = sizeof(typename TestType::Bias) == 4 ? 90 : 300;
  for (std::int64_t i = test_iterations(150); i > 0; --i) {
    check(random_product<TestType>(random, TestType::Calls::random(random, deepest)));
  }
}

TEMPLATE_LIST_TEST_CASE("products of 16-bit activations give the same bits in any number of parts",
                        "", Products) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(10); i > 0; --i) {
    const auto product = random_product<TestType>(random, TestType::Calls::random(random, 90));
    for_each_backend([&](const octet::Backend& backend) {
      for (std::int32_t parts = 2; parts <= 7; ++parts) check(product, backend, parts);
    });
  }
}

// A lane of 32 bits holds 255 dot products of two such pairs.
TEST_CASE("sums of 64 bits are exact with every operand at an end of its type") {
  Random random(test_seed());
  CAPTURE(random.seed());
  using Matrix = Product<GemmCalls, std::int64_t>;
  using Depthwise = Product<DepthwiseConv2dCalls, std::int64_t>;
  const auto fill = [&](auto product, In value, std::int8_t weight) {
    std::fill(product.input.begin(), product.input.end(), value);
    std::fill(product.filter.begin(), product.filter.end(), weight);
    for (std::int32_t& shift : product.shift) shift = random.in(-20, -12);
    check(product);
  };
  for (const In value : {In{-32768}, In{32767}}) {
    for (const std::int8_t weight : {std::int8_t{-128}, std::int8_t{127}}) {
      for (const std::int32_t k : {1, 2, 255, 256, 509, 510, 511, 512, 1019, 1021, 1023, 3000}) {
        CAPTURE(value, static_cast<int>(weight), k);
        auto product = random_product<Matrix>(random, {.m = random.in(1, 9), .n = 17, .k = k});
        fill(product, value, weight);
        fill(random_product<Depthwise>(
                 random, {.input = {{1, 2, k + 1, 3}}, .filter = {2, k}, .padding = {0, 1, 0, 1}}),
             value, weight);
      }
    }
  }
}

// One channel of three weights, whose sums lie between -32768 * 5 - 32767 * 7 and
// 32767 * 5 + 32768 * 7 above the bias.
template <class Bias>
octet::StatusCode status_of(Bias bias, std::int32_t shift) {
  using Operation = octet::FullyConnected<In, In, Bias>;
  const std::int8_t filter[] = {2, -7, 3};
  const std::int32_t multiplier[] = {1 << 30}, shifts[] = {shift};
  const octet::FullyConnectedParams params{
      .inputs = 3, .outputs = 1, .output = {.multiplier = multiplier, .shift = shifts}};
  const octet::Status status = Operation::validate(params, filter, {&bias, 1});
  if (status.ok()) {
    using P = Product<FullyConnectedCalls, Bias>;
    for (const In value : {In{-32768}, In{32767}}) {
      const In other = static_cast<In>(-1 - value);
      check(P{.params = params,
              .input = {value, other, value},
              .filter = {2, -7, 3},
              .bias = {bias},
              .multiplier = {1 << 30},
              .shift = {shift}});
    }
  }
  return status.code;
}

TEST_CASE("products of 16-bit activations accept every accumulator that fits, and no other") {
  using enum octet::StatusCode;
  constexpr std::int64_t kAbove = 32767 * 5 + 32768 * 7, kBelow = 32768 * 5 + 32767 * 7;
  constexpr std::int64_t kHighest = (std::int64_t{1} << 47) - 1;
  for (const std::int32_t shift : {-31, -15, 0, 7}) {
    REQUIRE(status_of<std::int64_t>(kHighest - kAbove, shift) == ok);
    REQUIRE(status_of<std::int64_t>(kHighest - kAbove + 1, shift) == accumulator_overflow);
    REQUIRE(status_of<std::int64_t>(-kHighest - 1 + kBelow, shift) == ok);
    REQUIRE(status_of<std::int64_t>(-kHighest - 2 + kBelow, shift) == accumulator_overflow);
    REQUIRE(status_of<std::int64_t>(std::numeric_limits<std::int64_t>::max(), shift) ==
            accumulator_overflow);
    REQUIRE(status_of<std::int64_t>(std::numeric_limits<std::int64_t>::min(), shift) ==
            accumulator_overflow);
  }
  REQUIRE(status_of<std::int64_t>(0, 8) == shift_out_of_range);
  constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
  for (const std::int32_t shift : {-31, -15, 0}) {
    REQUIRE(status_of<std::int32_t>(kMost - kAbove, shift) == ok);
    REQUIRE(status_of<std::int32_t>(kMost - kAbove + 1, shift) == accumulator_overflow);
    REQUIRE(status_of<std::int32_t>(-kMost - 1 + kBelow, shift) == ok);
    REQUIRE(status_of<std::int32_t>(-kMost - 1 + kBelow - 1, shift) == accumulator_overflow);
  }
  REQUIRE(status_of<std::int32_t>((kMost >> 3) - kAbove, 3) == ok);
  REQUIRE(status_of<std::int32_t>((kMost >> 3) - kAbove + 1, 3) == shift_out_of_range);
}
