// SPDX-License-Identifier: Apache-2.0
// Matrix multiplication: what all products do (support/product_suite-inl.hpp), and what is its own.
#include "octet/gemm.hpp"

#include <algorithm>
#include <sstream>

#include "octet/detail/packing.hpp"
#include "octet/hosted/aligned_buffer.hpp"
#include "support/product_refusals.hpp"
#include "support/refusal.hpp"

namespace {

// Where weights may be packed wider than bytes.
constexpr auto kWideRows = static_cast<std::int32_t>(octet::detail::kLeastWideRows);

struct Suite : OperationOf<octet::Gemm, octet::GemmParams> {
  static std::string describe(const Params& p) {
    std::ostringstream text;
    text << p.m << " x " << p.n << " x " << p.k << (p.filter.transposed ? ", transposed" : "")
         << ", strides " << p.input.stride << ", " << p.filter.stride << ", " << p.output_stride
         << ", batch " << p.batch << " with strides " << p.input.batch_stride << ", "
         << p.output_batch_stride;
    return text.str();
  }

  static std::int64_t channels(const Params& p) { return p.n; }
  static std::int64_t depth(const Params& p) { return p.k; }
  static std::int64_t inputs(const Params& p) {
    return extent(p.m, p.k, p.input.stride, p.batch, p.input.batch_stride);
  }
  static std::int64_t weights(const Params& p) {
    return p.filter.transposed ? extent(p.n, p.k, p.filter.stride)
                               : extent(p.k, p.n, p.filter.stride);
  }
  static std::int64_t outputs(const Params& p) {
    return extent(p.m, p.n, p.output_stride, p.batch, p.output_batch_stride);
  }
  static std::int64_t filter_place(const Params& p, std::int64_t k, std::int64_t channel) {
    return p.filter.transposed ? channel * dense(p.filter.stride, p.k) + k
                               : k * dense(p.filter.stride, p.n) + channel;
  }
  static std::int64_t input_place(const Params&, std::int64_t k, std::int64_t) { return k; }

  static std::int64_t dense(std::int64_t stride, std::int64_t columns) {
    return stride == 0 ? columns : stride;
  }

  template <class Out, class... Operands>
  static void reference(const Operands&... operands) {
    octet::reference::gemm<Out>(operands...);
  }

