// SPDX-License-Identifier: Apache-2.0
// Windows that slide over rows and columns: what convolutions and pools share.
#pragma once

#include "node.hpp"

namespace octet_engine {

struct Window {
  octet::Extent2d extent;
  octet::Extent2d stride;
  octet::Extent2d dilation;
  octet::Padding padding;
};

// Refuses numbers below 1 and numbers so large that products of two of them leave 32 bits.
Expected<Window> make_window(const Node& node, schema::Padding padding, octet::Extent2d extent,
                             octet::Extent2d stride, octet::Extent2d dilation);

}  // namespace octet_engine
