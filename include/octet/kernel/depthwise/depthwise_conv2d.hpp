// SPDX-License-Identifier: Apache-2.0
// The kernels of every target for depthwise convolutions.
#pragma once

#include "octet/kernel/epilogue.hpp"

#define OCTET_KERNEL "octet/kernel/depthwise/cells-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/depthwise/outputs-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/depthwise/pass-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/depthwise/depthwise_conv2d-inl.hpp"
#include "octet/detail/foreach_target.hpp"
