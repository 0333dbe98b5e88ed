// SPDX-License-Identifier: Apache-2.0
// Products of two computed matrices equal the reference on every backend, in guarded memory of
// exactly the sizes that they ask for.
#include "octet/batch_matmul.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "octet/hosted/aligned_buffer.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/random.hpp"
#include "support/refusal.hpp"
#include "support/roundings.hpp"
#include "support/values.hpp"

namespace {

using octet::BatchMatmul;
using octet::BatchMatmulParams;
using octet::Shape;

// A matrix in the last two dimensions of `batches`, or its transpose.
Shape shape_of(Shape batches, std::int32_t rows, std::int32_t columns, bool transposed) {
  batches.extent[batches.rank++] = transposed ? columns : rows;
  batches.extent[batches.rank++] = transposed ? rows : columns;
  return batches;
}

template <class T>
BatchMatmulParams random_params(Random& random, std::int32_t rows, std::int32_t depth,
                                std::int32_t columns) {
  BatchMatmulParams p{.transposed1 = random.one_in(2), .transposed2 = random.one_in(2)};
  Shape batches1{random.in(0, 3), {}}, batches2{random.in(0, 3), {}};
  std::int32_t extents[3];
  for (std::int32_t& extent : extents) extent = random.in(1, 3);
  for (Shape* batches : {&batches1, &batches2}) {
    for (std::int32_t d = 0; d < batches->rank; ++d) {
      batches->extent[d] = random.one_in(3) ? 1 : extents[3 - batches->rank + d];
    }
  }
  p.input1.shape = shape_of(batches1, rows, depth, p.transposed1);
  p.input2.shape = shape_of(batches2, depth, columns, p.transposed2);
  const bool bytes = sizeof(T) == 1;
  if (bytes) {
    p.input1.zero_point = random_zero_point<T>(random);
    p.input2.zero_point = random.one_in(3) ? 0 : random_zero_point<T>(random);
  }
  p.output = {.zero_point = bytes ? random_zero_point<T>(random) : 0,
              .rescale = {random.in(1 << 30, std::numeric_limits<std::int32_t>::max()),
                          random.in(bytes ? -14 : -24, bytes ? 0 : -4)},
              .rounding = random_rounding(random)};
  if (random.one_in(3)) p.output.max = random.in(0, std::numeric_limits<T>::max());
  return p;
}

template <class T>
void check(Random& random, const BatchMatmulParams& p) {
  using Operation = BatchMatmul<T>;
  const std::int64_t outputs = octet::output_shape(p).size();
  const std::vector<T> x1 = random_values<T>(random, p.input1.shape.size());
  const std::vector<T> x2 = random_values<T>(random, p.input2.shape.size());
  std::vector<T> expected(static_cast<std::size_t>(outputs));
  octet::reference::batch_matmul(p, x1.data(), x2.data(), expected.data());
  const Guard guard = random.one_in(2) ? Guard::after : Guard::before;
  CAPTURE(p.rows(), p.depth(), p.columns(), p.transposed1, p.transposed2);
  for_each_backend([&](const octet::Backend& backend) {
    const auto operation = Operation::prepare(p, backend);
    INFO(octet::to_string(operation.status()));
    REQUIRE(operation);
    REQUIRE(operation->scratch_bytes() == Operation::scratch_bytes(p, backend));
    REQUIRE(operation->scratch_bytes() <= Operation::max_scratch_bytes(p));
    GuardedBuffer<T> input1(x1, guard), input2(x2, guard), output(outputs, guard);
    GuardedBuffer<std::byte> scratch(static_cast<std::int64_t>(operation->scratch_bytes()), guard);
    auto bound = operation->bind(input1.span(), input2.span(), output.span(), scratch.span());
    INFO(octet::to_string(bound.status()));
    REQUIRE(bound);
    bound->run();
    REQUIRE(difference<T>(output.span(), expected) == "");
    REQUIRE(bound->rebind(input1.span(), input2.span(), output.span(), scratch.span()).ok());
    bound->run();
    REQUIRE(difference<T>(output.span(), expected) == "");
  });
}

template <class T>
void check_random() {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(200); i > 0; --i) {
    const auto extent = [&] { return random.in(1, random.one_in(6) ? 70 : 12); };
    const std::int32_t rows = extent(), depth = extent(), columns = extent();
    check<T>(random, random_params<T>(random, rows, depth, columns));
  }
}

}  // namespace

TEST_CASE("batch_matmul equals the reference") {
  check_random<std::int8_t>();
  check_random<std::int16_t>();
}

