// SPDX-License-Identifier: Apache-2.0
// Packed weights have the layout that detail/packing.hpp describes, for the layouts of all targets
// and some that no target has.
#include "octet/detail/packing.hpp"

#include <cstring>

#include "octet/conv2d.hpp"
#include "octet/depthwise_conv2d.hpp"
#include "octet/fully_connected.hpp"
#include "octet/gemm.hpp"
#include "support/backends.hpp"
#include "support/guarded_buffer.hpp"
#include "support/roundings.hpp"
#include "support/values.hpp"

namespace {

using octet::Domain;
using octet::Layout;
using octet::RequantizeForm;
using octet::Rounding;

std::vector<Layout> layouts() {
  std::vector<Layout> result = {
      {2, 8, 8, 2, 2, Domain::signed8, RequantizeForm::plain, 1},
      {4, 3, 3, 5, 3, Domain::unsigned8, RequantizeForm::biased, 4},
      {8, 1, 1, 1, 1, Domain::signed16, RequantizeForm::plain, 1},
      {32, 4, 4, 4, 2, Domain::unsigned8, RequantizeForm::biased, 4},
      {16, 4, 64, 32, 2, Domain::native, RequantizeForm::biased, 4},
      {4, 4, 4, 8, 2, Domain::signed8, RequantizeForm::doubling, 1},
      {4, 3, 3, 2, 3, Domain::signed16, RequantizeForm::biased, 1, 2},
  };
  for (const octet::Backend* backend : octet::kBackends) result.push_back(layout_of(*backend));
  return result;
}

// Weights, bias and output stage of n channels of depth k: weight[channel * k + p].
struct Weights {
  std::int64_t k;
  std::int32_t n;
  octet::detail::Quantization quantization;
  std::vector<std::int8_t> weight;
  std::vector<std::int32_t> bias, multiplier, shift;
  Rounding rounding = Rounding::tflite;

