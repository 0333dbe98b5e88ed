// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "octet/hosted/message.hpp"
#include "support/catch.hpp"

// Checks that a Result was refused with that status code, and for what messages call that.
#define CHECK_REFUSED(result, expected_code, expected_argument)                      \
  do {                                                                               \
    const octet::Status refused_status = (result).status();                          \
    INFO(octet::to_string(refused_status));                                          \
    CHECK(refused_status.code == octet::StatusCode::expected_code);                  \
    CHECK(octet::detail::name_of(refused_status) == std::string(expected_argument)); \
  } while (false)

// A change after which something is refused.
template <class Changed>
struct Refusal {
  octet::StatusCode code;
  std::string argument;
  void (*change)(Changed&);
};

template <class Changed>
using Refusals = std::vector<Refusal<Changed>>;

// prepare(params) accepts valid params, and refuses them changed.
template <class Params, class Prepare>
void check_refused(const Params& valid, const Prepare& prepare, const Refusals<Params>& refusals) {
  REQUIRE(prepare(valid).status().ok());
  for (std::size_t i = 0; i < refusals.size(); ++i) {
    CAPTURE(i, refusals[i].argument);
    Params changed = valid;
    refusals[i].change(changed);
    const octet::Status status = prepare(changed).status();
    CHECK(std::string(to_string(status.code)) == to_string(refusals[i].code));
    CHECK(octet::detail::name_of(status) == refusals[i].argument);
  }
}
