// SPDX-License-Identifier: Apache-2.0
// Operations that move the elements of one tensor: pad, strided_slice.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <span>
#include <vector>

#include "octet/pad.hpp"
#include "octet/strided_slice.hpp"
#include "support/lift.hpp"
#include "support/move.hpp"

namespace {

using octet::Pad;
using octet::PadParams;
using octet::Shape;
using octet::SliceSpec;
using octet::StridedSlice;
using octet::StridedSliceParams;

struct PadCase : CaseOf<Pad, PadParams> {
  template <class T>
  static PadParams random_params(Random& random) {
    PadParams params{.input = {.shape = random_shape(random, 0)}};
    const auto x = random.vector<T>(1);
    params.value = static_cast<std::int64_t>(x[0]);
    for (std::int32_t d = 0; d < params.input.shape.rank; ++d) {
      if (random.one_in(2)) continue;
      params.before[d] = random.in(0, 2);
      params.after[d] = random.in(0, 2);
    }
    return params;
  }
  static constexpr auto reference = OCTET_LIFT(octet::reference::pad);
};

struct StridedSliceCase : CaseOf<StridedSlice, StridedSliceParams> {
  template <class T>
  static StridedSliceParams random_params(Random& random) {
    StridedSliceParams params{.input = {.shape = random_shape(random, 0)}};
    for (std::int32_t d = 0; d < params.input.shape.rank; ++d) {
      const std::int32_t last = params.input.shape.extent[d] - 1;
      params.extent[d] = last + 1;
      if (random.one_in(3)) continue;
      params.begin[d] = random.in(0, last);
      params.stride[d] = random.one_in(2) ? 1 : random.one_in(2) ? -1 : random.in(-9, 9) | 1;
      const std::int32_t room = params.stride[d] > 0 ? last - params.begin[d] : params.begin[d];
      params.extent[d] = random.in(1, room / std::abs(params.stride[d]) + 1);
    }
    return params;
  }
  static constexpr auto reference = OCTET_LIFT(octet::reference::strided_slice);
};

// Slices by ranges -------------------------------------------------------------------------------

// The elements of 0, 1, 2, ... that a slice of a tensor of that shape has.
std::vector<std::int32_t> sliced(const Shape& shape, const SliceSpec& spec) {
  const auto slice = octet::resolve_slice(shape, spec);
  INFO(octet::to_string(slice.status()));
  REQUIRE(slice);
  REQUIRE(slice->output.size() == output_shape(slice->params).size());
  std::vector<std::int32_t> x(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::int32_t>(i);
  return run_guarded<std::int32_t>(StridedSlice<std::int32_t>::prepare(slice->params), x,
                                   slice->output.size());
}

std::vector<std::int32_t> extents_of(const Shape& shape, const SliceSpec& spec) {
  const auto slice = octet::resolve_slice(shape, spec);
  INFO(octet::to_string(slice.status()));
  REQUIRE(slice);
  return {slice->output.extent, slice->output.extent + slice->output.rank};
}

using Ints = std::vector<std::int32_t>;

}  // namespace

TEMPLATE_PRODUCT_TEST_CASE("moving one tensor equals the reference", "", std::pair,
                           ((PadCase, std::int8_t), (PadCase, std::uint8_t),
                            (PadCase, std::int16_t), (PadCase, std::int32_t),
                            (PadCase, std::int64_t), (StridedSliceCase, std::int8_t),
                            (StridedSliceCase, std::int16_t), (StridedSliceCase, std::int32_t),
                            (StridedSliceCase, std::uint64_t))) {
  check_against_reference<typename TestType::first_type, typename TestType::second_type>();
}

TEST_CASE("padding by hand") {
  const auto pad = [](const PadParams& params, const Bytes& x) {
    return run_guarded<std::int8_t>(Pad<std::int8_t>::prepare(params), x,
                                    output_shape(params).size());
  };
  CHECK(pad({.input = {.shape = {2, {2, 2}}}, .before = {1, 0}, .after = {0, 1}, .value = 9},
            {1, 2, 3, 4}) == Bytes{9, 9, 9, 1, 2, 9, 3, 4, 9});
  CHECK(pad({.input = {.shape = {0, {}}}, .value = 9}, {5}) == Bytes{5});
  CHECK(pad({.input = {.shape = {1, {2}}}, .before = {1}, .after = {2}, .value = -7}, {1, 2}) ==
        Bytes{-7, 1, 2, -7, -7});
}

TEST_CASE("more rows than a block of the nearest cache") {
  Random random(test_seed());
  CAPTURE(random.seed());
  const Guard guard = random_guard(random);
  for (const std::int32_t before : {0, 1, 70}) {
    const PadParams params{.input = {.shape = {3, {2, 333, 31}}},
                           .before = {0, 1, before},
                           .after = {1, 0, 2},
                           .value = 9};
    const auto x = random.vector<std::int16_t>(params.input.shape.size());
    std::vector<std::int16_t> expected(static_cast<std::size_t>(output_shape(params).size()));
    octet::reference::pad(params, x.data(), expected.data());
    CHECK(run_guarded<std::int16_t>(Pad<std::int16_t>::prepare(params), x,
                                    output_shape(params).size(), guard) == expected);
  }
}

TEST_CASE("slices by ranges and masks are TensorFlow's") {
  const Shape row{1, {5}}, matrix{2, {3, 4}}, cube{3, {2, 3, 4}};
  const std::int32_t minus_one[] = {-1}, zero[] = {0}, one[] = {1}, two[] = {2}, four[] = {4},
                     far[] = {100}, minus_far[] = {-100}, minus_two[] = {-2};
  // x[1:4], x[-4:-1], x[1:100], x[-100:2]
  CHECK(sliced(row, {.begin = one, .end = four, .strides = one}) == Ints{1, 2, 3});
  const std::int32_t minus_four[] = {-4};
  CHECK(sliced(row, {.begin = minus_four, .end = minus_one, .strides = one}) == Ints{1, 2, 3});
  CHECK(sliced(row, {.begin = one, .end = far, .strides = one}) == Ints{1, 2, 3, 4});
  CHECK(sliced(row, {.begin = minus_far, .end = two, .strides = one}) == Ints{0, 1});
  // x[::2], x[::-1], x[-1:0:-2], x[-2::-1], x[:2:-1]
  CHECK(sliced(row, {.begin = far, .end = zero, .strides = two, .begin_mask = 1, .end_mask = 1}) ==
        Ints{0, 2, 4});
  CHECK(sliced(row,
               {.begin = zero, .end = far, .strides = minus_one, .begin_mask = 1, .end_mask = 1}) ==
        Ints{4, 3, 2, 1, 0});
  CHECK(sliced(row, {.begin = minus_one, .end = zero, .strides = minus_two}) == Ints{4, 2});
  CHECK(sliced(row, {.begin = minus_two, .end = zero, .strides = minus_one, .end_mask = 1}) ==
        Ints{3, 2, 1, 0});
  CHECK(sliced(row, {.begin = zero, .end = two, .strides = minus_one, .begin_mask = 1}) ==
        Ints{4, 3});
  // x[100::-1] starts at the last one, x[:-100:-1] ends with the first one.
  CHECK(sliced(row, {.begin = far, .end = zero, .strides = minus_one, .end_mask = 1}) ==
        Ints{4, 3, 2, 1, 0});
  CHECK(sliced(row, {.begin = one, .end = minus_far, .strides = minus_one}) == Ints{1, 0});
  // m[1], m[-1] as rows and m[..., 1], m[:, newaxis, 1:3]
  const SliceSpec second{.begin = one, .end = two, .strides = one, .shrink_axis_mask = 1};
  CHECK(sliced(matrix, second) == Ints{4, 5, 6, 7});
  CHECK(extents_of(matrix, second) == Ints{4});
  const SliceSpec last{.begin = minus_one, .end = zero, .strides = one, .shrink_axis_mask = 1};
  CHECK(sliced(matrix, last) == Ints{8, 9, 10, 11});
  const SliceSpec first{
      .begin = one, .end = two, .strides = one, .begin_mask = 1, .shrink_axis_mask = 1};
  CHECK(sliced(matrix, first) == Ints{0, 1, 2, 3});
  const std::int32_t begin2[] = {0, 1}, end2[] = {0, 2}, ones[] = {1, 1, 1};
  const SliceSpec column{.begin = begin2,
                         .end = end2,
                         .strides = std::span(ones).first(2),
                         .ellipsis_mask = 1,
                         .shrink_axis_mask = 2};
  CHECK(sliced(matrix, column) == Ints{1, 5, 9});
  CHECK(extents_of(matrix, column) == Ints{3});
  CHECK(sliced(cube, column) == Ints{1, 5, 9, 13, 17, 21});
  CHECK(extents_of(cube, column) == Ints{2, 3});
  const std::int32_t begin3[] = {0, 0, 1}, end3[] = {0, 0, 3};
  const SliceSpec added{.begin = begin3,
                        .end = end3,
                        .strides = ones,
                        .begin_mask = 1,
                        .end_mask = 1,
                        .new_axis_mask = 2};
  CHECK(sliced(matrix, added) == Ints{1, 2, 5, 6, 9, 10});
  CHECK(extents_of(matrix, added) == Ints{3, 1, 2});
  // An ellipsis that stands for nothing, and dimensions behind the last entry.
  const std::int32_t begin4[] = {1, 0, 1}, end4[] = {2, 0, 2};
  const SliceSpec empty{.begin = begin4, .end = end4, .strides = ones, .ellipsis_mask = 2};
  CHECK(sliced(matrix, empty) == Ints{5});
  CHECK(sliced(cube, second) == Ints{12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23});
  CHECK(extents_of(cube, second) == Ints{3, 4});
}

TEST_CASE("slices by ranges that are none are refused") {
  const Shape matrix{2, {3, 4}};
  const std::int32_t begin[] = {0, 0, 0}, end[] = {1, 1, 1}, ones[] = {1, 1, 1},
                     steps[] = {1, 0, 1}, back[] = {1, -1, 1}, behind[] = {0, 4, 0};
  const auto first2 = [](const std::int32_t(&values)[3]) { return std::span(values).first(2); };
  const SliceSpec good{.begin = first2(begin), .end = first2(end), .strides = first2(ones)};
  const auto with = [&](auto change) {
    SliceSpec spec = good;
    change(spec);
    return octet::resolve_slice(matrix, spec);
  };
  CHECK(octet::resolve_slice(matrix, good));
  CHECK_REFUSED(octet::resolve_slice({.rank = 7}, good), invalid_shape, "input.rank");
  CHECK_REFUSED(with([&](auto& s) { s.end = end; }), size_mismatch, "end");
  CHECK_REFUSED(with([&](auto& s) { s.strides = ones; }), size_mismatch, "strides");
  CHECK_REFUSED(with([&](auto& s) { s.begin = begin, s.end = end, s.strides = ones; }),
                size_mismatch, "begin");
  CHECK_REFUSED(with([&](auto& s) { s.strides = first2(steps); }), invalid_stride, "strides");
  CHECK_REFUSED(with([&](auto& s) { s.ellipsis_mask = 3; }), unsupported, "ellipsis_mask");
  CHECK_REFUSED(with([&](auto& s) { s.end = first2(begin); }), empty_slice, "end");
  CHECK_REFUSED(with([&](auto& s) { s.strides = first2(back); }), empty_slice, "end");
  CHECK_REFUSED(with([&](auto& s) { s.begin = first2(behind), s.shrink_axis_mask = 2; }),
                invalid_shape, "begin");
  CHECK_REFUSED(with([&](auto& s) { s.strides = first2(back), s.shrink_axis_mask = 2; }),
                invalid_stride, "strides");
  const std::int32_t many[7] = {}, steps7[7] = {1, 1, 1, 1, 1, 1, 1};
  CHECK_REFUSED(octet::resolve_slice(
                    matrix, {.begin = many, .end = many, .strides = steps7, .new_axis_mask = 127}),
                unsupported, "new_axis_mask");
}

TEST_CASE("padding refuses bad parameters") {
  const auto with = [](auto change) {
    PadParams params{
        .input = {.shape = {2, {3, 4}}}, .before = {1, 1}, .after = {1, 1}, .value = 5};
    change(params);
    return Pad<std::int8_t>::prepare(params);
  };
  REQUIRE(with([](auto&) {}));
  const auto with_shape = [&](const Shape& shape) {
    return with([&](auto& p) { p.input.shape = shape; });
  };
  CHECK_REFUSED(with_shape({.rank = -1}), invalid_shape, "input.shape.rank");
  CHECK_REFUSED(with_shape({.rank = 7}), invalid_shape, "input.shape.rank");
  CHECK_REFUSED(with_shape({2, {0, 4}}), invalid_shape, "input.shape.extent[0]");
  CHECK_REFUSED(with_shape({2, {3, -4}}), invalid_shape, "input.shape.extent[1]");
  CHECK_REFUSED(with_shape({4, {1 << 30, 1 << 30, 1 << 30, 1 << 30}}), invalid_shape,
                "input.shape");
  CHECK_REFUSED(with([](auto& p) { p.before[0] = -1; }), invalid_padding, "before[0]");
  CHECK_REFUSED(with([](auto& p) { p.after[1] = -1; }), invalid_padding, "after[1]");
  CHECK_REFUSED(with([](auto& p) { p.before[0] = kHighest; }), invalid_padding, "before[0]");
  CHECK_REFUSED(with([](auto& p) { p.after[0] = kHighest - 3; }), invalid_padding, "after[0]");
  CHECK_REFUSED(with([](auto& p) {
                  p.before[0] = p.before[1] = 0x70000000;
                  p.input.shape = {3, {3, 4, 1 << 20}};
                }),
                invalid_shape, "output");
  CHECK_REFUSED(with([](auto& p) { p.value = 128; }), zero_point_out_of_range, "value");
  CHECK_REFUSED(with([](auto& p) { p.value = -129; }), zero_point_out_of_range, "value");
}

TEST_CASE("slicing refuses bad parameters") {
  const auto with = [](auto change) {
    StridedSliceParams params{.input = {.shape = {2, {3, 4}}}, .begin = {0, 1}, .extent = {3, 2}};
    change(params);
    return StridedSlice<std::int8_t>::prepare(params);
  };
  REQUIRE(with([](auto&) {}));
  CHECK_REFUSED(with([](auto& p) { p.input.shape.rank = 9; }), invalid_shape, "input.shape.rank");
  CHECK_REFUSED(with([](auto& p) { p.begin[0] = -1; }), invalid_shape, "begin[0]");
  CHECK_REFUSED(with([](auto& p) { p.begin[1] = 4; }), invalid_shape, "begin[1]");
  CHECK_REFUSED(with([](auto& p) { p.extent[0] = 0; }), invalid_shape, "extent[0]");
  CHECK_REFUSED(with([](auto& p) { p.extent[1] = 4; }), invalid_shape, "extent[1]");
  CHECK_REFUSED(with([](auto& p) { p.stride[1] = 0; }), invalid_stride, "stride[1]");
  CHECK(with([](auto& p) { p.stride[1] = 2; }));
  CHECK_REFUSED(with([](auto& p) { p.stride[1] = 3; }), invalid_shape, "extent[1]");
  CHECK(with([](auto& p) { p.stride[1] = -1; }));
  CHECK_REFUSED(with([](auto& p) { p.stride[1] = -2; }), invalid_shape, "extent[1]");
  CHECK_REFUSED(with([](auto& p) { p.stride[0] = std::numeric_limits<std::int32_t>::min(); }),
                invalid_shape, "extent[0]");
}

TEST_CASE("moving refuses bad memory") {
  const auto pad = Pad<std::int8_t>::prepare({.input = {.shape = {1, {4}}}, .before = {2}});
  REQUIRE(pad);
  check_memory_refusals<std::int8_t, std::int8_t>(*pad, 4, 6, "pad");
  const auto slice = StridedSlice<std::int16_t>::prepare(
      {.input = {.shape = {1, {4}}}, .begin = {3}, .extent = {4}, .stride = {-1}});
  REQUIRE(slice);
  check_memory_refusals<std::int16_t, std::int16_t>(*slice, 4, 4, "strided_slice");
}

TEST_CASE("shapes near the limits are accepted or refused, never miscomputed") {
  for (const std::int32_t extent : {1, 2, kHighest - 1, kHighest}) {
    for (const std::int32_t other : {1, 1 << 30, kHighest}) {
      const Shape shape{2, {extent, other}};
      const PadParams pad{.input = {.shape = shape}, .before = {other, 1}, .after = {extent, 1}};
      CHECK(output_shape(pad).extent[0] > 0);
      const bool fits = std::int64_t{extent} + other + extent <= kHighest && other <= kHighest - 2;
      CHECK(static_cast<bool>(Pad<std::int8_t>::prepare(pad)) ==
            (fits && output_shape(pad).size() <= PTRDIFF_MAX / 8));
    }
  }
  constexpr std::int32_t kSide = sizeof(void*) > 4 ? 1 << 20 : 1 << 13;
  const std::int32_t all[] = {kLowest, -1, 0, 1, 2, 1 << 30, kHighest};
  for (const std::int32_t extent : all) {
    for (const std::int32_t begin : all) {
      for (const std::int32_t stride : all) {
        for (const std::int32_t count : all) {
          StridedSliceParams slice{.input = {.shape = {1, {extent}}},
                                   .begin = {begin},
                                   .extent = {count, kSide, kSide},
                                   .stride = {stride, 1, 1}};
          CHECK(output_shape(slice).extent[0] == count);
          const std::int64_t last = begin + (std::int64_t{count} - 1) * stride;
          const bool inside = count > 0 && begin >= 0 && begin < extent && last >= 0 &&
                              last < extent && stride != 0;
          CHECK(static_cast<bool>(StridedSlice<std::int8_t>::prepare(slice)) ==
                (inside && std::int64_t{extent} <= PTRDIFF_MAX / 8));
          // The same of rows of which two fit, and not 2^30.
          slice.input.shape = {3, {extent, kSide, kSide}};
          CHECK(static_cast<bool>(StridedSlice<std::int8_t>::prepare(slice)) ==
                (inside && extent <= 2));
        }
      }
    }
  }
}
