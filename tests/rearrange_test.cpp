// SPDX-License-Identifier: Apache-2.0
// Operations that put the elements of one tensor elsewhere: transpose, space_to_depth and back,
// space_to_batch_nd and back, reverse, tile, broadcast_to, mirror_pad.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "octet/mirror_pad.hpp"
#include "octet/reverse.hpp"
#include "octet/space_to_batch_nd.hpp"
#include "octet/space_to_depth.hpp"
#include "octet/tile.hpp"
#include "octet/transpose.hpp"
#include "support/backends.hpp"
#include "support/lift.hpp"
#include "support/move.hpp"

namespace {

using octet::BatchToSpaceNdParams;
using octet::BroadcastToParams;
using octet::DepthToSpaceParams;
using octet::kMaxRank;
using octet::Mirror;
using octet::MirrorPadParams;
using octet::ReverseParams;
using octet::Shape;
using octet::SpaceToBatchNdParams;
using octet::SpaceToDepthParams;
using octet::TileParams;
using octet::TransposeParams;

struct Transpose : CaseOf<octet::Transpose, TransposeParams> {
  template <class T>
  static TransposeParams random_params(Random& random) {
    TransposeParams params{.input = {.shape = random_shape(random, 0)}};
    const std::int32_t rank = params.input.shape.rank;
    for (std::int32_t d = rank - 1; d > 0; --d) {
      std::swap(params.perm[d], params.perm[random.in(0, d)]);
    }
    // Blocks of vectors, whole ones and those with a rest.
    if (rank > 0) params.input.shape.extent[random.in(0, rank - 1)] = random.in(1, 70);
    return params;
  }
  static constexpr auto reference = OCTET_LIFT(octet::reference::transpose);
};

octet::ShapeNhwc random_image(Random& random) {
  return {random.in(1, 3), random.in(1, 5), random.in(1, 5), random.in(1, 20)};
}

struct SpaceToDepth : CaseOf<octet::SpaceToDepth, SpaceToDepthParams> {
  template <class T>
  static SpaceToDepthParams random_params(Random& random) {
    SpaceToDepthParams params{.input = {.shape = random_image(random)},
                              .block_size = random.in(1, 4)};
    params.input.shape.h *= params.block_size;
    params.input.shape.w *= params.block_size;
    return params;
  }
  static constexpr auto reference = OCTET_LIFT(octet::reference::space_to_depth);
};

struct DepthToSpace : CaseOf<octet::DepthToSpace, DepthToSpaceParams> {
  template <class T>
  static DepthToSpaceParams random_params(Random& random) {
    DepthToSpaceParams params{.input = {.shape = random_image(random)},
                              .block_size = random.in(1, 4)};
    params.input.shape.c *= params.block_size * params.block_size;
    return params;
  }
  static constexpr auto reference = OCTET_LIFT(octet::reference::depth_to_space);
};

struct SpaceToBatchNd : CaseOf<octet::SpaceToBatchNd, SpaceToBatchNdParams> {
  template <class T>
  static SpaceToBatchNdParams random_params(Random& random) {
    SpaceToBatchNdParams params{.input = {.shape = random_shape(random, 1, 5)}};
    params.value = static_cast<std::int64_t>(random.vector<T>(1)[0]);
    for (std::int32_t d = 1; d < params.input.shape.rank; ++d) {
      if (random.one_in(2)) continue;
      const std::int32_t block = random.in(1, 3);
      params.block[d] = block;
      params.before[d] = random.in(0, 7);
      const std::int32_t padded = params.input.shape.extent[d] + params.before[d];
      params.after[d] = (block - padded % block) % block + random.in(0, 2) * block;
    }
    return params;
  }
  static constexpr auto reference = OCTET_LIFT(octet::reference::space_to_batch_nd);
};

struct BatchToSpaceNd : CaseOf<octet::BatchToSpaceNd, BatchToSpaceNdParams> {
  template <class T>
  static BatchToSpaceNdParams random_params(Random& random) {
    BatchToSpaceNdParams params{.input = {.shape = random_shape(random, 1, 5)}};
    Shape& shape = params.input.shape;
    for (std::int32_t d = 1; d < shape.rank; ++d) {
      if (random.one_in(2)) continue;
      params.block[d] = random.in(1, 3);
      shape.extent[0] *= params.block[d];
      params.before[d] = random.in(0, shape.extent[d] * params.block[d] - 1);
      params.after[d] = random.in(0, shape.extent[d] * params.block[d] - 1 - params.before[d]);
    }
    return params;
  }
  static constexpr auto reference = OCTET_LIFT(octet::reference::batch_to_space_nd);
};

struct Reverse : CaseOf<octet::Reverse, ReverseParams> {
  template <class T>
  static ReverseParams random_params(Random& random) {
    ReverseParams params{.input = {.shape = random_shape(random, 0)}};
    for (bool& reverse : params.reverse) reverse = random.one_in(2);
    return params;
  }
  static constexpr auto reference = OCTET_LIFT(octet::reference::reverse);
};

struct Tile : CaseOf<octet::Tile, TileParams> {
  template <class T>
  static TileParams random_params(Random& random) {
    TileParams params{.input = {.shape = random_shape(random, 0)}};
    for (std::int32_t& multiple : params.multiples) multiple = random.in(1, 3);
    return params;
  }
  static constexpr auto reference = OCTET_LIFT(octet::reference::tile);
};

struct MirrorPad : CaseOf<octet::MirrorPad, MirrorPadParams> {
  template <class T>
  static MirrorPadParams random_params(Random& random) {
    MirrorPadParams params{.input = {.shape = random_shape(random, 0)},
                           .mirror = random.one_in(2) ? Mirror::reflect : Mirror::symmetric};
    const std::int32_t shown = params.mirror == Mirror::reflect ? 1 : 0;
    for (std::int32_t d = 0; d < params.input.shape.rank; ++d) {
      if (random.one_in(2)) continue;
      const std::int32_t most = std::min(params.input.shape.extent[d] - shown, 20);
      params.before[d] = random.in(0, most);
      params.after[d] = random.in(0, most);
    }
    return params;
  }
  static constexpr auto reference = OCTET_LIFT(octet::reference::mirror_pad);
};

struct BroadcastTo : CaseOf<octet::BroadcastTo, BroadcastToParams> {
  template <class T>
  static BroadcastToParams random_params(Random& random) {
    BroadcastToParams params{.shape = random_shape(random, 0)};
    Shape& input = params.input.shape;
    input.rank = random.in(0, params.shape.rank);
    for (std::int32_t d = 0; d < input.rank; ++d) {
      const std::int32_t extent = params.shape.extent[d + params.shape.rank - input.rank];
      input.extent[d] = random.one_in(2) ? 1 : extent;
    }
    return params;
  }
  static constexpr auto reference = OCTET_LIFT(octet::reference::broadcast_to);
};

// The elements of 0, 1, 2, ... in the order of an operation.
template <template <class> class Operation, class Params>
Bytes moved(const Params& params) {
  Bytes x(static_cast<std::size_t>(params.input.shape.size()));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::int8_t>(i);
  return run_guarded<std::int8_t>(Operation<std::int8_t>::prepare(params), x,
                                  output_shape(params).size());
}

}  // namespace

