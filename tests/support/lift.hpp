// SPDX-License-Identifier: Apache-2.0
// Functions as objects.
#pragma once

// An object that calls a function template, or whichever overload of a function fits: for
// algorithms that take one of the reference's functions, which have no address of their own.
#define OCTET_LIFT(function) [](const auto&... operands) { return function(operands...); }
