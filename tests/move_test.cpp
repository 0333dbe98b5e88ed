// SPDX-License-Identifier: Apache-2.0
// Operations that move elements: pad, strided_slice, concat, split.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <limits>
#include <span>
#include <vector>

#include "octet/concat.hpp"
#include "octet/pad.hpp"
#include "octet/split.hpp"
#include "octet/strided_slice.hpp"
#include "support/move.hpp"

namespace {

using octet::Concat;
using octet::ConcatParams;
using octet::Operand;
using octet::Pad;
using octet::PadParams;
using octet::Shape;
using octet::SliceSpec;
using octet::Split;
using octet::SplitParams;
using octet::StridedSlice;
using octet::StridedSliceParams;

using Bytes = std::vector<std::int8_t>;

constexpr std::int32_t kHighest = std::numeric_limits<std::int32_t>::max();

// Operations of one input ------------------------------------------------------------------------

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
  template <class T>
  static void reference(const PadParams& params, const T* x, T* y) {
    octet::reference::pad(params, x, y);
  }
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
  template <class T>
  static void reference(const StridedSliceParams& params, const T* x, T* y) {
    octet::reference::strided_slice(params, x, y);
  }
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

// Many inputs or outputs -------------------------------------------------------------------------

// Tensors that make one of random shape along `axis`.
struct RandomParts {
  std::int32_t axis;
  Shape whole;
  std::vector<std::int32_t> sizes;
  std::vector<Operand> operands;

  explicit RandomParts(Random& random) : axis(0), whole(random_shape(random, 1)) {
    axis = random.in(0, whole.rank - 1);
    whole.extent[axis] = 0;
    for (std::int32_t count = random.in(1, octet::kMaxOperands); count > 0; --count) {
      Operand operand{.shape = whole};
      operand.shape.extent[axis] = random.in(1, 5);
      whole.extent[axis] += operand.shape.extent[axis];
      sizes.push_back(operand.shape.extent[axis]);
      operands.push_back(operand);
    }
    for (Operand& operand : operands) {
      for (std::int32_t d = 0; d < whole.rank; ++d) {
        if (d != axis) operand.shape.extent[d] = whole.extent[d];
      }
    }
  }
};

// A buffer for each of the parts.
template <class T>
struct PartBuffers {
  std::deque<GuardedBuffer<T>> buffers;
  std::vector<std::span<T>> spans;
  std::vector<T*> pointers;

  PartBuffers(const std::vector<Operand>& operands, Guard guard) {
    for (const Operand& operand : operands) {
      buffers.emplace_back(operand.shape.size(), guard);
      spans.push_back(buffers.back().span());
      pointers.push_back(spans.back().data());
    }
  }

  std::vector<std::span<const T>> const_spans() const { return {spans.begin(), spans.end()}; }
};

}  // namespace

TEMPLATE_PRODUCT_TEST_CASE("moving one tensor equals the reference", "", std::pair,
                           ((PadCase, std::int8_t), (PadCase, std::uint8_t),
                            (PadCase, std::int16_t), (PadCase, std::int32_t),
                            (PadCase, std::int64_t), (StridedSliceCase, std::int8_t),
                            (StridedSliceCase, std::int16_t), (StridedSliceCase, std::int32_t),
                            (StridedSliceCase, std::uint64_t))) {
  check_against_reference<typename TestType::first_type, typename TestType::second_type>();
}