TEST_CASE("batch_matmul is exact with every operand at an end of its type, and deep") {
  Random random(test_seed());
  auto p = random_params<std::int8_t>(random, 3, 20000, 5);
  p.output.rescale.shift = -20;
  check<std::int8_t>(random, p);
  check<std::int16_t>(random, random_params<std::int16_t>(random, 2, 20000, 3));
}

// Shapes of what is refused are computed without looking beyond theirs.
static_assert(octet::output_shape(octet::BatchMatmulParams{}).size() == 0);
static_assert(octet::output_shape(octet::BatchMatmulParams{.input1 = {{7, {1, 1, 1, 1, 1, 1}}},
                                                           .input2 = {{2, {1, 1}}}})
                  .rank == -1);
static_assert(octet::output_shape(octet::BatchMatmulParams{.input1 = {{3, {2, 1, 1}}},
                                                           .input2 = {{3, {3, 1, 1}}}})
                  .rank == -1);

TEST_CASE("batch_matmul names the argument that it refuses") {
  using enum octet::StatusCode;
  const BatchMatmulParams valid{.input1 = {{3, {2, 3, 4}}, 1, {}},
                                .input2 = {{3, {1, 4, 5}}, 2, {}},
                                .output = {.rescale = {1 << 30, -8}}};
  const auto prepare = [](const BatchMatmulParams& p) {
    return BatchMatmul<std::int8_t>::prepare(p);
  };
  check_refused<BatchMatmulParams>(
      valid, prepare,
      {{invalid_shape, "input1.shape.rank", [](auto& p) { p.input1.shape.rank = 1; }},
       {invalid_shape, "input2.shape.rank", [](auto& p) { p.input2.shape.rank = 7; }},
       {invalid_shape, "input1.shape.extent[1]", [](auto& p) { p.input1.shape.extent[1] = 0; }},
       {size_mismatch, "input2.shape.extent[1]", [](auto& p) { p.input2.shape.extent[1] = 5; }},
       {size_mismatch, "input2.shape.extent[2]", [](auto& p) { p.transposed2 = true; }},
       {invalid_shape, "input2.shape.extent[0]", [](auto& p) { p.input2.shape.extent[0] = 3; }},
       {accumulator_overflow, "input2.shape.extent[1]",
        [](auto& p) { p.input1.shape.extent[2] = p.input2.shape.extent[1] = 1 << 18; }},
       {zero_point_out_of_range, "input1.zero_point", [](auto& p) { p.input1.zero_point = 128; }},
       {zero_point_out_of_range, "input2.zero_point", [](auto& p) { p.input2.zero_point = -129; }},
       {zero_point_out_of_range, "input1.zero_point",
        [](auto& p) {
          p.input1.shape.extent[2] = p.input2.shape.extent[1] = 1 << 20;
          p.input1.zero_point = std::numeric_limits<std::int32_t>::max();
          p.input2.zero_point = std::numeric_limits<std::int32_t>::min();
        }},
       {multiplier_out_of_range, "output.rescale.multiplier",
        [](auto& p) { p.output.rescale.multiplier = 1; }},
       {shift_out_of_range, "output.rescale.shift", [](auto& p) { p.output.rescale.shift = 30; }},
       {clamp_out_of_range, "output.min", [](auto& p) { p.output.min = -129; }}});
  auto words = valid;
  CHECK_REFUSED(BatchMatmul<std::int16_t>::prepare(words), unsupported, "input1.zero_point");
  words.input1.zero_point = words.input2.zero_point = 0;
  CHECK(BatchMatmul<std::int16_t>::prepare(words));
  words.output.rescale.shift = 8;
  CHECK_REFUSED(BatchMatmul<std::int16_t>::prepare(words), shift_out_of_range,
                "output.rescale.shift");

  const auto operation = prepare(valid);
  REQUIRE(operation);
  std::vector<std::int8_t> x1(24), x2(20), y(30);
  octet::AlignedBuffer scratch(operation->scratch_bytes());
  const auto block = scratch.span();
  REQUIRE(operation->bind(x1, x2, y, block));
  CHECK_REFUSED(operation->bind({}, x2, y, block), null_pointer, "input1");
  CHECK_REFUSED(operation->bind(x1, std::span(x2).first(19), y, block), buffer_too_small, "input2");
  CHECK_REFUSED(operation->bind(x1, x2, std::span(y).first(29), block), buffer_too_small, "output");
  CHECK_REFUSED(operation->bind(x1, x2, y, block.first(block.size() - 1)), buffer_too_small,
                "scratch");
  CHECK_REFUSED(operation->bind(std::span(y).first(24), x2, y, block), overlap, "output");
  CHECK_REFUSED(BatchMatmul<std::int8_t>().bind(x1, x2, y, block), not_prepared, "batch_matmul");
}