  octet::OutputStage stage() const {
    return {.multiplier = multiplier, .shift = shift, .rounding = rounding};
  }
  std::int32_t at(std::int64_t p, std::int64_t channel) const {
    return weight[static_cast<std::size_t>(channel * k + p)];
  }
};

template <class In>
Weights random_weights(Random& random, std::int64_t k, std::int32_t n) {
  Weights w{k,
            n,
            octet::detail::quantization_of<In>(random_zero_point<In>(random),
                                               random_zero_point<std::int8_t>(random)),
            random_values<std::int8_t>(random, k * n),
            random.vector<std::int32_t>(n),
            {},
            {}};
  w.rounding = octet::kRoundings[random.next() % kClosedForms];
  for (std::int32_t& bias : w.bias) bias /= 4096;
  for (std::int32_t c = 0; c < n; ++c) {
    w.multiplier.push_back(random.in(1 << 30, std::numeric_limits<std::int32_t>::max()));
    w.shift.push_back(random.in(-31, 0));
  }
  return w;
}

// sum (a - a_zero_point) * (b - b_zero_point) + bias, from the constant that the accumulators start
// from, for activations that are all `a`: what a kernel computes, in its domain.
std::int32_t accumulate_from(std::int32_t start, const Weights& w, std::int64_t channel,
                             const Layout& layout, std::int32_t a) {
  const auto value = static_cast<std::uint32_t>(
      octet::detail::to_domain(a, layout.domain, w.quantization.is_signed));
  auto sum = static_cast<std::uint32_t>(start);
  for (std::int64_t p = 0; p < w.k; ++p) {
    sum += value * static_cast<std::uint32_t>(w.at(p, channel));
    sum -= value * static_cast<std::uint32_t>(w.quantization.filter_zero_point);
  }
  return static_cast<std::int32_t>(sum);
}

std::int32_t accumulate(const Weights& w, std::int64_t channel, std::int32_t a) {
  std::int32_t sum = w.bias[static_cast<std::size_t>(channel)];
  for (std::int64_t p = 0; p < w.k; ++p) {
    sum += (a - w.quantization.input_zero_point) *
           (w.at(p, channel) - w.quantization.filter_zero_point);
  }
  return sum;
}

// Column `column` of a panel has the constants of `channel`, or none if that is negative.
void check_constants(const Layout& layout, std::span<const std::byte> panel, int columns,
                     int column, const Weights& w, std::int64_t channel) {
  CAPTURE(column, channel);
  const octet::PanelConstants constants = octet::detail::panel_constants(panel.data(), columns);
  const bool used = channel >= 0;
  const auto index = static_cast<std::size_t>(channel);
  const bool biased = layout.requantize_form == RequantizeForm::biased;
  octet::RequantizeConstants expected{0, 0, 0};
  if (used) {
    expected = octet::requantize_constants(w.shift[index], w.rounding);
    if (layout.requantize_form != RequantizeForm::doubling) {
      expected = octet::fold_zero_point(expected, w.stage().zero_point);
    } else if (octet::rounds_products(w.rounding)) {
      const bool away = w.rounding == octet::Rounding::tflite && expected.right > 0;
      expected = {expected.addend, away ? 0 : std::numeric_limits<std::int32_t>::min(),
                  -expected.right};
    }
  }
  const std::int32_t multiplier = used ? w.multiplier[index] : 0;
  REQUIRE(constants.right[column] == expected.right);
  REQUIRE(constants.tie_shift[column] == expected.tie_shift);
  REQUIRE(constants.left[column] == 0);
  if (!biased) {
    REQUIRE(constants.multiplier[column] == multiplier);
    REQUIRE(constants.addend[column] == expected.addend);
  } else {
    const int lane = column % layout.lanes, vector = column / layout.lanes * layout.lanes;
    const int place = vector + (lane % 2 == 0 ? lane / 2 : layout.lanes / 2 + lane / 2);
    REQUIRE(constants.multiplier[2 * place] == octet::shift_left_wrapping(multiplier, 1));
    REQUIRE(constants.addend[place] == (used ? octet::biased_addend(multiplier, expected) : 0));
  }
  if (used) {
    for (const std::int32_t a : {w.quantization.lowest, 3, w.quantization.highest}) {
      REQUIRE(accumulate_from(constants.start[column] ^ (biased ? octet::kAccumulatorBias : 0), w,
                              channel, layout, a) == accumulate(w, channel, a));
    }
  } else {
    REQUIRE(constants.start[column] == 0);
  }
}

// The element at depth p of a column, of that many bytes.
std::int32_t element_at(const Layout& layout, std::span<const std::byte> panel, int columns,
                        int column, std::int64_t p, int bytes = 1) {
  const std::byte* const elements = panel.data() + octet::detail::panel_constants_bytes(columns);
  const std::int64_t index =
      (p / layout.depth * columns + column) * layout.depth + p % layout.depth;
  if (bytes == 1) return static_cast<std::int8_t>(elements[index]);
  std::int16_t element;
  std::memcpy(&element, elements + 2 * index, sizeof element);
  return element;
}

// Column `column` of a panel holds `channel`, or nothing if that is negative.
void check_column(const Layout& layout, std::span<const std::byte> panel, int columns, int column,
                  const Weights& w, std::int64_t channel) {
  check_constants(layout, panel, columns, column, w, channel);
  for (std::int64_t p = 0; p < octet::detail::round_up(w.k, layout.depth_unit); ++p) {
    REQUIRE(element_at(layout, panel, columns, column, p, layout.weight_bytes) ==
            (channel >= 0 && p < w.k ? w.at(p, channel) : 0));
  }
}

}  // namespace

TEST_CASE("the bytes of panels are the sum of the bytes of each") {
  for (const Layout& layout : layouts()) {
    for (const std::int64_t k : {1, 2, 3, 4, 5, 63, 64, 65}) {
      for (std::int64_t n = 1; n <= 3 * layout.panel_columns() + 1; ++n) {
        std::size_t sum = 0;
        for (std::int64_t first = 0; first < n; first += layout.panel_columns()) {
          const int columns = octet::detail::panel_columns(layout, n, first);
          REQUIRE(columns % layout.lanes == 0);
          REQUIRE(columns >= std::min<std::int64_t>(n - first, layout.panel_columns()));
          REQUIRE(columns <= layout.panel_columns());
          REQUIRE(columns - layout.lanes < n - first);
          const std::size_t bytes = octet::detail::panel_bytes(layout, k, columns);
          REQUIRE(bytes % octet::kAlignment == 0);
          sum += bytes;
        }
        REQUIRE(octet::detail::panels_bytes(layout, k, n) == sum);
      }
    }
  }
}