TEMPLATE_TEST_CASE("joining tensors and cutting them equal the references", "", std::int8_t,
                   std::int16_t, std::int32_t, std::uint64_t) {
  Random random(test_seed());
  CAPTURE(random.seed());
  static_assert(sizeof(void*) > 8 || sizeof(typename Concat<TestType>::Bound) <= 160);
  static_assert(sizeof(void*) > 8 || sizeof(typename Split<TestType>::Bound) <= 160);
  for (std::int64_t i = test_iterations(200); i > 0; --i) {
    const RandomParts parts(random);
    const Guard guard = random_guard(random);
    CAPTURE(parts.axis, parts.whole.rank, parts.sizes.size());
    const auto content = random.vector<TestType>(parts.whole.size());
    GuardedBuffer<TestType> whole(content, guard), joined(parts.whole.size(), guard);
    PartBuffers<TestType> buffers(parts.operands, guard), expected(parts.operands, guard);

    const SplitParams params{
        .input = {.shape = parts.whole}, .axis = parts.axis, .sizes = parts.sizes};
    octet::reference::split(params, content.data(), expected.pointers.data());
    const auto split = Split<TestType>::prepare(params);
    REQUIRE(split);
    const auto cut = split->bind(whole.span(), buffers.spans);
    REQUIRE(cut);
    cut->run();
    for (std::size_t k = 0; k < parts.sizes.size(); ++k) {
      CAPTURE(k);
      CHECK(output_shape(params, k).size() == parts.operands[k].shape.size());
      REQUIRE(std::ranges::equal(buffers.spans[k], expected.spans[k]));
    }

    const ConcatParams back{.inputs = parts.operands, .axis = parts.axis};
    const auto concat = Concat<TestType>::prepare(back);
    REQUIRE(concat);
    CHECK(output_shape(back).size() == parts.whole.size());
    const auto bound = concat->bind(buffers.const_spans(), joined.span());
    REQUIRE(bound);
    bound->run();
    REQUIRE(std::ranges::equal(joined.span(), content));
    std::vector<TestType> again(content.size());
    const std::vector<const TestType*> pointers(buffers.pointers.begin(), buffers.pointers.end());
    octet::reference::concat(back, pointers.data(), again.data());
    REQUIRE(again == content);
  }
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
  const Operand operands[] = {
      {.shape = {2, {333, 7}}}, {.shape = {2, {333, 1}}}, {.shape = {2, {333, 200}}}};
  const ConcatParams params{.inputs = operands, .axis = 1};
  const std::int32_t sizes[] = {7, 1, 200};
  const auto x = random.vector<std::int16_t>(output_shape(params).size());
  GuardedBuffer<std::int16_t> whole(x, guard), joined(output_shape(params).size(), guard);
  PartBuffers<std::int16_t> parts({std::begin(operands), std::end(operands)}, guard);
  const auto split = Split<std::int16_t>::prepare(
      {.input = {.shape = output_shape(params)}, .axis = 1, .sizes = sizes});
  const auto cut = split->bind(whole.span(), parts.spans);
  REQUIRE(cut);
  cut->run();
  const auto concat = Concat<std::int16_t>::prepare(params);
  const auto bound = concat->bind(parts.const_spans(), joined.span());
  REQUIRE(bound);
  bound->run();
  CHECK(std::ranges::equal(joined.span(), x));
  std::vector<std::int16_t> again(x.size());
  const std::vector<const std::int16_t*> pointers(parts.pointers.begin(), parts.pointers.end());
  octet::reference::concat(params, pointers.data(), again.data());
  CHECK(again == x);
}