TEMPLATE_PRODUCT_TEST_CASE(
    "rearranging a tensor equals the reference", "", std::pair,
    ((Transpose, std::int8_t), (Transpose, std::int16_t), (Transpose, std::int32_t),
     (Transpose, std::uint64_t), (SpaceToDepth, std::int8_t), (DepthToSpace, std::int16_t),
     (SpaceToBatchNd, std::int8_t), (SpaceToBatchNd, std::int64_t), (BatchToSpaceNd, std::int8_t),
     (BatchToSpaceNd, std::int32_t), (Reverse, std::int8_t), (Reverse, std::int64_t),
     (Tile, std::int8_t), (Tile, std::int32_t), (BroadcastTo, std::uint8_t),
     (BroadcastTo, std::int16_t), (MirrorPad, std::int8_t), (MirrorPad, std::int32_t))) {
  check_against_reference<typename TestType::first_type, typename TestType::second_type>();
}

// On every backend, at both ends of the memory that may be touched.
template <class T>
void check_transpose(Random& random, const TransposeParams& params) {
  const auto x = random.vector<T>(params.input.shape.size());
  std::vector<T> expected(x.size());
  octet::reference::transpose(params, x.data(), expected.data());
  const Guard guard = random_guard(random);
  for_each_backend([&](const octet::Backend& backend) {
    REQUIRE(run_guarded<T>(octet::Transpose<T>::prepare(params, backend), x,
                           params.input.shape.size(), guard) == expected);
  });
}

TEMPLATE_TEST_CASE("few rows become few columns and back, of any length", "", std::int8_t,
                   std::int16_t, std::int32_t, std::int64_t) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int32_t few = 1; few <= 17; ++few) {
    for (const std::int32_t length : {15, 16, 17, 64, random.in(1, 100), random.in(65, 200)}) {
      for (const Shape& shape : {Shape{2, {few, length}}, Shape{2, {length, few}}}) {
        CAPTURE(shape.extent[0], shape.extent[1]);
        check_transpose<TestType>(random, {.input = {.shape = shape}, .perm = {1, 0}});
      }
    }
  }
}

