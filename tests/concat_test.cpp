// SPDX-License-Identifier: Apache-2.0
// Tensors joined to one, and one cut into many: concat, split.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "octet/concat.hpp"
#include "octet/split.hpp"
#include "support/move.hpp"

namespace {

using octet::Concat;
using octet::ConcatParams;
using octet::Operand;
using octet::Shape;
using octet::Split;
using octet::SplitParams;

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

TEST_CASE("more rows than a block of the nearest cache are joined and cut") {
  Random random(test_seed());
  CAPTURE(random.seed());
  const Guard guard = random_guard(random);
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
                  "inputs[0].shape.rank");
  }
  CHECK_REFUSED(with([](auto& o, auto&) { o[2].shape.rank = 2; }), size_mismatch,
                "inputs[2].shape.rank");
  CHECK_REFUSED(with([](auto& o, auto&) { o[2].shape.extent[1] = 0; }), invalid_shape,
                "inputs[2].shape.extent[1]");
  CHECK_REFUSED(with([](auto& o, auto&) { o[1].shape.extent[2] = 5; }), size_mismatch,
                "inputs[1].shape.extent[2]");
  CHECK_REFUSED(with([](auto& o, auto&) { o[1].zero_point = 5; }), unsupported,
                "inputs[1].zero_point");
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
  CHECK_REFUSED(with([](auto&, auto& sizes) { sizes[1] = 0; }), invalid_shape, "sizes[1]");
  CHECK_REFUSED(with([](auto&, auto& sizes) { sizes[0] = 2; }), size_mismatch, "sizes");
  CHECK_REFUSED(with([](auto&, auto& sizes) { sizes.assign(3, kHighest); }), size_mismatch,
                "sizes");
}

TEST_CASE("joining and cutting refuse bad memory") {
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
  CHECK_REFUSED(joined(*concat, none, b, w), null_pointer, "inputs[0]");
  CHECK_REFUSED(joined(*concat, a, a, w), buffer_too_small, "inputs[1]");
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
  CHECK_REFUSED(cut(*split, w, none, b), null_pointer, "outputs[0]");
  CHECK_REFUSED(cut(*split, w, a, a), buffer_too_small, "outputs[1]");
  CHECK_REFUSED(cut(*split, w.first(4), a, b), buffer_too_small, "input");
  CHECK_REFUSED(cut(*split, w, w.first(2), b), overlap, "outputs[0]");
  CHECK_REFUSED(cut(*split, w, std::span(b).first(2), b), overlap, "outputs[1]");
  CHECK_REFUSED(cut({}, w, a, b), not_prepared, "split");
}

TEST_CASE("joined shapes near the limits are accepted or refused, never miscomputed") {
  for (const std::int32_t extent : {1, 2, kHighest - 1, kHighest}) {
    for (const std::int32_t other : {1, 1 << 30, kHighest}) {
      const Shape shape{2, {extent, other}};
      const Operand operands[] = {{.shape = shape}, {.shape = shape}};
      const ConcatParams concat{.inputs = operands};
      CHECK(output_shape(concat).extent[0] == (extent <= 2 ? 2 * extent : kHighest));
      CHECK(static_cast<bool>(Concat<std::int8_t>::prepare(concat)) ==
            (extent <= 2 && output_shape(concat).size() <= PTRDIFF_MAX / 8));
    }
  }
  CHECK(output_shape(ConcatParams{}).rank == 0);
}
