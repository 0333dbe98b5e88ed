// SPDX-License-Identifier: Apache-2.0
// Random parameters of operations without weights.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "octet/types.hpp"
#include "support/random.hpp"
#include "support/roundings.hpp"

using octet::Operand;
using octet::Output;
using octet::Rescale;
using octet::Rounding;
using octet::Shape;

// Random parameters ------------------------------------------------------------------------------

template <class T>
std::int32_t any_of(Random& random) {
  return random.in(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
}

inline Rescale any_rescale(Random& random) {
  switch (random.in(0, 7)) {
    case 0: return {0, random.in(-31, 0)};
    case 1: return {1 << 30, random.in(-31, 3)};
    default:
      return {random.in(1 << 30, std::numeric_limits<std::int32_t>::max()), random.in(-31, 3)};
  }
}

template <class T>
void randomize_output(Random& random, Output& output) {
  output.zero_point = any_of<T>(random);
  if (random.one_in(3)) output.min = any_of<T>(random);
  if (random.one_in(3)) {
    output.max = std::max(any_of<T>(random),
                          std::max<std::int32_t>(output.min, std::numeric_limits<T>::min()));
  }
  if (random.one_in(2)) output.rounding = random_rounding(random);
}