  // Matrices one after the other, or further apart.
  static Params random_batch(Random& random, std::int32_t deepest) {
    Params params{.m = random.in(1, 30),
                  .n = random.in(1, random.one_in(4) ? 150 : 20),
                  .k = random.in(1, std::min(70, deepest)),
                  .batch = random.in(1, 5),
                  .filter = {.transposed = random.one_in(2)}};
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
  static Params random_shape(Random& random, std::int32_t deepest) {
    if (random.one_in(4)) return random_batch(random, deepest);
    Params params{.m = random.in(1, random.one_in(4) ? 60 : 14),
                  .n = random.in(1, random.one_in(4) ? 150 : 40),
                  .k = random.in(1, std::min(random.one_in(4) ? 300 : 40, deepest)),
                  .filter = {.transposed = random.one_in(2)}};
    if (random.one_in(3)) params.input.stride = params.k + random.in(0, 9);
    if (random.one_in(3)) {
      params.filter.stride = (params.filter.transposed ? params.k : params.n) + random.in(0, 9);
    }
    if (random.one_in(3)) params.output_stride = params.n + random.in(0, 9);
    return params;
  }
  static std::vector<Params> extreme_shapes() {
    std::vector<Params> shapes;
    for (const std::int32_t k : {1, 2, 3, 4, 5, 64, 129, 1000}) {
      shapes.push_back({.m = 13, .n = 17, .k = k});
    }
    // A lane holds 255 dot products of two pairs of 16 and 8 bits.
    for (const std::int32_t k : {255, 256, 509, 510, 511, 512, 1019, 1021, 1023, 3000}) {
      shapes.push_back({.m = 5, .n = 17, .k = k});
    }
    return shapes;
  }
  static Params single_window() { return {.m = 1, .n = 2, .k = 6}; }
  static Params single_product(std::int32_t channels) { return {.m = 1, .n = channels, .k = 1}; }
  static std::vector<Params> concurrent_shapes() { return {{.m = 37, .n = 45, .k = 70}}; }
  static constexpr const char* kName = "gemm";
  static Params refused_shape() { return {.m = 4, .n = 3, .k = 5}; }
  static Refusals<Params> refusals();

 private:
  // From the first to the last element of matrices.
  static std::int64_t extent(std::int64_t rows, std::int64_t columns, std::int64_t stride,
                             std::int64_t batch = 1, std::int64_t batch_stride = 0) {
    stride = dense(stride, columns);
    return (batch - 1) * dense(batch_stride, rows * stride) + (rows - 1) * stride + columns;
  }
};

}  // namespace

#include "support/product_suite-inl.hpp"

TEST_CASE("gemm equals the reference around the sizes of its tiles") {
  for_each_type_and_backend(byte_types<Product>(), [](auto& gemm, auto& backend, auto& random) {
    const octet::Layout& layout = matrix_layout_of(backend);
    const auto check_shape = [&](Params params) { gemm.check_random(random, params, backend); };
    std::int32_t k = 0;
    const auto check_rows = [&](std::int32_t first, std::int32_t last) {
      for (std::int32_t m = first; m <= last; ++m) {
        for (std::int32_t n = 1; n <= 2 * layout.panel_columns() + 1; ++n) {
          k = k % (3 * layout.depth_unit + 1) + 1;
#ifdef OCTET_EMULATE_TILES  // slow: as many of them as OCTET_TEST_ITERATIONS leaves
          if (random.in(1, 1000) > test_iterations(1000)) continue;
#endif
          check_shape({.m = m, .n = n, .k = k});
        }
      }
    };
    check_rows(1, 2 * layout.micro_rows + 1);
    if (layout.weight_bytes > 1) {
      check_rows(kWideRows - 1, kWideRows + layout.micro_rows);
    }
    // Where rows may be paired.
    for (std::int32_t m = 1; m <= 2 * layout.micro_rows + 1; ++m) {
      const std::int32_t n = octet::detail::kLeastPairedColumns + random.in(-1, 9);
      check_shape({.m = m, .n = n, .k = random.in(1, 5 * layout.depth_unit)});
    }
    // Rows are packed in vectors of that many bytes.
    const std::int32_t step = layout.lanes * layout.depth;
    for (k = 1; k <= 2 * step + 9; ++k) {
      check_shape({.m = random.in(1, layout.micro_rows + 1), .n = random.in(1, 9), .k = k});
    }
  });
}

TEST_CASE("gemm equals the reference where few rows meet many columns") {
  for_each_type_and_backend(byte_types<Product>(), [](auto& gemm, auto& backend, auto& random) {
    const octet::Layout& layout = matrix_layout_of(backend);
    for (std::int32_t m = 1; m <= 6; ++m) {
      for (std::int64_t i = test_iterations(12); i > 0; --i) {
        // Up to two steps of as many panels side by side as a tile has rows, and a rest.
        Params params{.m = m,
                      .n = random.in(1, (2 * layout.micro_rows + 1) * layout.panel_columns()),
                      .k = random.in(1, random.one_in(2) ? 200 : 20)};
        if (random.one_in(3)) params.output_stride = params.n + random.in(1, 9);
        gemm.check_random(random, params, backend);
      }
    }
  });
}

TEST_CASE("gemm equals the reference where tiles overlap") {
  for_each_type_and_backend(byte_types<Product>(), [](auto& gemm, auto& backend, auto& random) {
    const octet::Layout& layout = matrix_layout_of(backend);
    const auto check_depth = [&](std::int32_t k) {
      Params params{.m = random.in(2, std::max(5 * layout.micro_rows, 2 * kWideRows)),
                    .n = random.in(1, 2 * layout.panel_columns() + 1),
                    .k = k};
      if (random.one_in(2)) params.input.stride = k + random.in(1, 70);
      gemm.check_random(random, params, backend);
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

TEST_CASE("gemm equals the reference where there is little depth") {
  for_each_type_and_backend(byte_types<Product>(), [](auto& gemm, auto& backend, auto& random) {
    const octet::Layout& layout = matrix_layout_of(backend);
    for (std::int32_t groups = 1; groups <= octet::detail::kMostShallowGroups + 2; ++groups) {
      for (std::int64_t i = test_iterations(6); i > 0; --i) {
        const std::int32_t k =
            groups * layout.depth - (random.one_in(3) ? random.in(0, layout.depth - 1) : 0);
        Params params{.m = random.in(2, (random.one_in(3) ? 24 : 6) * layout.micro_rows),
                      .n = random.in(1, layout.panel_columns() + 1),
                      .k = k};
        if (random.one_in(3)) params.input.stride = k + random.in(1, 70);
        if (random.one_in(3)) params.output_stride = params.n + random.in(1, 9);
        gemm.check_random(random, params, backend);
      }
    }
  });
}

TEST_CASE("gemm equals the reference where rows are cut into blocks") {
  for_each_type(byte_types<Product>(), [](const Typed& gemm, Random& random) {
    gemm.check_random(random, {.m = 2100, .n = 5, .k = 3});
    gemm.check_random(random, {.m = 2100, .n = 3, .k = 8});
    gemm.check_random(random, {.m = 61, .n = 3, .k = 5000});
    gemm.check_random(random, {.m = 27, .n = 2, .k = 12001});
    // Rows a multiple of 1 KiB apart, which are copied though they need not be.
    gemm.check_random(random, {.m = 14, .n = 3, .k = 1024});
    gemm.check_random(random, {.m = 25, .n = 3, .k = 64, .input = {.stride = 2048}});
    // The last block is a few rows only; rows that are copied, and some that are read in place.
    gemm.check_random(random, {.m = 70, .n = 3, .k = 12001});
    gemm.check_random(random, {.m = 70, .n = 50, .k = 12032});
    // A last block of two rows, and one behind rows that are read in place.
    gemm.check_random(random, {.m = 66, .n = 70, .k = 12001});
    gemm.check_random(random, {.m = 34, .n = 66, .k = 64});
    // Rows that could be read in place but for the last ones.
    gemm.check_random(random, {.m = 27, .n = 60, .k = 12032});
  });
}

TEST_CASE("gemm gives the same bits in any number of parts") {
  for_each_type(byte_types<Product>(), [](const Typed& gemm, Random& random) {
    const auto check_shape = [&](Params params) { gemm.check_parts(random, params); };
    for (std::int64_t i = test_iterations(12); i > 0; --i) {
      check_shape({.m = random.in(1, 70), .n = random.in(1, 300), .k = random.in(1, 70)});
      check_shape(Suite::random_batch(random, kHuge));
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
  });
}

// Sums of 32 bits tell 2^32 values apart; a channel that can reach more of them adds up 64 bits.
TEST_CASE("gemm is exact around the sums that 32 bits tell apart") {
  for_each_type(narrow_types<Product>(), [](const Typed& gemm, Random& random) {
    constexpr std::int32_t kMost = ((std::int64_t{1} << 32) - 1) / 255;  // times 255 is 2^32 - 1
    constexpr std::int32_t kDepth = kMost / 127 + 2;
    // Few columns, and as many as let targets pack rows in pairs.
    const auto check = [&](std::int32_t sum, std::int32_t columns, std::int32_t first_bias,
                           octet::Epilogue expected, std::int32_t filter_zero_point = 0) {
      auto layer = gemm.layer({.m = 3,
                               .n = columns,
                               .k = kDepth,
                               .input = {.zero_point = gemm.in.lowest},
                               .filter = {.zero_point = filter_zero_point, .transposed = true}});
      std::int32_t left = sum;
      for (std::int32_t k = 0; k < kDepth; ++k) {
        const std::int32_t weight = std::min(left, 127);
        left -= weight;
        layer.filter[static_cast<std::size_t>(k)] = static_cast<std::int8_t>(weight);
        layer.filter[static_cast<std::size_t>(kDepth + k)] = random.in(0, 1) != 0 ? 1 : -1;
      }
      REQUIRE(left == 0);
      random.fill(std::span(layer.filter).subspan(2 * kDepth), -1, 1);
      const std::int32_t lowest = gemm.in.lowest, highest = gemm.in.highest;
      std::fill_n(layer.input.begin(), kDepth, highest);
      std::fill_n(layer.input.begin() + kDepth, kDepth, lowest);
      random.fill(std::span(layer.input).subspan(2 * kDepth), lowest, highest);
      layer.bias.assign(static_cast<std::size_t>(columns), 5);
      layer.bias.front() = first_bias;
      layer.multiplier = {(1 << 30) + 12345};
      layer.shift.assign(static_cast<std::size_t>(columns), -10);
      layer.shift.front() = -24;
      const Params params = layer.params_with(layer.multiplier, layer.shift);
      const auto quantization =
          gemm.in.lowest < 0
              ? octet::detail::quantization_of<std::int8_t>(lowest, filter_zero_point)
              : octet::detail::quantization_of<std::uint8_t>(lowest, filter_zero_point);
      const std::vector<std::int32_t> bias(layer.bias.begin(), layer.bias.end());
      octet::Epilogue epilogue{};
      REQUIRE(octet::detail::find_epilogue(columns, kDepth, quantization, params.output,
                                           octet::GemmOperation::weight(params, layer.filter),
                                           std::span(bias), epilogue)
                  .ok());
      CHECK(epilogue == expected);
      gemm.check_exact(layer);
      layer.params.m = 1;  // a single row
      layer.input.resize(kDepth);
      gemm.check_exact(layer);
    };
    using enum octet::Epilogue;
    constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
    for (const std::int32_t columns : {2, 64}) {
      check(kMost, columns, kLowest, vector);  // all of int32
      check(kMost + 1, columns, kLowest, wide);
    }
    check(kMost, 2, kLowest + 1, scalar);  // as many, of which one lies beyond
    check(kMost, 2, kLowest, wide, -1);
  });
}

TEST_CASE("gemm clamps to every range of bytes") {
  for_each_type(byte_types<Product>(), [](const Typed& gemm, Random& random) {
    if (gemm.out.bytes > 1) return;
    for (const std::int32_t cut : {0, 1, 2, 128, 255}) {
      for (const bool below : {true, false}) {
        auto layer = gemm.layer({.m = 26, .n = 80, .k = 1});
        random.fill(std::span(layer.input), gemm.in.lowest, gemm.in.highest);
        random.fill(std::span(layer.filter));
        layer.multiplier = {1 << 30};
        layer.shift = {0};
        layer.params.output.min = gemm.out.lowest + (below ? cut : 0);
        layer.params.output.max = gemm.out.highest - (below ? 0 : cut);
        CAPTURE(layer.params.output.min, layer.params.output.max);
        gemm.check(layer);
      }
    }
  });
}

TEST_CASE("gemm shifts left as far as 32 bits go, and saturates there") {
  for_each_type(narrow_types<Product>(), [](const Typed& gemm, Random&) {
    for (std::int32_t shift = 1; shift <= 30; ++shift) {
      CAPTURE(shift);
      const std::int32_t most = std::numeric_limits<std::int32_t>::max() >> shift;
      auto layer = gemm.layer({.m = 6, .n = 19, .k = 1});
      // And half as far.
      layer.bias = {most,        -most,           1,        most / 2, most / 2 + 1,
                    -(most / 2), -(most / 2) - 1, most + 1, -most - 1};
      layer.bias.resize(19, -1);
      layer.multiplier = {1 << 30};
      layer.shift = {shift};
      layer.params.output.zero_point = 100;
      for (const std::size_t channels : {9u, 7u, 3u}) {  // the others are harmless then
        for (std::size_t c = channels; c < 9; ++c) layer.bias[c] = 1;
        gemm.check_exact(layer);
        if (channels == 9) continue;
        gemm.check(layer);
      }
    }
  });
}

Refusals<Params> Suite::refusals() {
  using enum octet::StatusCode;
  return {
      {invalid_shape, "m", [](auto& p) { p.m = 0; }},
      {invalid_shape, "m", [](auto& p) { p.m = -1; }},
      {invalid_shape, "n", [](auto& p) { p.n = 0; }},
      {invalid_shape, "n", [](auto& p) { p.n = -kHuge - 1; }},
      {invalid_shape, "k", [](auto& p) { p.k = 0; }},
      {invalid_shape, "k", [](auto& p) { p.k = -7; }},
      {invalid_stride, "input.stride", [](auto& p) { p.input.stride = 4; }},
      {invalid_stride, "input.stride", [](auto& p) { p.input.stride = -5; }},
      {invalid_stride, "filter.stride", [](auto& p) { p.filter.stride = 2; }},
      {invalid_stride, "filter.stride",
       [](auto& p) { p.filter = {.stride = 4, .transposed = true}; }},
      {invalid_stride, "output_stride", [](auto& p) { p.output_stride = 2; }},
      {invalid_stride, "output_stride",
       [](auto& p) { p.output_stride = std::numeric_limits<std::int64_t>::max(); }},
      {invalid_stride, "input.stride",
       [](auto& p) { p.input.stride = std::numeric_limits<std::int64_t>::min(); }},
      {invalid_shape, "m * input.stride",
       [](auto& p) {
         p.m = kHuge;
         p.input.stride = octet::check::kMaxElements;
       }},
      {invalid_shape, "filter", [](auto& p) { p.n = p.k = kMany; }},
      {invalid_shape, "m * output_stride", [](auto& p) { p.m = p.n = kMany; }},
      {invalid_shape, "batch", [](auto& p) { p.batch = 0; }},
      {invalid_shape, "batch", [](auto& p) { p.batch = -3; }},
      {invalid_stride, "input.batch_stride", [](auto& p) { p.input.batch_stride = 19; }},
      {invalid_stride, "output_batch_stride", [](auto& p) { p.output_batch_stride = 11; }},
      {invalid_stride, "input.batch_stride", [](auto& p) { p.input.batch_stride = -20; }},
      {invalid_stride, "output_batch_stride",
       [](auto& p) { p.output_batch_stride = std::numeric_limits<std::int64_t>::max(); }},
      {invalid_shape, "batch * input.batch_stride",
       [](auto& p) {
         p.batch = kHuge;
         p.input.batch_stride = octet::check::kMaxElements;
       }},
      {invalid_shape, "batch * output_batch_stride",
       [](auto& p) {
         p.batch = kMany;
         p.output_batch_stride = octet::check::kMaxElements;
       }},
      {buffer_too_small, "input", [](auto& p) { p.batch = 2; }},
      {buffer_too_small, "input", [](auto& p) { p.batch = kMany; }},
      {buffer_too_small, "input", [](auto& p) { p.m = kMany; }},
      {buffer_too_small, "filter",
       [](auto& p) {
         p.n = kMany;
         p.m = 1;
       }},
      {buffer_too_small, "filter", [](auto& p) { p.k = kMany; }},
      {buffer_too_small, "input", [](auto& p) { p.input.stride = 6; }},
      {buffer_too_small, "filter", [](auto& p) { p.filter.stride = 4; }},
      {buffer_too_small, "output", [](auto& p) { p.output_stride = 4; }},
  };
}

TEST_CASE("gemm says which channel's scale it refuses") {
  const auto refused = [](std::span<const std::int32_t> multiplier,
                          std::span<const std::int32_t> shift) {
    const std::int8_t filter[3] = {};
    const Params params{
        .m = 1, .n = 3, .k = 1, .output = {.multiplier = multiplier, .shift = shift}};
    const octet::Status status = octet::Gemm<std::int8_t>::validate(params, filter, {});
    CHECK(!status.ok());
    return octet::detail::name_of(status);
  };
  using Values = std::vector<std::int32_t>;
  CHECK(refused(Values{1 << 30, 0, 7}, Values{-8}) == "output.multiplier[2]");
  CHECK(refused(Values{7}, Values{-8}) == "output.multiplier");
  CHECK(refused(Values{1 << 30}, Values{-8, -99, -99}) == "output.shift[1]");
}

TEST_CASE("gemm counts the bytes of huge matrices") {
  using Operation = octet::Gemm<std::int8_t>;
  // Packed, it is much larger than its elements are.
  constexpr auto kWidest =
      static_cast<std::int32_t>(std::min<std::int64_t>(octet::check::kMaxElements, kHuge));
  for (const octet::Backend* backend : octet::kBackends) {
    CHECK(Operation::packed_bytes({.n = kWidest, .k = 1}, *backend) > std::size_t{kWidest});
    CHECK(Operation::packed_bytes({.n = 89'478'488, .k = 1}, *backend) > 89'478'488);
    CHECK(Operation::packed_bytes({.n = 1, .k = kMany}, *backend) > std::size_t{kMany});
  }
}

TEST_CASE("gemm writes between the rows that it reads, and not into them") {
  using Operation = octet::Gemm<std::int8_t>;
  constexpr std::size_t kRows = 9, kDepth = 20, kColumns = 12, kStride = 40;
  static constexpr std::int32_t kMultiplier[] = {1 << 30}, kShift[] = {-8};
  const Params params{.m = static_cast<std::int32_t>(kRows),
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
