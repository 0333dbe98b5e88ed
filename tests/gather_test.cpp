// SPDX-License-Identifier: Apache-2.0
// Slices chosen by indices: gather and gather_nd.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "octet/gather.hpp"
#include "support/lift.hpp"
#include "support/move.hpp"

namespace {

using octet::GatherNdParams;
using octet::GatherParams;
using octet::kMaxRank;
using octet::Shape;

using Indices = std::vector<std::int32_t>;

struct Gather {
  template <class T>
  using Prepared = octet::Gather<T>;

  static GatherParams random_params(Random& random) {
    GatherParams params{.input = {.shape = random_shape(random, 1, 4)}};
    params.axis = random.in(0, params.input.shape.rank - 1);
    params.batch_dims = random.in(0, params.axis);
    params.indices = random_shape(random, params.batch_dims,
                                  kMaxRank + 1 - params.input.shape.rank + params.batch_dims);
    for (std::int32_t d = 0; d < params.batch_dims; ++d) {
      params.indices.extent[d] = params.input.shape.extent[d];
    }
    return params;
  }
  static constexpr auto reference = OCTET_LIFT(octet::reference::gather);
};

struct GatherNd {
  template <class T>
  using Prepared = octet::GatherNd<T>;

  static GatherNdParams random_params(Random& random) {
    GatherNdParams params{.input = {.shape = random_shape(random, 1, 4)}};
    const std::int32_t depth = random.in(1, params.input.shape.rank);
    const std::int32_t most = kMaxRank + 1 - params.input.shape.rank + depth;
    params.indices = random_shape(random, 1, std::min(most, kMaxRank));
    params.indices.extent[params.indices.rank - 1] = depth;
    return params;
  }
  static constexpr auto reference = OCTET_LIFT(octet::reference::gather_nd);
};

template <class Operation, class Params>
Bytes gathered(const Params& params, Bytes x, Indices indices) {
  const auto operation = Operation::prepare(params);
  REQUIRE(operation);
  Bytes y(static_cast<std::size_t>(output_shape(params).size()));
  const auto bound = operation->bind(x, indices, y);
  REQUIRE(bound);
  bound->run();
  return y;
}

}  // namespace

TEMPLATE_PRODUCT_TEST_CASE("gathering equals the reference", "", std::pair,
                           ((Gather, std::int8_t), (Gather, std::int32_t), (GatherNd, std::int16_t),
                            (GatherNd, std::uint64_t))) {
  using Case = typename TestType::first_type;
  using T = typename TestType::second_type;
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t n = test_iterations(300); n > 0; --n) {
    const auto params = Case::random_params(random);
    const auto operation = Case::template Prepared<T>::prepare(params);
    INFO(octet::to_string(operation.status()));
    REQUIRE(operation);
    const auto x = random.vector<T>(params.input.shape.size());
    // Some that lead out of the input.
    auto indices = random.extreme_vector<std::int32_t>(params.indices.size());
    for (std::int32_t& index : indices) {
      if (!random.one_in(8)) index = random.in(-1, 5);
    }
    const std::int64_t outputs = output_shape(params).size();
    std::vector<T> expected(static_cast<std::size_t>(outputs));
    Case::reference(params, x.data(), indices.data(), expected.data());
    const Guard guard = random_guard(random);
    GuardedBuffer<T> input(x, guard), output(outputs, guard);
    GuardedBuffer<std::int32_t> choice(indices, guard);
    const auto bound = operation->bind(input.span(), choice.span(), output.span());
    REQUIRE(bound);
    bound->run();
    REQUIRE(std::ranges::equal(output.span(), expected));
  }
}

TEST_CASE("gathering by hand") {
  const octet::Operand matrix{.shape = {2, {2, 3}}};
  const Bytes x{1, 2, 3, 4, 5, 6};
  using Chosen = octet::Gather<std::int8_t>;
  CHECK(gathered<Chosen>(GatherParams{.input = matrix, .indices = {1, {3}}}, x, {1, 0, 1}) ==
        Bytes{4, 5, 6, 1, 2, 3, 4, 5, 6});
  CHECK(gathered<Chosen>(GatherParams{.input = matrix, .indices = {0, {}}, .axis = 1}, x, {2}) ==
        Bytes{3, 6});
  CHECK(gathered<Chosen>(
            GatherParams{.input = matrix, .indices = {2, {2, 2}}, .axis = 1, .batch_dims = 1}, x,
            {2, 0, 1, 1}) == Bytes{3, 1, 5, 5});
  using Placed = octet::GatherNd<std::int8_t>;
  CHECK(gathered<Placed>(GatherNdParams{.input = matrix, .indices = {2, {2, 2}}}, x,
                         {0, 2, 1, 0}) == Bytes{3, 4});
  CHECK(gathered<Placed>(GatherNdParams{.input = matrix, .indices = {1, {1}}}, x, {1}) ==
        Bytes{4, 5, 6});
  // Indices outside stand for the nearest inside.
  CHECK(gathered<Chosen>(GatherParams{.input = matrix, .indices = {1, {4}}, .axis = 1}, x,
                         {-1, 3, kLowest, kHighest}) == Bytes{1, 3, 1, 3, 4, 6, 4, 6});
  CHECK(gathered<Placed>(GatherNdParams{.input = matrix, .indices = {2, {2, 2}}}, x,
                         {-7, 7, 9, -9}) == Bytes{3, 4});
}

