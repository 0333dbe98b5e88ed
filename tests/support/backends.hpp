// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iterator>

#include "octet/backends.hpp"
#include "support/catch.hpp"

// Whether this machine can run the backend; says so once per process if it cannot.
inline bool is_runnable(const octet::Backend& backend) {
  static bool reported[std::size(octet::kBackends)] = {};
  if (backend.available()) return true;
  if (!reported[backend.index]) {
    reported[backend.index] = true;
    WARN("skipped, this machine cannot run backend " << backend.name);
  }
  return false;
}

// body(const octet::Backend&) for every backend that this machine can run.
template <class Body>
void for_each_backend(Body body) {
  int count = 0;
  for (const octet::Backend* backend : octet::kBackends) {
    if (!is_runnable(*backend)) continue;
    INFO("backend " << backend->name);
    body(*backend);
    ++count;
  }
  REQUIRE(count > 0);
}
