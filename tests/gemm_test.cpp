// SPDX-License-Identifier: Apache-2.0
// Matrix multiplication equals its reference on every backend and refuses wrong arguments.
#include "octet/gemm.hpp"

#include <sstream>
#include <tuple>

#include "octet/hosted/aligned_buffer.hpp"
#include "octet/reference/gemm.hpp"
#include "support/operations.hpp"
#include "support/refusal.hpp"

namespace {

using octet::GemmParams;
template <class In>
using GemmLayer = Layer<GemmParams, In>;

template <class Types>
constexpr auto reference = [](const GemmParams& params, const typename Types::In* input,
                              const std::int8_t* filter, const std::int32_t* bias,
                              typename Types::Out* output) {
  octet::reference::gemm<typename Types::Out>(params, input, filter, bias, output);
};

template <class Types>
constexpr auto exact_reference = [](const GemmParams& params, const typename Types::In* input,
                                    const std::int8_t* filter, const std::int32_t* bias,
                                    typename Types::Out* output) {
  with_exact_bias(bias, params.n, [&](const octet::reference::ExactSum* exact) {
    octet::reference::gemm<typename Types::Out>(params, input, filter, exact, output);
  });
};

std::string describe(const GemmParams& p) {
  std::ostringstream text;
  text << p.m << " x " << p.n << " x " << p.k << ", zero points " << p.input.zero_point << ", "
       << p.filter.zero_point << (p.filter.transposed ? ", filter transposed" : "") << ", strides "
       << p.input.stride << ", " << p.filter.stride << ", " << p.output_stride << ", batch "
       << p.batch << " with strides " << p.input.batch_stride << ", " << p.output_batch_stride
       << ", output zero point " << p.output.zero_point;
  return text.str();
}

std::int64_t dense(std::int64_t stride, std::int64_t columns) {
  return stride == 0 ? columns : stride;
}

// sum |filter - filter.zero_point| * max |input - input.zero_point| of each column.
template <class In>
std::vector<std::int64_t> magnitudes(const GemmLayer<In>& layer) {
  const GemmParams& p = layer.params;
  const std::int64_t stride = dense(p.filter.stride, p.filter.transposed ? p.k : p.n);
  std::vector<std::int64_t> result;
  for (std::int64_t j = 0; j < p.n; ++j) {
    std::int64_t sum = 0;
    for (std::int64_t k = 0; k < p.k; ++k) {
      const std::int64_t place = p.filter.transposed ? j * stride + k : k * stride + j;
      sum += std::abs(layer.filter[static_cast<std::size_t>(place)] - p.filter.zero_point);
    }
    result.push_back(sum * reach<In>(p.input.zero_point));
  }
  return result;
}

// Where weights may be packed wider than bytes.
constexpr auto kWideRows = static_cast<std::int32_t>(octet::detail::kLeastWideRows);

// Memory of the shape in params; what the operands hold is left to the caller.
template <class In>
GemmLayer<In> layer_of(const GemmParams& params) {
  const std::int64_t filter_rows = params.filter.transposed ? params.n : params.k;
  const std::int64_t filter_columns = params.filter.transposed ? params.k : params.n;
  const auto size = [](std::int64_t rows, std::int64_t columns, std::int64_t stride,
                       std::int64_t batch, std::int64_t batch_stride) {
    stride = dense(stride, columns);
    const std::int64_t batches = (batch - 1) * dense(batch_stride, rows * stride);
    return static_cast<std::size_t>(batches + (rows - 1) * stride + columns);
  };
  const auto& [m, n, k, batch] = std::tie(params.m, params.n, params.k, params.batch);
  GemmLayer<In> layer{.params = params};
  layer.input.resize(size(m, k, params.input.stride, batch, params.input.batch_stride));
  layer.filter.resize(size(filter_rows, filter_columns, params.filter.stride, 1, 0));
  layer.output_size = static_cast<std::int64_t>(
      size(m, n, params.output_stride, batch, params.output_batch_stride));
  return layer;
}

// A random layer of the shape in params.
template <class Types>
GemmLayer<typename Types::In> random_layer(Random& random, GemmParams params) {
  using In = typename Types::In;
  params.input.zero_point = random_zero_point<In>(random);
  if (random.one_in(2)) params.filter.zero_point = random_zero_point<std::int8_t>(random);
  GemmLayer<In> layer = layer_of<In>(params);
  layer.input = random_values<In>(random, static_cast<std::int64_t>(layer.input.size()));
  layer.filter = random_values<std::int8_t>(random, static_cast<std::int64_t>(layer.filter.size()));
  randomize_output<typename Types::Out>(random, layer, magnitudes(layer));
  return layer;
}

// Matrices one after the other, or further apart.
GemmParams random_batch(Random& random) {
  GemmParams params{.m = random.in(1, 30),
                    .n = random.in(1, random.one_in(4) ? 150 : 20),
                    .k = random.in(1, 70),
                    .batch = random.in(1, 5)};
  if (random.one_in(3)) params.input.stride = params.k + random.in(0, 9);
  if (random.one_in(3)) params.output_stride = params.n + random.in(0, 9);
  // The last row of a matrix need not be followed by the gap that follows others.
  const auto gap = [&](std::int64_t stride, std::int64_t columns) {
    return (params.m - 1) * dense(stride, columns) + columns + random.in(0, 9);
  };
  if (random.one_in(2)) params.input.batch_stride = gap(params.input.stride, params.k);
  if (random.one_in(2)) params.output_batch_stride = gap(params.output_stride, params.n);
  return params;
}

template <class Types>
void check(const GemmLayer<typename Types::In>& layer) {
  INFO(describe(layer.params));
  check_layer<octet::Gemm, Types>(layer, reference<Types>);
}

}  // namespace

