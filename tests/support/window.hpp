// SPDX-License-Identifier: Apache-2.0
// What the two kinds of convolution share: windows over images.
#pragma once

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>

#include "octet/types.hpp"
#include "support/random.hpp"

template <class Params>
std::string describe_window(const Params& p) {
  const octet::ShapeNhwc& in = p.input.shape;
  std::ostringstream text;
  text << "input " << in.n << " x " << in.h << " x " << in.w << " x " << in.c << ", window "
       << p.filter.h << " x " << p.filter.w << ", stride " << p.stride.h << " x " << p.stride.w
       << ", dilation " << p.dilation.h << " x " << p.dilation.w << ", padding " << p.padding.top
       << ", " << p.padding.left << ", " << p.padding.bottom << ", " << p.padding.right;
  return text.str();
}

// An extent of the input into which the window fits at least once, maybe thanks to the padding.
inline std::int32_t random_extent(Random& random, std::int32_t window, std::int32_t dilation,
                                  std::int32_t padding) {
  const std::int32_t least = std::max((window - 1) * dilation + 1 - padding, 1);
  return random.in(least, least + (random.one_in(4) ? 12 : 4));
}

// A window of up to 5 x 5 and images that it fits into.
template <class Params>
void randomize_window(Random& random, Params& p) {
  p.filter.h = random.in(1, 5);
  p.filter.w = random.in(1, 5);
  if (random.one_in(2)) p.stride = {random.in(1, 3), random.in(1, 3)};
  if (random.one_in(2)) p.dilation = {random.in(1, 3), random.in(1, 3)};
  if (random.one_in(2)) {
    p.padding = {random.in(0, 6), random.in(0, 6), random.in(0, 6), random.in(0, 6)};
  }
  p.input.shape.n = random.in(1, random.one_in(2) ? 3 : 1);
  p.input.shape.h =
      random_extent(random, p.filter.h, p.dilation.h, p.padding.top + p.padding.bottom);
  p.input.shape.w =
      random_extent(random, p.filter.w, p.dilation.w, p.padding.left + p.padding.right);
}