TEMPLATE_TEST_CASE("panels of a matrix hold its columns and zeros", "", std::int8_t, std::uint8_t) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (const Layout& layout : layouts()) {
    CAPTURE(layout.lanes, layout.depth, layout.micro_vectors);
    const std::int32_t width = layout.panel_columns();
    for (const std::int32_t n :
         {1, layout.lanes, layout.lanes + 1, width - 1, width, width + 1, 2 * width + 3}) {
      if (n < 1) continue;
      const std::int64_t k = random.in(1, 3 * layout.depth_unit + 1);
      const Weights w = random_weights<TestType>(random, k, n);
      // Channels of a matrix that is part of a larger one: a group of a convolution.
      const std::int32_t first = random.in(0, n - 1);
      const std::int32_t count = n - first;
      GuardedBuffer<std::byte> packed(
          static_cast<std::int64_t>(octet::detail::panels_bytes(layout, k, count)), Guard::after);
      octet::detail::pack_panels(
          layout, {1, k}, first, count,
          {w.quantization, w.stage(), w.bias, octet::Epilogue::vector},
          [&](std::int64_t p, std::int64_t channel) { return w.at(p, channel); },
          packed.span().data());
      std::size_t place = 0;
      for (std::int32_t j = 0; j < count; j += width) {
        const int columns = octet::detail::panel_columns(layout, count, j);
        const std::size_t bytes = octet::detail::panel_bytes(layout, k, columns);
        for (int column = 0; column < columns; ++column) {
          const std::int32_t channel = j + column < count ? first + j + column : -1;
          check_column(layout, packed.span().subspan(place, bytes), columns, column, w, channel);
        }
        place += bytes;
      }
      REQUIRE(place == packed.size());
    }
  }
}

TEST_CASE("panels of a depthwise convolution hold channels in the order of zip") {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (const Layout& layout : layouts()) {
    // Every channel of a block has its place.
    std::vector<bool> seen(static_cast<std::size_t>(layout.zip_channels()));
    for (int vector = 0; vector < layout.depth; ++vector) {
      for (int lane = 0; lane < layout.lanes; ++lane) {
        const auto channel =
            static_cast<std::size_t>(octet::detail::zipped_channel(layout, vector, lane));
        REQUIRE(channel < seen.size());
        REQUIRE_FALSE(seen[channel]);
        seen[channel] = true;
      }
    }
  }
  for (const octet::Backend* backend : octet::kBackends) {
    CAPTURE(backend->name);
    const Layout& layout = layout_of(*backend);
    const int block = layout.zip_channels();
    for (const std::int32_t n : {1, block - 1, block, block + 1, 2 * block + 3}) {
      if (n < 1) continue;
      Weights w = random_weights<std::int8_t>(random, 2 * 3, n);
      w.quantization.filter_zero_point = 0;
      std::vector<std::int8_t> filter;
      for (std::int64_t p = 0; p < w.k; ++p) {
        for (std::int32_t c = 0; c < n; ++c) {
          filter.push_back(static_cast<std::int8_t>(w.at(p, c)));
        }
      }
      for (const std::int32_t stride : {1, 2}) {
        const octet::DepthwiseConv2dParams params{
            .input = {{1, 2, 3, n}, w.quantization.input_zero_point},
            .filter = {2, 3},
            .stride = {stride},
            .output = w.stage()};
        using Operation = octet::DepthwiseConv2d<std::int8_t>;
        GuardedBuffer<std::byte> packed(
            static_cast<std::int64_t>(Operation::packed_bytes(params, *backend)), Guard::after);
        REQUIRE(Operation::prepare(params, filter, w.bias, packed.span(), *backend));
        // Cells are columns, or squares of four where the filter moves by two. Cells serve as many
        // output rows as find the two rows of their filter among them.
        const bool squares = stride == 2 && layout.depth == 4;
        const int cell_w = squares ? 2 : 1, cell_h = layout.depth / cell_w;
        const int groups = (2 - 1) / cell_h + 1, width = (3 - 1) / cell_w + 1;
        const int output_rows = (groups * cell_h - 2) / stride + 1;
        const int depth = output_rows * groups * width * layout.depth;
        // Operands of the target as they are.
        const int element_bytes = layout.element_bytes();
        const std::size_t bytes = octet::detail::panel_bytes(layout, depth, block, element_bytes);
        REQUIRE(packed.size() == bytes * static_cast<std::size_t>((n + block - 1) / block));
        for (std::int32_t first = 0; first < n; first += block) {
          const octet::DepthwiseBlock channels = octet::detail::depthwise_block(layout, n, first);
          const auto panel =
              packed.span().subspan(static_cast<std::size_t>(first / block) * bytes, bytes);
          for (int column = 0; column < block; ++column) {
            const int place =
                octet::detail::zipped_channel(layout, column / layout.lanes, column % layout.lanes);
            const int of_part = place % channels.part;
            const std::int32_t channel =
                of_part < channels.channels ? channels.first + of_part : -1;
            check_constants(layout, panel, block, column, w, channel);
            for (std::int64_t p = 0; p < depth; ++p) {
              const std::int64_t cell = p / layout.depth, value = p % layout.depth;
              const std::int64_t group = cell % groups, output_row = cell / groups / width;
              const std::int64_t ky = group * cell_h + value / cell_w - output_row * stride;
              const std::int64_t kx = cell / groups % width * cell_w + value % cell_w;
              const bool inside = channel >= 0 && ky >= 0 && ky < 2 && kx < 3;
              REQUIRE(element_at(layout, panel, block, column, p, element_bytes) ==
                      (inside ? w.at(ky * 3 + kx, channel) : 0));
            }
          }
        }
      }
    }
  }
}