TEMPLATE_TEST_CASE("rows become columns within tensors", "", std::int8_t, std::int16_t,
                   std::int32_t, std::int64_t) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(20); i > 0; --i) {
    const std::int32_t rows = random.in(1, 150), columns = random.in(1, 150), few = random.in(1, 4);
    CAPTURE(rows, columns, few);
    check_transpose<TestType>(random,
                              {.input = {.shape = {3, {few, rows, columns}}}, .perm = {0, 2, 1}});
    check_transpose<TestType>(random,
                              {.input = {.shape = {3, {rows, few, columns}}}, .perm = {2, 1, 0}});
  }
}

TEST_CASE("rearranging by hand") {
  CHECK(moved<octet::Transpose>(TransposeParams{.input = {.shape = {2, {2, 3}}}, .perm = {1, 0}}) ==
        Bytes{0, 3, 1, 4, 2, 5});
  CHECK(moved<octet::Transpose>(TransposeParams{.input = {.shape = {3, {2, 1, 2}}},
                                                .perm = {2, 0, 1}}) == Bytes{0, 2, 1, 3});
  CHECK(moved<octet::Transpose>(TransposeParams{.input = {.shape = {0, {}}}}) == Bytes{0});
  CHECK(moved<octet::SpaceToDepth>(SpaceToDepthParams{
            .input = {.shape = {1, 2, 4, 1}}, .block_size = 2}) == Bytes{0, 1, 4, 5, 2, 3, 6, 7});
  CHECK(moved<octet::DepthToSpace>(DepthToSpaceParams{
            .input = {.shape = {1, 1, 2, 4}}, .block_size = 2}) == Bytes{0, 1, 4, 5, 2, 3, 6, 7});
  CHECK(moved<octet::SpaceToBatchNd>(SpaceToBatchNdParams{
            .input = {.shape = {4, {1, 2, 2, 1}}}, .block = {1, 2, 2, 1}}) == Bytes{0, 1, 2, 3});
  CHECK(
      moved<octet::SpaceToBatchNd>(SpaceToBatchNdParams{
          .input = {.shape = {3, {1, 3, 2}}}, .block = {1, 2, 1}, .before = {0, 1}, .value = -9}) ==
      Bytes{-9, -9, 2, 3, 0, 1, 4, 5});
  CHECK(moved<octet::BatchToSpaceNd>(BatchToSpaceNdParams{
            .input = {.shape = {3, {2, 2, 2}}}, .block = {1, 2, 1}, .before = {0, 1}}) ==
        Bytes{4, 5, 2, 3, 6, 7});
  CHECK(moved<octet::Reverse>(ReverseParams{.input = {.shape = {2, {2, 3}}},
                                            .reverse = {false, true}}) == Bytes{2, 1, 0, 5, 4, 3});
  CHECK(moved<octet::Tile>(TileParams{.input = {.shape = {2, {2, 2}}}, .multiples = {1, 2}}) ==
        Bytes{0, 1, 0, 1, 2, 3, 2, 3});
  CHECK(moved<octet::BroadcastTo>(
            BroadcastToParams{.input = {.shape = {2, {2, 1}}}, .shape = {3, {2, 2, 2}}}) ==
        Bytes{0, 0, 1, 1, 0, 0, 1, 1});
  CHECK(moved<octet::BroadcastTo>(BroadcastToParams{.shape = {1, {3}}}) == Bytes{0, 0, 0});
  MirrorPadParams mirror{.input = {.shape = {2, {2, 3}}}, .before = {1, 2}, .after = {0, 1}};
  CHECK(moved<octet::MirrorPad>(mirror) ==
        Bytes{5, 4, 3, 4, 5, 4, 2, 1, 0, 1, 2, 1, 5, 4, 3, 4, 5, 4});
  mirror.mirror = Mirror::symmetric;
  CHECK(moved<octet::MirrorPad>(mirror) ==
        Bytes{1, 0, 0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 4, 3, 3, 4, 5, 5});
}

