// SPDX-License-Identifier: Apache-2.0
// The version that CMake read equals the one in the header.
#include "octet/version.hpp"

#include <string>

#include "support/catch.hpp"

TEST_CASE("the CMake project carries the header's version") {
  const std::string version = std::to_string(OCTET_VERSION_MAJOR) + "." +
                              std::to_string(OCTET_VERSION_MINOR) + "." +
                              std::to_string(OCTET_VERSION_PATCH);
  REQUIRE(version == OCTET_PROJECT_VERSION);
}