static_assert(std::is_trivially_copyable_v<octet::Gemm<std::int8_t>>);
static_assert(std::is_trivially_copyable_v<octet::Gemm<std::int8_t>::Bound>);
static_assert(sizeof(octet::Gemm<std::int8_t>::Bound) <= 160);

TEMPLATE_LIST_TEST_CASE("gemm equals the reference on random shapes", "", AllTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(250); i > 0; --i) {
    GemmParams params{.m = random.in(1, random.one_in(4) ? 60 : 14),
                      .n = random.in(1, random.one_in(4) ? 150 : 40),
                      .k = random.in(1, random.one_in(4) ? 300 : 40),
                      .filter = {.transposed = random.one_in(2)}};
    if (random.one_in(3)) params.input.stride = params.k + random.in(0, 9);
    if (random.one_in(3)) {
      params.filter.stride = (params.filter.transposed ? params.k : params.n) + random.in(0, 9);
    }
    if (random.one_in(3)) params.output_stride = params.n + random.in(0, 9);
    check<TestType>(random_layer<TestType>(random, params));
  }
}

TEMPLATE_LIST_TEST_CASE("gemm equals the reference around the sizes of its tiles", "", SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    const octet::Layout& layout = matrix_layout_of(backend);
    const auto check_shape = [&](GemmParams params) {
      const auto layer = random_layer<TestType>(random, params);
      INFO(describe(layer.params));
      check_layer<octet::Gemm, TestType>(layer, reference<TestType>, backend);
    };
    std::int32_t k = 0;
    const auto check_rows = [&](std::int32_t first, std::int32_t last) {
      for (std::int32_t m = first; m <= last; ++m) {
        for (std::int32_t n = 1; n <= 2 * layout.panel_columns() + 1; ++n) {
          k = k % (3 * layout.depth_unit + 1) + 1;
          check_shape({.m = m, .n = n, .k = k});
        }
      }
    };
    check_rows(1, 2 * layout.micro_rows + 1);
    if (layout.weight_bytes > 1) {
      check_rows(kWideRows - 1, kWideRows + layout.micro_rows);
    }
    // Rows are packed in vectors of that many bytes.
    const std::int32_t step = layout.lanes * layout.depth;
    for (k = 1; k <= 2 * step + 9; ++k) {
      check_shape({.m = random.in(1, layout.micro_rows + 1), .n = random.in(1, 9), .k = k});
    }
  });
}

TEMPLATE_LIST_TEST_CASE("gemm equals the reference where few rows meet many columns", "",
                        SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    const octet::Layout& layout = matrix_layout_of(backend);
    for (std::int32_t m = 1; m <= 6; ++m) {
      for (std::int64_t i = test_iterations(12); i > 0; --i) {
        // Up to two steps of as many panels side by side as a tile has rows, and a rest.
        GemmParams params{.m = m,
                          .n = random.in(1, (2 * layout.micro_rows + 1) * layout.panel_columns()),
                          .k = random.in(1, random.one_in(2) ? 200 : 20)};
        if (random.one_in(3)) params.output_stride = params.n + random.in(1, 9);
        const auto layer = random_layer<TestType>(random, params);
        INFO(describe(layer.params));
        check_layer<octet::Gemm, TestType>(layer, reference<TestType>, backend);
      }
    }
  });
}

