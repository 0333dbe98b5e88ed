// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iterator>
#include <string_view>

#include "octet/backends.hpp"
#include "octet/detail/target_layouts.hpp"
#include "support/catch.hpp"

// Whether this machine can run the backend; says so once per process if it cannot. With emulated
// tiles (CMakeLists.txt) only the backend that has them counts: the test without runs the others.
inline bool is_runnable(const octet::Backend& backend) {
#ifdef OCTET_EMULATE_TILES
  if (octet::amx_int8::available()) return std::string_view(backend.name) == "amx_int8";
#endif
  static bool reported[std::size(octet::kBackends)] = {};
  if (backend.available()) return true;
  if (!reported[backend.index]) {
    reported[backend.index] = true;
    WARN("skipped, this machine cannot run backend " << backend.name);
  }
  return false;
}

inline const octet::Layout& layout_of(const octet::Backend& backend) {
  return *octet::detail::kLayouts[backend.index];
}

// What the backend lays out for products of matrices that are not small.
inline const octet::Layout& matrix_layout_of(const octet::Backend& backend) {
  return octet::detail::kProductLayouts[backend.index]->large;
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