TEST_CASE("indices that are known can be checked") {
  const GatherParams rows{.input = {.shape = {2, {2, 3}}}, .indices = {1, {2}}};
  const auto check = [](const GatherParams& params, const Indices& indices) {
    return octet::Gather<std::int8_t>::check_indices(params, indices);
  };
  CHECK(check(rows, {0, 1}).ok());
  CHECK(check(rows, {0, 2}).code == octet::StatusCode::invalid_shape);
  CHECK(check(rows, {-1, 0}).value == -1);
  CHECK(check(rows, {0, 1, 1, 3}).index == 3);
  const GatherNdParams places{.input = {.shape = {2, {2, 3}}}, .indices = {2, {2, 2}}};
  CHECK(octet::GatherNd<std::int8_t>::check_indices(places, Indices{0, 2, 1, 2}).ok());
  CHECK(!octet::GatherNd<std::int8_t>::check_indices(places, Indices{0, 2, 2, 1}).ok());
  CHECK(octet::GatherNd<std::int8_t>::check_indices({}, Indices{0}).argument ==
        std::string("input.shape.rank"));
}

// Of an axis that is refused.
static_assert(octet::output_shape(octet::GatherParams{
                                      .input = {{1, {3}}}, .indices = {1, {2}}, .axis = 0x7fffffff})
                  .rank > octet::kMaxRank);

TEST_CASE("gathering refuses bad parameters") {
  const auto gather = [](auto change) {
    GatherParams params{
        .input = {.shape = {3, {2, 3, 4}}}, .indices = {2, {2, 5}}, .axis = 1, .batch_dims = 1};
    change(params);
    return octet::Gather<std::int8_t>::prepare(params);
  };
  REQUIRE(gather([](auto&) {}));
  CHECK_REFUSED(gather([](auto& p) { p.input.shape.rank = 0; }), invalid_shape, "input.shape.rank");
  CHECK_REFUSED(gather([](auto& p) { p.indices.extent[1] = 0; }), invalid_shape,
                "indices.extent[1]");
  CHECK_REFUSED(gather([](auto& p) { p.axis = 3; }), unsupported, "axis");
  CHECK_REFUSED(gather([](auto& p) { p.axis = kLowest; }), unsupported, "axis");
  CHECK_REFUSED(gather([](auto& p) { p.batch_dims = 2; }), unsupported, "batch_dims");
  CHECK_REFUSED(gather([](auto& p) { p.batch_dims = -1; }), unsupported, "batch_dims");
  CHECK_REFUSED(gather([](auto& p) { p.indices.extent[0] = 1; }), size_mismatch,
                "indices.extent[0]");
  CHECK_REFUSED(gather([](auto& p) {
                  p.indices = {6, {2, 1, 1, 1, 1, 1}};
                }),
                unsupported, "output.rank");
  CHECK_REFUSED(gather([](auto& p) { p.input.shape.extent[2] = p.indices.extent[1] = kHighest; }),
                invalid_shape, "output");
  const auto gather_nd = [](const Shape& input, const Shape& indices) {
    return octet::GatherNd<std::int8_t>::prepare({.input = {.shape = input}, .indices = indices});
  };
  CHECK(gather_nd({2, {2, 3}}, {2, {7, 2}}));
  CHECK_REFUSED(gather_nd({2, {2, 3}}, {0, {}}), invalid_shape, "indices.rank");
  CHECK_REFUSED(gather_nd({2, {2, 3}}, {2, {7, 3}}), invalid_shape, "indices.extent[1]");
  CHECK_REFUSED(gather_nd({3, {2, 3, 4}}, {6, {1, 1, 1, 1, 1, 1}}), unsupported, "output.rank");
}

TEST_CASE("gathering refuses bad memory") {
  const auto gather =
      octet::Gather<std::int8_t>::prepare({.input = {.shape = {2, {2, 3}}}, .indices = {1, {2}}});
  REQUIRE(gather);
  std::vector<std::int32_t> words(4);
  Bytes x(6), y(6);
  const std::span<std::int8_t> input(x), output(y), none;
  const std::span<std::int32_t> indices(words);
  CHECK(gather->bind(input, indices.first(2), output));
  CHECK_REFUSED(gather->bind(none, indices, output), null_pointer, "input");
  CHECK_REFUSED(gather->bind(input, {}, output), null_pointer, "indices");
  CHECK_REFUSED(gather->bind(input, indices, none), null_pointer, "output");
  CHECK_REFUSED(gather->bind(input.first(5), indices, output), buffer_too_small, "input");
  CHECK_REFUSED(gather->bind(input, indices.first(1), output), buffer_too_small, "indices");
  CHECK_REFUSED(gather->bind(input, indices, output.first(5)), buffer_too_small, "output");
  CHECK_REFUSED(gather->bind(input, indices, input), overlap, "output");
  const std::span<std::int8_t> bytes(reinterpret_cast<std::int8_t*>(words.data()), 6);
  CHECK_REFUSED(gather->bind(input, indices, bytes), overlap, "output");
  CHECK_REFUSED(octet::Gather<std::int8_t>().bind(input, indices, output), not_prepared, "gather");
  octet::GatherNd<std::int8_t>::Bound unbound;
  CHECK(unbound.rebind(input, indices, output).code == octet::StatusCode::not_prepared);
}
