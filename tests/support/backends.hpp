// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <iterator>

#include "octet/backends.hpp"
#include "octet/detail/target_layouts.hpp"
#include "support/catch.hpp"

#ifdef OCTET_EMULATE_TILES
// The only backend of such a program (CMakeLists.txt) has vectors beside its tiles.
inline const bool kHasVectors = [] {
  if (!octet::amx_int8::available()) {
    std::puts("skipped: emulated tiles need a processor with AVX512-VNNI");
    std::exit(77);
  }
  return true;
}();
#endif

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

inline const octet::Layout& layout_of(const octet::Backend& backend) {
  return *octet::detail::kLayouts[backend.index];
}

// What the backend lays out for products of matrices that are not small.
inline const octet::Layout& matrix_layout_of(const octet::Backend& backend) {
  return octet::detail::kProductLayouts[backend.index]->large;
}

// The object of that name of every target, in the order of their backends.
#define OCTET_OF_EACH_TARGET(...) \
  { OCTET_FOR_EACH_BACKEND(OCTET_OF_TARGET, __VA_ARGS__) }
#define OCTET_OF_TARGET(target, ...) &octet::target::__VA_ARGS__,

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
