// SPDX-License-Identifier: Apache-2.0
// Sums of many tensors equal their reference.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "octet/add_n.hpp"
#include "octet/quantize/binary.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/random.hpp"
#include "support/random_params.hpp"
#include "support/refusal.hpp"

TEMPLATE_TEST_CASE("sums of many tensors equal their reference", "", std::int8_t, std::uint8_t,
                   std::int16_t) {
  using T = TestType;
  Random random(test_seed());
  CAPTURE(random.seed());
  int accepted = 0;
  for (int i = 0; i < 150; ++i) {
    octet::AddNParams params{.input = {{1, {random.in(1, random.one_in(8) ? 1100 : 100)}},
                                       any_of<T>(random),
                                       any_rescale(random)},
                             .count = random.in(1, octet::kMaxOperands),
                             .left_shift = random.in(0, 20)};
    params.input.rescale.shift = random.in(-9, 0);
    params.output.rescale = {any_rescale(random).multiplier, random.in(-31, 0)};
    randomize_output<T>(random, params.output);
    const auto operation = octet::AddN<T>::prepare(params);
    if (!operation) continue;
    ++accepted;
    std::vector<std::vector<T>> x;
    std::vector<const T*> pointers;
    for (std::int32_t k = 0; k < params.count; ++k) {
      x.push_back(random.vector<T>(params.input.shape.size()));
      pointers.push_back(x.back().data());
    }
    std::vector<T> expected(x[0].size());
    octet::reference::add_n(params, pointers.data(), expected.data());
    const Guard guard = random.one_in(2) ? Guard::before : Guard::after;
    std::deque<GuardedBuffer<T>> memory;
    std::vector<std::span<const T>> inputs;
    for (const std::vector<T>& input : x) {
      memory.emplace_back(input, guard);
      inputs.push_back(memory.back().span());
    }
    for_each_backend([&](const octet::Backend& backend) {
      const auto for_backend = octet::AddN<T>::prepare(params, backend);
      GuardedBuffer<T> output(params.input.shape.size(), guard);
      const auto bound = for_backend->bind(inputs, output.span());
      REQUIRE(bound);
      bound->run();
      REQUIRE(std::ranges::equal(output.span(), expected));
    });
  }
  CHECK(accepted > 50);
}

TEST_CASE("sums of many tensors refuse bad parameters") {
  const auto with = [](auto change) {
    auto params = octet::add_n_params<std::int8_t>({1, {10}}, 3, {0.05f, -3}, {0.12f, 1});
    change(params);
    return octet::AddN<std::int8_t>::prepare(params);
  };
  REQUIRE(with([](auto&) {}));
  CHECK_REFUSED(with([](auto& p) { p.count = 0; }), count_out_of_range, "count");
  CHECK_REFUSED(with([](auto& p) { p.count = 17; }), count_out_of_range, "count");
  CHECK_REFUSED(with([](auto& p) { p.input.shape.extent[0] = 0; }), invalid_shape,
                "input.shape.extent[0]");
  CHECK_REFUSED(with([](auto& p) { p.input.zero_point = 128; }), zero_point_out_of_range,
                "input.zero_point");
  CHECK_REFUSED(with([](auto& p) { p.left_shift = 24; }), shift_out_of_range, "left_shift");
  CHECK_REFUSED(with([](auto& p) {
                  p.count = 15, p.input.rescale = {0x7FFFFFFF, 0};
                }),
                shift_out_of_range, "left_shift");
  // Without a left shift that could be lower, the factor has to be.
  CHECK_REFUSED(with([](auto& p) { p.left_shift = 0, p.count = 15, p.input.rescale.shift = 22; }),
                shift_out_of_range, "input.rescale.shift");
  CHECK_REFUSED(with([](auto& p) { p.input.rescale.shift = 6; }), shift_out_of_range,
                "input.rescale.shift");
  CHECK_REFUSED(with([](auto& p) { p.output.rescale.shift = 9; }), shift_out_of_range,
                "output.rescale.shift");
}