TEST_CASE("blocks of channels cover all of them") {
  for (const Layout& layout : layouts()) {
    const int bytes = layout.zip_channels();
    for (std::int32_t n = 1; n <= 3 * bytes + 1; ++n) {
      CAPTURE(bytes, layout.bands, n);
      std::int32_t covered = 0;
      for (std::int32_t first = 0; first < n; first += bytes) {
        const octet::DepthwiseBlock block = octet::detail::depthwise_block(layout, n, first);
        REQUIRE(block.first >= 0);
        REQUIRE(block.first <= covered);
        REQUIRE(block.channels >= 1);
        REQUIRE(block.bands >= 1);
        REQUIRE(block.bands <= octet::detail::kMostBands);
        REQUIRE(block.channels <= block.part);
        REQUIRE(block.part * block.bands == bytes);
        REQUIRE((block.channels == block.part || n < block.part));
        covered = block.first + block.channels;
      }
      REQUIRE(covered == n);
    }
  }
}

TEST_CASE("columns without a channel are the same twice") {
  octet::Layout layout{};
  layout.lanes = layout.depth = layout.depth_unit = 4;
  const std::int32_t multiplier = 1 << 30, shift = -8;
  const octet::OutputStage stage{
      .multiplier = {&multiplier, 1}, .shift = {&shift, 1}, .rounding = Rounding::nvdla};
  std::vector<std::int64_t> memory(octet::detail::panel_bytes(layout, 1, 4) / 8);
  auto* const panel = reinterpret_cast<std::byte*>(memory.data());
  octet::detail::pack_constants(
      layout, 1, 4,
      {octet::detail::quantization_of<std::int8_t>(0, 0), stage, {}, octet::Epilogue::vector_twice},
      [](int column) { return column < 3 ? column : -1; },
      [](std::int64_t, std::int32_t) { return 1; }, panel);
  const octet::PanelConstants constants = octet::detail::panel_constants(panel, 4);
  for (int column = 0; column < 4; ++column) {
    CAPTURE(column);
    CHECK(constants.tie_shift[column] == 32);
    CHECK(constants.multiplier[column] == (column < 3 ? multiplier : 0));
  }
}

