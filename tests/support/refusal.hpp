// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "octet/hosted/message.hpp"
#include "support/catch.hpp"

// Checks that a Result was refused with that status code and for that argument.
#define CHECK_REFUSED(result, expected_code, expected_argument)                    \
  do {                                                                             \
    const octet::Status refused_status = (result).status();                        \
    INFO(octet::to_string(refused_status));                                        \
    CHECK(refused_status.code == octet::StatusCode::expected_code);                \
    CHECK(std::string(refused_status.argument) == std::string(expected_argument)); \
  } while (false)
