// SPDX-License-Identifier: Apache-2.0
#include "octet/hosted/environment.hpp"

#include <cstdlib>
#include <string>

#include "support/catch.hpp"

namespace {

octet::BackendChoice choice_of(const char* value) {
  REQUIRE(setenv("OCTET_BACKEND", value, 1) == 0);
  return octet::backend_from_environment();
}

}  // namespace

TEST_CASE("The environment names a backend") {
  for (const octet::Backend* backend : octet::kBackends) {
    CAPTURE(backend->name);
    const octet::BackendChoice choice = choice_of(backend->name);
    CHECK(static_cast<bool>(choice) == backend->available());
    if (choice) {
      CHECK(choice.backend == backend);
      CHECK(choice.refusal.empty());
    } else {
      CHECK(choice.refusal.starts_with(std::string("OCTET_BACKEND=") + backend->name +
                                       " cannot run on this machine (it can run: "));
    }
  }
}

TEST_CASE("Without a name it is the best one") {
  CHECK(choice_of("").backend == &octet::best_backend());
  REQUIRE(unsetenv("OCTET_BACKEND") == 0);
  CHECK(octet::backend_from_environment().backend == &octet::best_backend());
}

TEST_CASE("A name that no backend has is refused with those there are") {
  std::string expected = "OCTET_BACKEND=nonsense is not a backend of this build (there are:";
  for (const octet::Backend* backend : octet::kBackends) {
    expected += std::string(" ") + backend->name;
  }
  const octet::BackendChoice choice = choice_of("nonsense");
  CHECK(!choice);
  CHECK(choice.refusal == expected + ")");
  CHECK(octet::choose_backend("AVX2", "--backend AVX2")
            .refusal.starts_with("--backend AVX2 is not a backend of this build"));
}
