// SPDX-License-Identifier: Apache-2.0
// Catch2, version 2 (one header) or version 3 (a library).
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
