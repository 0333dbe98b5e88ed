// SPDX-License-Identifier: Apache-2.0
// The backend that a person asks for by name, for benchmarks, tools and bug reports.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include "octet/backends.hpp"

namespace octet::inline OCTET_BASELINE {

// A backend, or the sentence that says why there is none: programs print it and fail, because
// whoever asks for one backend does not want the results of another.
struct BackendChoice {
  const Backend* backend = nullptr;
  std::string refusal;

  explicit operator bool() const { return backend != nullptr; }
};

// The backend of that name if this build has it and this machine can run it. A refusal begins with
// `request`, what the person wrote: "--backend avx3 is not a backend of this build (there are: avx2
// scalar)".
inline BackendChoice choose_backend(std::string_view name, std::string_view request) {
  const Backend* const chosen = find_backend(name);
  if (chosen != nullptr && chosen->available()) return {chosen, ""};
  const bool is_known = chosen != nullptr;
  std::string refusal(request);
  refusal += is_known ? " cannot run on this machine (it can run:"
                      : " is not a backend of this build (there are:";
  for (const Backend* backend : kBackends) {
    if (!is_known || backend->available()) refusal += std::string(" ") + backend->name;
  }
  return {nullptr, refusal + ")"};
}

// The backend that OCTET_BACKEND names; best_backend() where it is not set or empty.
inline BackendChoice backend_from_environment() {
  const char* const name = std::getenv("OCTET_BACKEND");
  if (name == nullptr || *name == '\0') return {&best_backend(), ""};
  return choose_backend(name, std::string("OCTET_BACKEND=") + name);
}

}  // namespace octet::inline OCTET_BASELINE
