// SPDX-License-Identifier: Apache-2.0
// The main function of every test executable: compiled here once for Catch2 version 2, part of the
// Catch2WithMain library in version 3.
#define CATCH_CONFIG_MAIN
#include "support/catch.hpp"
