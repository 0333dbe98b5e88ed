// SPDX-License-Identifier: Apache-2.0
// The backend that a person asks for, for benchmarks, tools and bug reports.
#pragma once

#include <cstdlib>

#include "octet/backends.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// The backend named by OCTET_BACKEND in the environment if this machine can run it, otherwise
// best_backend().
inline const Backend& backend_from_environment() {
  if (const char* name = std::getenv("OCTET_BACKEND")) {
    const Backend* backend = find_backend(name);
    if (backend != nullptr && backend->available()) return *backend;
  }
  return best_backend();
}

}  // namespace OCTET_BASELINE
}  // namespace octet