TEST_CASE("joining by hand") {
  const Operand operands[] = {{.shape = {2, {2, 1}}}, {.shape = {2, {2, 2}}}};
  const auto concat = Concat<std::int8_t>::prepare({.inputs = operands, .axis = 1});
  REQUIRE(concat);
  const Bytes a{1, 2}, b{3, 4, 5, 6};
  Bytes y(6);
  const std::span<const std::int8_t> inputs[] = {a, b}, swapped[] = {b, a};
  auto bound = concat->bind(inputs, y);
  REQUIRE(bound);
  bound->run();
  CHECK(y == Bytes{1, 3, 4, 2, 5, 6});
  const Bytes c{7, 8, 9, 10};
  const std::span<const std::int8_t> others[] = {a, c};
  REQUIRE(bound->rebind(others, y).ok());
  bound->run();
  CHECK(y == Bytes{1, 7, 8, 2, 9, 10});
  CHECK(bound->rebind(swapped, y).code == octet::StatusCode::buffer_too_small);
  // One tensor may be there twice.
  const Operand twice[] = {{.shape = {1, {2}}}, {.shape = {1, {2}}}};
  const auto doubled = Concat<std::int8_t>::prepare({.inputs = twice});
  const std::span<const std::int8_t> same[] = {a, a};
  Bytes z(4);
  const auto both = doubled->bind(same, z);
  REQUIRE(both);
  both->run();
  CHECK(z == Bytes{1, 2, 1, 2});
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

TEST_CASE("joining refuses bad parameters") {
  const auto with = [](auto change) {
    std::vector<Operand> operands(3, Operand{.shape = {3, {2, 3, 4}}});
    std::int32_t axis = 1;
    change(operands, axis);
    return Concat<std::int8_t>::prepare({.inputs = operands, .axis = axis});
  };
  REQUIRE(with([](auto&, auto&) {}));
  CHECK_REFUSED(with([](auto& o, auto&) { o.clear(); }), count_out_of_range, "inputs");
  CHECK(with([](auto& o, auto&) { o.resize(16, o[0]); }));
  CHECK_REFUSED(with([](auto& o, auto&) { o.resize(17, o[0]); }), count_out_of_range, "inputs");
  // Volatile, or g++ warns of the constant.
  const volatile std::int32_t before_first = -1;
  CHECK_REFUSED(with([&](auto&, auto& axis) { axis = before_first; }), unsupported, "axis");
  CHECK_REFUSED(with([](auto&, auto& axis) { axis = 3; }), unsupported, "axis");
  for (const std::int32_t rank : {0, std::numeric_limits<std::int32_t>::min()}) {
    CHECK_REFUSED(with([&](auto& o, auto&) { o[0].shape.rank = rank; }), invalid_shape,
                  "inputs.shape.rank");
  }
  CHECK_REFUSED(with([](auto& o, auto&) { o[2].shape.rank = 2; }), size_mismatch,
                "inputs.shape.rank");
  CHECK_REFUSED(with([](auto& o, auto&) { o[2].shape.extent[1] = 0; }), invalid_shape,
                "inputs.shape.extent[1]");
  CHECK_REFUSED(with([](auto& o, auto&) { o[1].shape.extent[2] = 5; }), size_mismatch,
                "inputs.shape.extent[2]");
  CHECK_REFUSED(with([](auto& o, auto&) { o[1].zero_point = 5; }), unsupported,
                "inputs.zero_point");
  // Inputs that fit, unlike what they are joined to.
  constexpr std::int32_t kMany = sizeof(void*) > 4 ? 1 << 30 : 1 << 14;
  constexpr std::int32_t kLong = sizeof(void*) > 4 ? 1 << 30 : 1 << 24;
  CHECK_REFUSED(with([](auto& o, auto&) { o[0].shape.extent[1] = o[1].shape.extent[1] = kLong; }),
                invalid_shape, "output");
  CHECK_REFUSED(with([](auto& o, auto&) {
                  for (Operand& operand : o) operand.shape = {3, {kMany, kMany / 2, 1}};
                }),
                invalid_shape, "output");
}

TEST_CASE("cutting refuses bad parameters") {
  const auto with = [](auto change) {
    std::vector<std::int32_t> sizes{1, 2, 3};
    SplitParams params{.input = {.shape = {2, {2, 6}}}, .axis = 1};
    change(params, sizes);
    params.sizes = sizes;
    return Split<std::int8_t>::prepare(params);
  };
  REQUIRE(with([](auto&, auto&) {}));
  CHECK_REFUSED(with([](auto& p, auto&) { p.input.shape.rank = 0; }), invalid_shape,
                "input.shape.rank");
  CHECK_REFUSED(with([](auto& p, auto&) { p.axis = 2; }), unsupported, "axis");
  CHECK_REFUSED(with([](auto& p, auto&) { p.axis = -1; }), unsupported, "axis");
  CHECK_REFUSED(with([](auto&, auto& sizes) { sizes.clear(); }), count_out_of_range, "sizes");
  CHECK_REFUSED(with([](auto&, auto& sizes) { sizes.assign(17, 1); }), count_out_of_range, "sizes");
  CHECK_REFUSED(with([](auto&, auto& sizes) { sizes[0] = 0; }), invalid_shape, "sizes");
  CHECK_REFUSED(with([](auto&, auto& sizes) { sizes[0] = 2; }), size_mismatch, "sizes");
  CHECK_REFUSED(with([](auto&, auto& sizes) { sizes.assign(3, kHighest); }), size_mismatch,
                "sizes");
}

TEST_CASE("moving refuses bad memory") {
  const auto pad = Pad<std::int8_t>::prepare({.input = {.shape = {1, {4}}}, .before = {2}});
  REQUIRE(pad);
  check_memory_refusals<std::int8_t, std::int8_t>(*pad, 4, 6, "pad");
  const auto slice = StridedSlice<std::int16_t>::prepare(
      {.input = {.shape = {1, {4}}}, .begin = {3}, .extent = {4}, .stride = {-1}});
  REQUIRE(slice);
  check_memory_refusals<std::int16_t, std::int16_t>(*slice, 4, 4, "strided_slice");

  const Operand operands[] = {{.shape = {1, {2}}}, {.shape = {1, {3}}}};
  const std::int32_t sizes[] = {2, 3};
  const auto concat = Concat<std::int8_t>::prepare({.inputs = operands});
  const auto split = Split<std::int8_t>::prepare({.input = {.shape = {1, {5}}}, .sizes = sizes});
  REQUIRE(concat);
  REQUIRE(split);
  Bytes whole(5), a(2), b(3);
  const std::span<std::int8_t> none, w(whole);
  const auto joined = [&](const Concat<std::int8_t>& operation, std::span<const std::int8_t> x1,
                          std::span<const std::int8_t> x2, std::span<std::int8_t> y) {
    const std::span<const std::int8_t> inputs[] = {x1, x2};
    return operation.bind(inputs, y);
  };
  CHECK(joined(*concat, a, b, w));
  CHECK_REFUSED(joined(*concat, none, b, w), null_pointer, "inputs");
  CHECK_REFUSED(joined(*concat, a, a, w), buffer_too_small, "inputs");
  CHECK_REFUSED(joined(*concat, a, b, w.first(4)), buffer_too_small, "output");
  CHECK_REFUSED(joined(*concat, a, w.last(3), w), overlap, "output");
  CHECK_REFUSED(joined({}, a, b, w), not_prepared, "concat");
  const std::span<const std::int8_t> both[] = {a, b};
  CHECK(Concat<std::int8_t>::Bound().rebind(both, w).code == octet::StatusCode::not_prepared);
  const std::span<const std::int8_t> one[] = {a};
  CHECK_REFUSED(concat->bind(one, w), size_mismatch, "inputs");
  const auto cut = [&](const Split<std::int8_t>& operation, std::span<const std::int8_t> x,
                       std::span<std::int8_t> y1, std::span<std::int8_t> y2) {
    const std::span<std::int8_t> outputs[] = {y1, y2};
    return operation.bind(x, outputs);
  };
  CHECK(cut(*split, w, a, b));
  CHECK_REFUSED(cut(*split, w, none, b), null_pointer, "outputs");
  CHECK_REFUSED(cut(*split, w, a, a), buffer_too_small, "outputs");
  CHECK_REFUSED(cut(*split, w.first(4), a, b), buffer_too_small, "input");
  CHECK_REFUSED(cut(*split, w, w.first(2), b), overlap, "outputs");
  CHECK_REFUSED(cut(*split, w, std::span(b).first(2), b), overlap, "outputs");
  CHECK_REFUSED(cut({}, w, a, b), not_prepared, "split");
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
      const Operand operands[] = {{.shape = shape}, {.shape = shape}};
      const ConcatParams concat{.inputs = operands};
      CHECK(output_shape(concat).extent[0] == (extent <= 2 ? 2 * extent : kHighest));
      CHECK(static_cast<bool>(Concat<std::int8_t>::prepare(concat)) ==
            (extent <= 2 && output_shape(concat).size() <= PTRDIFF_MAX / 8));
    }
  }
  CHECK(output_shape(ConcatParams{}).rank == 0);

  constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
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