TEMPLATE_LIST_TEST_CASE("gemm equals the reference where tiles overlap", "", SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    const octet::Layout& layout = matrix_layout_of(backend);
    const auto check_depth = [&](std::int32_t k) {
      GemmParams params{.m = random.in(2, std::max(5 * layout.micro_rows, 2 * kWideRows)),
                        .n = random.in(1, 2 * layout.panel_columns() + 1),
                        .k = k};
      if (random.one_in(2)) params.input.stride = k + random.in(1, 70);
      const auto layer = random_layer<TestType>(random, params);
      INFO(describe(layer.params));
      check_layer<octet::Gemm, TestType>(layer, reference<TestType>, backend);
    };
    for (std::int32_t groups = 6; groups <= 72; groups += random.in(1, 4)) {
      check_depth(groups * layout.depth);
      check_depth(groups * layout.depth - random.in(0, layout.depth - 1));
    }
    // Around the depth up to which they do.
    constexpr auto kMost = static_cast<std::int32_t>(octet::detail::kMostOverlappedGroups);
    for (const std::int32_t groups : {kMost - 1, kMost, kMost + 1}) {
      check_depth(groups * layout.depth);
    }
  });
}

TEMPLATE_LIST_TEST_CASE("gemm equals the reference where there is little depth", "", SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    const octet::Layout& layout = matrix_layout_of(backend);
    for (std::int32_t groups = 1; groups <= octet::detail::kMostShallowGroups + 2; ++groups) {
      for (std::int64_t i = test_iterations(6); i > 0; --i) {
        const std::int32_t k =
            groups * layout.depth - (random.one_in(3) ? random.in(0, layout.depth - 1) : 0);
        GemmParams params{.m = random.in(2, (random.one_in(3) ? 24 : 6) * layout.micro_rows),
                          .n = random.in(1, layout.panel_columns() + 1),
                          .k = k};
        if (random.one_in(3)) params.input.stride = k + random.in(1, 70);
        if (random.one_in(3)) params.output_stride = params.n + random.in(1, 9);
        const auto layer = random_layer<TestType>(random, params);
        INFO(describe(layer.params));
        check_layer<octet::Gemm, TestType>(layer, reference<TestType>, backend);
      }
    }
  });
}

TEMPLATE_LIST_TEST_CASE("gemm equals the reference where rows are cut into blocks", "", SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  check<TestType>(random_layer<TestType>(random, {.m = 2100, .n = 5, .k = 3}));
  check<TestType>(random_layer<TestType>(random, {.m = 2100, .n = 3, .k = 8}));
  check<TestType>(random_layer<TestType>(random, {.m = 61, .n = 3, .k = 5000}));
  check<TestType>(random_layer<TestType>(random, {.m = 27, .n = 2, .k = 12001}));
  // Rows a multiple of 1 KiB apart, which are copied though they need not be.
  check<TestType>(random_layer<TestType>(random, {.m = 14, .n = 3, .k = 1024}));
  check<TestType>(
      random_layer<TestType>(random, {.m = 25, .n = 3, .k = 64, .input = {.stride = 2048}}));
  // The last block is a few rows only; rows that are copied, and some that are read in place.
  check<TestType>(random_layer<TestType>(random, {.m = 70, .n = 3, .k = 12001}));
  check<TestType>(random_layer<TestType>(random, {.m = 70, .n = 50, .k = 12032}));
  // A last block of two rows, and one behind rows that are read in place.
  check<TestType>(random_layer<TestType>(random, {.m = 66, .n = 70, .k = 12001}));
  check<TestType>(random_layer<TestType>(random, {.m = 34, .n = 66, .k = 64}));
  // Rows that could be read in place but for the last ones.
  check<TestType>(random_layer<TestType>(random, {.m = 27, .n = 60, .k = 12032}));
}

TEMPLATE_LIST_TEST_CASE("gemm equals the reference on batches", "", SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(60); i > 0; --i) {
    check<TestType>(random_layer<TestType>(random, random_batch(random)));
  }
}

TEMPLATE_LIST_TEST_CASE("gemm gives the same bits in any number of parts", "", SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto check_shape = [&](GemmParams params) {
    const auto layer = random_layer<TestType>(random, params);
    INFO(describe(layer.params));
    check_parts<octet::Gemm, TestType>(layer);
  };
  for (std::int64_t i = test_iterations(12); i > 0; --i) {
    check_shape({.m = random.in(1, 70), .n = random.in(1, 300), .k = random.in(1, 70)});
    check_shape(random_batch(random));
  }
  check_shape({.m = 1, .n = 12, .k = 64});
  check_shape({.m = 1, .n = 700, .k = 9});
  check_shape({.m = 3, .n = 300, .k = 100});
  // The last part, or the last piece of a batch, is a single row.
  check_shape({.m = 37, .n = 20, .k = 9});
  check_shape({.m = 37, .n = 20, .k = 9, .batch = 2, .input = {.batch_stride = 37 * 9 + 5}});
  check_shape({.m = 300, .n = 3, .k = 16, .output_stride = 5});
  // Rows that are cut into blocks.
  check_shape({.m = 2100, .n = 70, .k = 72});
}