#if OCTET_TARGET_AMX_INT8 && OCTET_TARGET_AVX512VNNI
namespace {

using Product = octet::Gemm<std::int8_t>;
constexpr const octet::Backend& kTiles = octet::amx_int8::backend;
constexpr const octet::Backend& kVectors = octet::avx512vnni::backend;
constexpr octet::GemmParams kLarge{.m = 64, .n = 40, .k = 100};
constexpr octet::GemmParams kOneRow{.n = 40, .k = 100};
constexpr octet::GemmParams kShallow{.m = 640, .n = 400, .k = 15};

// A panel of 32 columns and one of 16: 32 bytes of constants a column, and 128 of weights for k of
// 100.
static_assert(Product::packed_bytes(kLarge, kTiles) == 32 * (32 + 128) + 16 * (32 + 128));
static_assert(Product::scratch_bytes(kLarge, kTiles) == 64 * (128 + 4));
// 49 rows of this depth are a block of 32 and one of 17, not two of 24 and one of a single row.
static_assert(Product::scratch_bytes({.m = 49, .n = 512, .k = 4608}, kVectors) == 32 * (4672 + 4));
// Products that are small in one way or another have the layout of avx512vnni.
static_assert(Product::packed_bytes(kOneRow, kTiles) == Product::packed_bytes(kOneRow, kVectors));
static_assert(Product::packed_bytes(kShallow, kTiles) == Product::packed_bytes(kShallow, kVectors));
static_assert(octet::detail::is_small_matrix_product(47, 48, 48));
static_assert(!octet::detail::is_small_matrix_product(48, 48, 48));
static_assert(!octet::detail::is_small_matrix_product(std::int64_t{1} << 40, 1 << 20, 1 << 30));

}  // namespace
#endif

// Sizes of memory are constants for a backend that is named.
#if OCTET_TARGET_SCALAR
namespace {

constexpr const octet::Backend& kScalar = octet::scalar::backend;
constexpr octet::GemmParams kGemm{.m = 7, .n = 5, .k = 3};
constexpr octet::FullyConnectedParams kLayer{.batches = 7, .inputs = 3, .outputs = 5};
constexpr octet::Conv2dParams kConvolution{.input = {{1, 4, 4, 2}}, .filter = {6, 3, 3, 2}};
constexpr octet::DepthwiseConv2dParams kDepthwise{.input = {{1, 4, 4, 2}}, .filter = {3, 3}};

// Two panels of 2 columns and one of 1: 32 bytes of constants a column and 3 of weights, in whole
// lines.
static_assert(octet::Gemm<std::int8_t>::packed_bytes(kGemm, kScalar) == 3 * (64 + 64));
static_assert(octet::FullyConnected<std::int8_t>::packed_bytes(kLayer, kScalar) ==
              octet::Gemm<std::int8_t>::packed_bytes(kGemm, kScalar));
// Three panels of 2 columns, 18 weights a column.
static_assert(octet::Conv2d<std::int8_t>::packed_bytes(kConvolution, kScalar) == 3 * (64 + 64));
// One panel for each of the two channels.
static_assert(octet::DepthwiseConv2d<std::int8_t>::packed_bytes(kDepthwise, kScalar) ==
              2 * (64 + 64));
// Two tiles of 4 rows of 3 values, which fit into one line, and 8 sums in another.
static_assert(octet::Gemm<std::int8_t>::scratch_bytes(kGemm, kScalar) == 64 + 64);
static_assert(octet::Gemm<std::int8_t>::max_packed_bytes(kGemm) >=
              octet::Gemm<std::int8_t>::packed_bytes(kGemm, kScalar));
static_assert(octet::Conv2d<std::int8_t>::max_scratch_bytes(kConvolution) >=
              octet::Conv2d<std::int8_t>::scratch_bytes(kConvolution, kScalar));
// Processors without vectors have little memory: scratch does not grow with the image.
constexpr octet::NhwcOperand kImage{{1, 96, 96, 64}};
constexpr octet::Padding kSame = octet::same_padding(kImage.shape, {3, 3});
static_assert(octet::Conv2d<std::int8_t>::scratch_bytes(
                  {.input = kImage, .filter = {64, 3, 3, 64}, .padding = kSame}, kScalar) <
              3 * 1024);
static_assert(octet::Conv2d<std::int8_t>::scratch_bytes({.input = kImage, .filter = {64, 1, 1, 64}},
                                                        kScalar) < 3 * 1024);
static_assert(octet::Conv2d<std::int8_t>::scratch_bytes(
                  {.input = {{1, 48, 48, 32}}, .filter = {32, 3, 3, 32}, .padding = kSame},
                  kScalar) == 1344);
static_assert(octet::DepthwiseConv2d<std::int8_t>::scratch_bytes(
                  {.input = kImage, .filter = {3, 3}, .padding = kSame}, kScalar) < 4 * 1024);

}  // namespace
#endif