TEST_CASE("permutations that are none are refused") {
  const auto with = [](auto change) {
    TransposeParams params{.input = {.shape = {3, {2, 3, 4}}}, .perm = {2, 0, 1}};
    change(params);
    return octet::Transpose<std::int8_t>::prepare(params);
  };
  REQUIRE(with([](auto&) {}));
  CHECK_REFUSED(with([](auto& p) { p.input.shape.rank = 7; }), invalid_shape, "input.shape.rank");
  CHECK_REFUSED(with([](auto& p) { p.input.shape.extent[1] = 0; }), invalid_shape,
                "input.shape.extent[1]");
  CHECK_REFUSED(with([](auto& p) { p.perm[1] = 3; }), unsupported, "perm[1]");
  CHECK_REFUSED(with([](auto& p) { p.perm[0] = -1; }), unsupported, "perm[0]");
  CHECK_REFUSED(with([](auto& p) { p.perm[2] = 2; }), unsupported, "perm[2]");
}

TEST_CASE("squares that do not fit are refused") {
  const auto to_depth = [](const octet::ShapeNhwc& shape, std::int32_t block) {
    return octet::SpaceToDepth<std::int8_t>::prepare(
        {.input = {.shape = shape}, .block_size = block});
  };
  CHECK(to_depth({1, 4, 6, 3}, 2));
  CHECK_REFUSED(to_depth({1, 0, 6, 3}, 2), invalid_shape, "input.shape.h");
  CHECK_REFUSED(to_depth({1, 4, 6, 3}, 0), invalid_shape, "block_size");
  CHECK_REFUSED(to_depth({1, 5, 6, 3}, 2), invalid_shape, "input.shape.h");
  CHECK_REFUSED(to_depth({1, 4, 7, 3}, 2), invalid_shape, "input.shape.w");
  CHECK_REFUSED(to_depth({1, 1 << 10, 1 << 10, 1 << 11}, 1 << 10), invalid_shape, "output.c");
  const auto to_space = [](const octet::ShapeNhwc& shape, std::int32_t block) {
    return octet::DepthToSpace<std::int8_t>::prepare(
        {.input = {.shape = shape}, .block_size = block});
  };
  CHECK(to_space({1, 4, 6, 8}, 2));
  CHECK_REFUSED(to_space({1, 4, 6, -8}, 2), invalid_shape, "input.shape.c");
  CHECK_REFUSED(to_space({1, 4, 6, 8}, -2), invalid_shape, "block_size");
  CHECK_REFUSED(to_space({1, 4, 6, 6}, 2), invalid_shape, "input.shape.c");
  CHECK_REFUSED(to_space({1, 4, 6, 8}, kHighest), invalid_shape, "input.shape.c");
  CHECK_REFUSED(to_space({1, 1 << 30, 1, 4}, 2), invalid_shape, "output.h");
  CHECK_REFUSED(to_space({1, 1, 1 << 30, 4}, 2), invalid_shape, "output.w");
}

TEST_CASE("blocks that do not fit are refused") {
  const auto to_batch = [](auto change) {
    SpaceToBatchNdParams params{
        .input = {.shape = {3, {2, 3, 4}}}, .block = {1, 2, 1}, .before = {0, 1}, .value = 5};
    change(params);
    return octet::SpaceToBatchNd<std::int8_t>::prepare(params);
  };
  REQUIRE(to_batch([](auto&) {}));
  CHECK_REFUSED(to_batch([](auto& p) { p.input.shape.rank = 0; }), invalid_shape,
                "input.shape.rank");
  CHECK_REFUSED(to_batch([](auto& p) { p.block[0] = 2; }), invalid_shape, "block[0]");
  CHECK_REFUSED(to_batch([](auto& p) { p.block[1] = 0; }), invalid_shape, "block[1]");
  CHECK_REFUSED(to_batch([](auto& p) { p.before[0] = 1; }), invalid_padding, "before[0]");
  CHECK_REFUSED(to_batch([](auto& p) { p.after[1] = -1; }), invalid_padding, "after[1]");
  CHECK_REFUSED(to_batch([](auto& p) { p.after[2] = kHighest; }), invalid_padding, "after[2]");
  CHECK_REFUSED(to_batch([](auto& p) { p.block[1] = 3; }), invalid_shape, "input.shape.extent[1]");
  CHECK_REFUSED(to_batch([](auto& p) { p.block[2] = p.input.shape.extent[2] = 1 << 30; }),
                invalid_shape, "output");
  CHECK_REFUSED(to_batch([](auto& p) { p.value = 128; }), zero_point_out_of_range, "value");
  const auto to_space = [](auto change) {
    BatchToSpaceNdParams params{
        .input = {.shape = {3, {4, 3, 4}}}, .block = {1, 2, 1}, .before = {0, 1}, .after = {0, 4}};
    change(params);
    return octet::BatchToSpaceNd<std::int8_t>::prepare(params);
  };
  REQUIRE(to_space([](auto&) {}));
  CHECK_REFUSED(to_space([](auto& p) { p.input.shape.rank = 0; }), invalid_shape,
                "input.shape.rank");
  CHECK_REFUSED(to_space([](auto& p) { p.block[2] = -1; }), invalid_shape, "block[2]");
  CHECK_REFUSED(to_space([](auto& p) { p.block[2] = 3; }), invalid_shape, "input.shape.extent[0]");
  CHECK_REFUSED(to_space([](auto& p) { p.after[1] = 5; }), invalid_padding, "after[1]");
  CHECK_REFUSED(to_space([](auto& p) { p.before[1] = 6; }), invalid_padding, "before[1]");
  CHECK_REFUSED(to_space([](auto& p) { p.before[0] = 1; }), invalid_padding, "before[0]");
  CHECK_REFUSED(to_space([](auto& p) { p.input.shape.extent[1] = 1 << 30; }), invalid_shape,
                "output");
}

