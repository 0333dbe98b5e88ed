// SPDX-License-Identifier: Apache-2.0
// What the tests of operations that move elements share: random shapes, and operations of one input
// and one output against their references.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "octet/types.hpp"
#include "support/one_input.hpp"

using Bytes = std::vector<std::int8_t>;

inline constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
inline constexpr std::int32_t kHighest = std::numeric_limits<std::int32_t>::max();

inline octet::Shape random_shape(Random& random, std::int32_t lowest_rank,
                                 std::int32_t highest_rank = octet::kMaxRank) {
  octet::Shape shape{.rank = random.in(lowest_rank, highest_rank)};
  for (std::int32_t d = 0; d < shape.rank; ++d) shape.extent[d] = random.in(1, 4);
  // Runs of many lengths.
  if (shape.rank > 0 && random.one_in(2)) shape.extent[shape.rank - 1] = random.in(1, 80);
  return shape;
}

inline Guard random_guard(Random& random) {
  return random.one_in(2) ? Guard::before : Guard::after;
}

// The base of a case, which adds
//
//   random_params<T>(random)     parameters that prepare accepts
//   reference                    an object that computes (params, x, y)
template <template <class> class Operation, class ParamsType>
struct CaseOf {
  using Params = ParamsType;
  template <class T>
  using Prepared = Operation<T>;
};

template <class Case, class T>
void check_against_reference() {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(300); i > 0; --i) {
    const auto params = Case::template random_params<T>(random);
    const std::int64_t outputs = output_shape(params).size();
    const auto x = random.vector<T>(params.input.shape.size());
    std::vector<T> expected(static_cast<std::size_t>(outputs));
    Case::reference(params, x.data(), expected.data());
    REQUIRE(run_guarded<T>(Case::template Prepared<T>::prepare(params), x, outputs,
                           random_guard(random)) == expected);
  }
}
