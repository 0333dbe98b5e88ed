// SPDX-License-Identifier: Apache-2.0
// Roundings for tests that go through them or draw one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "octet/types.hpp"
#include "support/random.hpp"

// Those in front have a closed form.
inline constexpr auto kClosedForms =
    static_cast<std::size_t>(std::ranges::count_if(octet::kRoundings, octet::has_closed_form));

// Mostly one with a closed form, because only those run in vectors everywhere.
inline octet::Rounding random_rounding(Random& random) {
  return octet::kRoundings[random.next() %
                           (random.one_in(2) ? std::size(octet::kRoundings) : kClosedForms)];
}