TEST_CASE("repetitions that do not fit are refused") {
  const auto tile = [](const std::int32_t multiple) {
    return octet::Tile<std::int8_t>::prepare(
        {.input = {.shape = {2, {2, 1 << 29}}}, .multiples = {1, multiple}});
  };
  CHECK(tile(3));
  CHECK_REFUSED(tile(0), invalid_shape, "multiples[1]");
  CHECK_REFUSED(tile(4), invalid_shape, "multiples[1]");
  CHECK_REFUSED(octet::Tile<std::int8_t>::prepare(
                    {.input = {.shape = {3, {1, 1 << 30, 1 << 28}}}, .multiples = {8, 1, 4}}),
                invalid_shape, "output");
  const auto broadcast = [](const Shape& from, const Shape& to) {
    return octet::BroadcastTo<std::int8_t>::prepare({.input = {.shape = from}, .shape = to});
  };
  CHECK(broadcast({2, {1, 3}}, {3, {4, 5, 3}}));
  CHECK_REFUSED(broadcast({2, {1, 3}}, {1, {3}}), invalid_shape, "shape.rank");
  CHECK_REFUSED(broadcast({2, {1, 3}}, {.rank = 7}), invalid_shape, "shape.rank");
  CHECK_REFUSED(broadcast({1, {1}}, {2, {3, 0}}), invalid_shape, "shape.extent[1]");
  CHECK_REFUSED(broadcast({2, {2, 3}}, {2, {1, 3}}), size_mismatch, "input.shape.extent[0]");
  CHECK_REFUSED(broadcast({}, {3, {kHighest, kHighest, 2}}), invalid_shape, "shape");
}

TEST_CASE("more mirrored elements than there are are refused") {
  const auto mirror = [](std::int32_t before, std::int32_t after, Mirror mode) {
    return octet::MirrorPad<std::int8_t>::prepare({.input = {.shape = {2, {1, 3}}},
                                                   .before = {0, before},
                                                   .after = {0, after},
                                                   .mirror = mode});
  };
  CHECK(mirror(2, 2, Mirror::reflect));
  CHECK(mirror(3, 3, Mirror::symmetric));
  CHECK_REFUSED(mirror(3, 0, Mirror::reflect), invalid_padding, "before[1]");
  CHECK_REFUSED(mirror(0, 3, Mirror::reflect), invalid_padding, "after[1]");
  CHECK_REFUSED(mirror(0, 4, Mirror::symmetric), invalid_padding, "after[1]");
  CHECK_REFUSED(mirror(-1, 0, Mirror::symmetric), invalid_padding, "before[1]");
  CHECK_REFUSED(
      octet::MirrorPad<std::int8_t>::prepare(
          {.input = {.shape = {1, {1 << 30}}}, .before = {1 << 30}, .mirror = Mirror::symmetric}),
      invalid_padding, "before[0]");
}

TEST_CASE("rearranging refuses bad memory") {
  const auto transpose =
      octet::Transpose<std::int8_t>::prepare({.input = {.shape = {2, {2, 3}}}, .perm = {1, 0}});
  REQUIRE(transpose);
  check_memory_refusals<std::int8_t, std::int8_t>(*transpose, 6, 6, "transpose");
  const auto tile =
      octet::Tile<std::int32_t>::prepare({.input = {.shape = {1, {3}}}, .multiples = {2}});
  REQUIRE(tile);
  check_memory_refusals<std::int32_t, std::int32_t>(*tile, 3, 6, "tile");
}
