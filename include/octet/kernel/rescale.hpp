// SPDX-License-Identifier: Apache-2.0
// A rescaling that all lanes share, for every target.
#pragma once

#include "octet/detail/rescale_constants.hpp"
#include "octet/kernel/epilogue.hpp"

#define OCTET_KERNEL "octet/kernel/rescale-inl.hpp"
#include "octet/detail/foreach_target.hpp"