TEMPLATE_LIST_TEST_CASE("gemm is exact with every operand at an end of its type", "", SomeTypes) {
  using In = typename TestType::In;
  using Limits = std::numeric_limits<In>;
  Random random(test_seed());
  CAPTURE(random.seed());
  for (const std::int32_t input_zero_point : {Limits::min(), Limits::max(), In{0}}) {
    for (const std::int32_t filter_zero_point : {-128, 0, 127}) {
      for (const std::int32_t k : {1, 2, 3, 4, 5, 64, 129, 1000}) {
        for (const In a : {Limits::min(), Limits::max()}) {
          for (const int b : {-128, 127}) {
            auto layer = layer_of<In>({.m = 13,
                                       .n = 17,
                                       .k = k,
                                       .input = {.zero_point = input_zero_point},
                                       .filter = {.zero_point = filter_zero_point}});
            std::fill(layer.input.begin(), layer.input.end(), a);
            std::fill(layer.filter.begin(), layer.filter.end(), static_cast<std::int8_t>(b));
            randomize_output<typename TestType::Out>(random, layer, magnitudes(layer));
            check<TestType>(layer);
          }
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("gemm returns every accumulator that fits 32 bits, and refuses others", "",
                   std::int8_t, std::uint8_t) {
  using Raw = Types<TestType, std::int32_t>;
  using Operation = octet::Gemm<TestType, std::int32_t>;
  constexpr std::int64_t kLowest = std::numeric_limits<std::int32_t>::min(),
                         kHighest = std::numeric_limits<std::int32_t>::max();
  constexpr std::int32_t kZeroPoint = std::numeric_limits<TestType>::min() + 5;
  constexpr std::int32_t kAbove = 250, kBelow = -5, kDepth = 6;
  // Three weights of either sign: each takes its own end of the activations' range.
  constexpr std::int32_t kPositive = 3 * 127, kNegative = 3 * -128;
  for (const bool highest : {true, false}) {
    auto layer =
        layer_of<TestType>({.m = 3, .n = 2, .k = kDepth, .input = {.zero_point = kZeroPoint}});
    for (std::size_t k = 0; k < kDepth; ++k) {
      layer.filter[2 * k] = k < 3 ? 127 : -128;
      const bool above = highest == (k < 3);
      layer.input[k] = static_cast<TestType>(kZeroPoint + (above ? kAbove : kBelow));
      layer.input[kDepth + k] = static_cast<TestType>(kZeroPoint - 1);
      layer.input[2 * kDepth + k] = static_cast<TestType>(kZeroPoint);
    }
    const std::int64_t room = highest ? kHighest - (kPositive * kAbove + kNegative * kBelow)
                                      : kLowest - (kPositive * kBelow + kNegative * kAbove);
    layer.bias = {static_cast<std::int32_t>(room),
                  static_cast<std::int32_t>(highest ? kHighest : kLowest)};
    check<Raw>(layer);
    layer.bias[0] += highest ? 1 : -1;
    for (const octet::Backend* backend : octet::kBackends) {
      const PreparedLayer<Operation> prepared(layer, *backend);
      const octet::Status status = prepared.operation.status();
      REQUIRE(status.code == octet::StatusCode::accumulator_overflow);
      REQUIRE(std::string(status.argument) == "filter");
      REQUIRE(status.value == 0);  // the channel
      REQUIRE(status.limit == (highest ? kHighest + 1 : kLowest - 1));
    }
  }
}

TEMPLATE_LIST_TEST_CASE("gemm is exact where 32 bits do not hold the sums", "", NarrowTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(120); i > 0; --i) {
    GemmParams params{.m = random.in(1, random.one_in(4) ? 60 : 7),
                      .n = random.in(1, random.one_in(4) ? 150 : 40),
                      .k = random.in(1, random.one_in(4) ? 300 : 40)};
    auto layer = random_layer<TestType>(random, params);
    randomize_output_beyond_int32<typename TestType::Out>(random, layer, params.n);
    INFO(describe(layer.params));
    check_layer<octet::Gemm, TestType>(layer, exact_reference<TestType>);
  }
}

// Sums of 32 bits tell 2^32 values apart; a channel that can reach more of them adds up 64 bits.
TEMPLATE_LIST_TEST_CASE("gemm is exact around the sums that 32 bits tell apart", "", NarrowTypes) {
  using In = typename TestType::In;
  Random random(test_seed());
  CAPTURE(random.seed());
  constexpr std::int32_t kMost = ((std::int64_t{1} << 32) - 1) / 255;  // times 255 is 2^32 - 1
  constexpr std::int32_t kDepth = kMost / 127 + 2;
  for (const std::int32_t sum : {kMost, kMost + 1}) {
    auto layer = layer_of<In>({.m = 3,
                               .n = 2,
                               .k = kDepth,
                               .input = {.zero_point = std::numeric_limits<In>::min()},
                               .filter = {.transposed = true}});
    std::int32_t left = sum;
    for (std::int32_t k = 0; k < kDepth; ++k) {
      const std::int32_t weight = std::min(left, 127);
      left -= weight;
      layer.filter[static_cast<std::size_t>(k)] = static_cast<std::int8_t>(weight);
      layer.filter[static_cast<std::size_t>(kDepth + k)] = random.in(0, 1) != 0 ? 1 : -1;
    }
    REQUIRE(left == 0);
    std::fill_n(layer.input.begin(), kDepth, std::numeric_limits<In>::max());
    std::fill_n(layer.input.begin() + kDepth, kDepth, std::numeric_limits<In>::min());
    random.fill(std::span(layer.input).subspan(2 * kDepth));
    layer.bias = {std::numeric_limits<std::int32_t>::min(), 5};
    layer.multiplier = {(1 << 30) + 12345};
    layer.shift = {-24, -10};
    const GemmParams params = layer.params_with(layer.multiplier, layer.shift);
    octet::Epilogue epilogue{};
    REQUIRE(octet::detail::find_epilogue(
                2, kDepth, octet::detail::quantization_of<In>(params.input.zero_point, 0),
                params.output, octet::GemmOperation::weight(params, layer.filter), layer.bias,
                epilogue)
                .ok());
    CHECK(epilogue == (sum == kMost ? octet::Epilogue::scalar : octet::Epilogue::wide));
    check_layer<octet::Gemm, TestType>(layer, exact_reference<TestType>);
    layer.params.m = 1;  // a single row
    layer.input.resize(kDepth);
    layer.output_size = 2;
    check_layer<octet::Gemm, TestType>(layer, exact_reference<TestType>);
  }
}

TEMPLATE_LIST_TEST_CASE("gemm clamps to every range of bytes", "", SomeTypes) {
  using Out = typename TestType::Out;
  if constexpr (sizeof(Out) == 1) {
    constexpr std::int32_t lowest = std::numeric_limits<Out>::min(),
                           highest = std::numeric_limits<Out>::max();
    Random random(test_seed());
    CAPTURE(random.seed());
    for (const std::int32_t cut : {0, 1, 2, 128, 255}) {
      for (const bool below : {true, false}) {
        auto layer = layer_of<typename TestType::In>({.m = 26, .n = 80, .k = 1});
        random.fill(std::span(layer.input));
        random.fill(std::span(layer.filter));
        layer.multiplier = {1 << 30};
        layer.shift = {0};
        layer.params.output.min = below ? lowest + cut : lowest;
        layer.params.output.max = below ? highest : highest - cut;
        CAPTURE(layer.params.output.min, layer.params.output.max);
        check<TestType>(layer);
      }
    }
  }
}

TEMPLATE_LIST_TEST_CASE("gemm requantizes accumulators around 2^30 exactly", "", SomeTypes) {
  using Out = typename TestType::Out;
  if constexpr (sizeof(Out) < 4) {
    constexpr std::int32_t kLimit = 1 << 30, kHighest = std::numeric_limits<std::int32_t>::max();
    for (const std::int32_t bias :
         {kLimit - 2, kLimit - 1, kLimit, kLimit + 1, kHighest - 1, kHighest}) {
      for (const std::int32_t sign : {1, -1}) {
        for (const std::int32_t multiplier : {kLimit, kLimit + 1, kHighest - 1, kHighest}) {
          auto layer = layer_of<typename TestType::In>({.m = 1, .n = 32, .k = 1});
          layer.bias.assign(32, sign * bias);
          layer.multiplier = {multiplier};
          for (std::int32_t shift = 0; shift > -32; --shift) layer.shift.push_back(shift);
          CAPTURE(sign * bias, multiplier);
          check<TestType>(layer);
        }
      }
    }
  }
}

TEMPLATE_LIST_TEST_CASE("gemm shifts left as far as 32 bits go, and saturates there", "",
                        NarrowTypes) {
  using In = typename TestType::In;
  for (std::int32_t shift = 1; shift <= 30; ++shift) {
    CAPTURE(shift);
    const std::int32_t most = std::numeric_limits<std::int32_t>::max() >> shift;
    auto layer = layer_of<In>({.m = 6, .n = 19, .k = 1});
    // The vectors' limit, 2^30, is half as far.
    layer.bias = {most,        -most,           1,        most / 2, most / 2 + 1,
                  -(most / 2), -(most / 2) - 1, most + 1, -most - 1};
    layer.bias.resize(19, -1);
    layer.multiplier = {1 << 30};
    layer.shift = {shift};
    layer.params.output.zero_point = 100;
    for (const std::size_t channels : {9u, 7u, 3u}) {  // the others are harmless then
      for (std::size_t c = channels; c < 9; ++c) layer.bias[c] = 1;
      check_layer<octet::Gemm, TestType>(layer, exact_reference<TestType>);
      if (channels == 9) continue;
      check<TestType>(layer);
    }
  }
}

// The table of docs/packing.md.
TEST_CASE("gemm tells which loop it takes") {
  static constexpr std::int32_t kMultiplier[] = {1 << 30}, kShift[] = {-8}, kLeftShift[] = {1};
  const auto loop_of = [](const char* name, GemmParams params, std::int32_t bias = 0) {
    const octet::Backend* const backend = octet::find_backend(name);
    if (backend == nullptr) return std::string();
    using Operation = octet::Gemm<std::int8_t>;
    params.output.multiplier = kMultiplier;
    if (params.output.shift.empty()) params.output.shift = kShift;
    const std::vector<std::int8_t> filter(static_cast<std::size_t>(params.n) *
                                          static_cast<std::size_t>(params.k));
    const std::vector<std::int32_t> biases(static_cast<std::size_t>(params.n), bias);
    octet::AlignedBuffer packed(Operation::packed_bytes(params, *backend));
    const auto gemm = Operation::prepare(params, filter, biases, packed.span(), *backend);
    REQUIRE(gemm);
    return std::string(gemm->loop());
  };
  const auto check_loop = [&](const GemmParams& params, const char* avx512vnni, const char* avxvnni,
                              const char* avx2, const char* others) {
    CAPTURE(params.m, params.n, params.k);
    const auto is = [&](const char* backend, const char* expected) {
      CAPTURE(backend);
      const std::string loop = loop_of(backend, params);
      CHECK((loop.empty() || loop == expected));
    };
    is("avx512vnni", avx512vnni);
    is("avxvnni", avxvnni);
    is("avx2", avx2);
    for (const char* const backend : {"sse41", "dotprod", "neon", "portable", "scalar"}) {
      is(backend, others);
    }
  };
  const char* const in_memory = "in_memory";
  const char* const in_registers = "in_registers";
  check_loop({.m = 1, .n = 40, .k = 70}, "single_row", "single_row", "single_row", in_memory);
  check_loop({.m = 4, .n = 64, .k = 48}, "shallow", in_memory, in_memory, in_memory);
  check_loop({.m = 4, .n = 64, .k = 49}, "few_rows", in_memory, in_memory, in_memory);
  check_loop({.m = 4, .n = 63, .k = 49}, in_memory, in_memory, in_memory, in_memory);
  check_loop({.m = 31, .n = 40, .k = 48}, "shallow", in_registers, in_memory, in_memory);
  check_loop({.m = 32, .n = 40, .k = 49}, "overlapped", in_registers, in_registers, in_memory);
  constexpr auto kMost = static_cast<std::int32_t>(4 * octet::detail::kMostOverlappedGroups);
  check_loop({.m = 32, .n = 40, .k = kMost}, "overlapped", in_registers, in_registers, in_memory);
  check_loop({.m = 32, .n = 40, .k = kMost + 1}, in_memory, in_registers, in_registers, in_memory);
  // What is not the usual case.
  check_loop({.m = 32, .n = 40, .k = 64, .filter = {.zero_point = 1}}, in_memory, in_memory,
             in_memory, in_memory);
  check_loop({.m = 32, .n = 40, .k = 64, .output = {.shift = kLeftShift}}, in_memory, in_memory,
             in_memory, in_memory);
  for (const char* const backend : {"avx512vnni", "avx2", "scalar"}) {
    const std::string loop = loop_of(backend, {.m = 32, .n = 40, .k = 64}, 1 << 30);
    CHECK((loop.empty() || loop == "in_memory"));
  }
  const std::string tiles = loop_of("amx_int8", {.m = 100, .n = 100, .k = 100});
  CHECK((tiles.empty() || tiles == "tiles"));
}

TEST_CASE("one prepared gemm runs in two threads at once") {
  Random random(test_seed());
  CAPTURE(random.seed());
  using Bytes = Types<std::int8_t, std::int8_t>;
  const auto layer = random_layer<Bytes>(random, {.m = 37, .n = 45, .k = 70});
  for_each_backend([&](const octet::Backend& backend) {
    check_reentrancy<octet::Gemm, Bytes>(layer, reference<Bytes>, backend);
  });
}

TEMPLATE_TEST_CASE("gemm names the argument that it refuses", "", std::int8_t, std::int32_t) {
  using enum octet::StatusCode;
  using Operation = octet::Gemm<std::int8_t, TestType>;
  using GemmArguments = Arguments<Operation, GemmParams, std::int8_t, TestType>;
  constexpr bool kRaw = sizeof(TestType) == 4;
  constexpr std::int32_t kHuge = std::numeric_limits<std::int32_t>::max();
  static constexpr std::int32_t kMultiplier[] = {1 << 30}, kShift[] = {-8};

  std::vector<Refusal<GemmArguments>> refusals = {
      {invalid_shape, "m", [](auto& a) { a.params.m = 0; }},
      {invalid_shape, "m", [](auto& a) { a.params.m = -1; }},
      {invalid_shape, "n", [](auto& a) { a.params.n = 0; }},
      {invalid_shape, "n", [](auto& a) { a.params.n = -kHuge - 1; }},
      {invalid_shape, "k", [](auto& a) { a.params.k = 0; }},
      {invalid_shape, "k", [](auto& a) { a.params.k = -7; }},
      {invalid_stride, "input.stride", [](auto& a) { a.params.input.stride = 4; }},
      {invalid_stride, "input.stride", [](auto& a) { a.params.input.stride = -5; }},
      {invalid_stride, "filter.stride", [](auto& a) { a.params.filter.stride = 2; }},
      {invalid_stride, "filter.stride",
       [](auto& a) {
         a.params.filter.transposed = true;
         a.params.filter.stride = 4;
       }},
      {invalid_stride, "output_stride", [](auto& a) { a.params.output_stride = 2; }},
      {invalid_stride, "output_stride",
       [](auto& a) { a.params.output_stride = std::numeric_limits<std::int64_t>::max(); }},
      {invalid_stride, "input.stride",
       [](auto& a) { a.params.input.stride = std::numeric_limits<std::int64_t>::min(); }},
      {invalid_shape, "m * input.stride",
       [](auto& a) {
         a.params.m = kHuge;
         a.params.input.stride = std::int64_t{1} << 40;
       }},
      {invalid_shape, "filter",
       [](auto& a) {
         a.params.n = kHuge;
         a.params.k = kHuge;
       }},
      {invalid_shape, "m * output_stride",
       [](auto& a) {
         a.params.m = kHuge;
         a.params.n = kHuge;
       }},
      {invalid_shape, "batch", [](auto& a) { a.params.batch = 0; }},
      {invalid_shape, "batch", [](auto& a) { a.params.batch = -3; }},
      {invalid_stride, "input.batch_stride", [](auto& a) { a.params.input.batch_stride = 19; }},
      {invalid_stride, "output_batch_stride", [](auto& a) { a.params.output_batch_stride = 11; }},
      {invalid_stride, "input.batch_stride", [](auto& a) { a.params.input.batch_stride = -20; }},
      {invalid_stride, "output_batch_stride",
       [](auto& a) { a.params.output_batch_stride = std::numeric_limits<std::int64_t>::max(); }},
      {invalid_shape, "batch * input.batch_stride",
       [](auto& a) {
         a.params.batch = kHuge;
         a.params.input.batch_stride = std::int64_t{1} << 40;
       }},
      {invalid_shape, "batch * output_batch_stride",
       [](auto& a) {
         a.params.batch = kHuge;
         a.params.output_batch_stride = std::int64_t{1} << 40;
       }},
      {buffer_too_small, "input",
       [](auto& a) {
         a.params.batch = 2;
         extend_packed(a);
       }},
      {buffer_too_small, "input",
       [](auto& a) {
         a.params.batch = kHuge;
         extend_packed(a);
       }},
      {buffer_too_small, "input",
       [](auto& a) {
         a.params.m = kHuge;
         extend_packed(a);
       }},
      {buffer_too_small, "filter",
       [](auto& a) {
         a.params.n = kHuge;
         a.params.m = 1;
       }},
      {buffer_too_small, "filter", [](auto& a) { a.params.k = kHuge; }},
      {buffer_too_small, "input", [](auto& a) { a.params.input.stride = 6; }},
      {buffer_too_small, "filter", [](auto& a) { a.params.filter.stride = 4; }},
      {buffer_too_small, "output", [](auto& a) { a.params.output_stride = 4; }},
      {zero_point_out_of_range, "input.zero_point",
       [](auto& a) { a.params.input.zero_point = 128; }},
      {zero_point_out_of_range, "input.zero_point",
       [](auto& a) { a.params.input.zero_point = -129; }},
      {zero_point_out_of_range, "input.zero_point",
       [](auto& a) { a.params.input.zero_point = kHuge; }},
      {zero_point_out_of_range, "filter.zero_point",
       [](auto& a) { a.params.filter.zero_point = 128; }},
      {zero_point_out_of_range, "filter.zero_point",
       [](auto& a) { a.params.filter.zero_point = -kHuge - 1; }},
  };
  if (kRaw) {
    refusals.push_back({accumulator_overflow, "filter", [](auto& a) {
                          static constexpr std::int32_t kBias[] = {0, 0, -kHuge - 1};
                          a.bias = kBias;
                        }});
  }
  const auto append = [&refusals](const std::vector<Refusal<GemmArguments>>& more) {
    refusals.insert(refusals.end(), more.begin(), more.end());
  };
  append(memory_refusals<GemmArguments>("filter", "input", "output"));
  append(kRaw ? raw_output_refusals<GemmArguments>() : output_refusals<GemmArguments>());

  for (const octet::Backend* backend : octet::kBackends) {
    GemmArguments valid{.params = {.m = 4, .n = 3, .k = 5}};
    if (!kRaw) {
      valid.params.output.multiplier = kMultiplier;
      valid.params.output.shift = kShift;
    }
    ArgumentMemory memory(valid, 20, 15, 3, 12, *backend);
    check_refusals(valid, *backend, refusals);

    const octet::Status unprepared =
        Operation().bind(valid.input, valid.output, valid.scratch).status();
    CHECK(unprepared.code == not_prepared);
    CHECK(std::string(unprepared.argument) == "gemm");
    const octet::Status unbound =
        typename Operation::Bound().rebind(valid.input, valid.output, valid.scratch);
    CHECK(unbound.code == not_prepared);
    CHECK(std::string(unbound.argument) == "gemm");
  }
}

TEST_CASE("gemm asks for no memory for shapes that it refuses") {
  using Operation = octet::Gemm<std::int8_t>;
  constexpr std::int32_t kHuge = std::numeric_limits<std::int32_t>::max();
  for (const octet::Backend* backend : octet::kBackends) {
    for (const GemmParams& params :
         {GemmParams{.m = 0}, GemmParams{.n = 0}, GemmParams{.k = 0}, GemmParams{.n = -5},
          GemmParams{.n = kHuge, .k = kHuge}, GemmParams{.k = 2, .input = {.stride = 1}}}) {
      CHECK(Operation::packed_bytes(params, *backend) == 0);
      CHECK(Operation::scratch_bytes(params, *backend) == 0);
    }
    CHECK(Operation::packed_bytes({.n = kHuge, .k = 1}, *backend) > std::size_t{kHuge});
    CHECK(Operation::packed_bytes({.n = 1, .k = kHuge}, *backend) > std::size_t{kHuge});
  }
}

TEST_CASE("gemm writes between the rows that it reads, and not into them") {
  using Operation = octet::Gemm<std::int8_t>;
  constexpr std::size_t kRows = 9, kDepth = 20, kColumns = 12, kStride = 40;
  static constexpr std::int32_t kMultiplier[] = {1 << 30}, kShift[] = {-8};
  const octet::GemmParams params{.m = static_cast<std::int32_t>(kRows),
                                 .n = static_cast<std::int32_t>(kColumns),
                                 .k = static_cast<std::int32_t>(kDepth),
                                 .input = {.stride = kStride},
                                 .output = {.multiplier = kMultiplier, .shift = kShift},
                                 .output_stride = kStride};
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto b = random.vector<std::int8_t>(kDepth * kColumns);
  const auto before = random.vector<std::int8_t>(kRows * kStride);
  for_each_backend([&](const octet::Backend& backend) {
    octet::AlignedBuffer packed(Operation::packed_bytes(params, backend));
    const auto gemm = Operation::prepare(params, b, {}, packed.span(), backend);
    REQUIRE(gemm);
    octet::AlignedBuffer scratch(gemm->scratch_bytes());
    std::vector<std::int8_t> matrix = before, apart(before.size());
    const std::span<std::int8_t> all = matrix;
    for (const std::size_t place : {kDepth, kDepth + 3, kStride - kColumns}) {
      CAPTURE(place);
      matrix = before;
      REQUIRE(gemm->bind(matrix, apart, scratch.span()));
      gemm->bind(matrix, apart, scratch.span())->run();
      const auto bound = gemm->bind(all, all.subspan(place), scratch.span());
      INFO(octet::to_string(bound.status()));
      REQUIRE(bound);
      bound->run();
      for (std::size_t r = 0; r < kRows; ++r) {
        for (std::size_t j = 0; j < kColumns; ++j) {
          REQUIRE(matrix[r * kStride + place + j] == apart[r * kStride + j]);
        }
      }
    }
    std::vector<std::int8_t> more(2 * before.size());
    const std::span<std::int8_t> both = more;
    for (const std::size_t place :
         {std::size_t{0}, kDepth - 1, kStride - kColumns + 1, kStride - 1}) {
      CAPTURE(place);
      CHECK_REFUSED(gemm->bind(both, both.subspan(place), scratch.span()), overlap, "output");
    }
    for (const std::size_t place :
         {std::size_t{0}, kColumns - 1, kStride - kDepth + 1, kStride - 1}) {
      CAPTURE(place);
      CHECK_REFUSED(gemm->bind(both.subspan(place), both, scratch.span()), overlap, "output");
    }
    CHECK(gemm->bind(both.subspan(kColumns), both, scratch.span()));
    CHECK(gemm->bind(both.subspan(kStride - kDepth), both, scratch.span()));
  });
}
