// SPDX-License-Identifier: Apache-2.0
// Lets an editor read one -inl file alone, as the target scalar has it: the file includes this, or
// the one before it, where no target includes the file. Compilers never see it.
#pragma once

#include "octet/detail/packing.hpp"
#include "octet/kernel/layouts.hpp"
#include "octet/kernel/tasks.hpp"

#define OCTET_TARGET scalar
