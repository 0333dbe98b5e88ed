// SPDX-License-Identifier: Apache-2.0
// Code that needs the constructors, comparisons and inline functions of plain structs, compiled
// without inlining: check_tags.sh reads whose names it defines.
#include "octet/octet.hpp"
#include "octet/quantize/multiplier.hpp"

namespace octet_odr {

bool same(const octet::ShapeNhwc& a, const octet::ShapeNhwc& b) { return a == b; }
octet::AddParams sum() { return octet::AddParams(); }
octet::MulParams product() { return octet::mul_params<std::int8_t>({}); }
octet::Conv2dParams convolution() { return octet::Conv2dParams(); }
octet::DepthwiseConv2dParams depthwise() { return octet::DepthwiseConv2dParams(); }

octet::Status run(const octet::MulParams& params, std::span<const std::int8_t> input,
                  std::span<std::int8_t> output) {
  const auto mul = octet::Mul<std::int8_t>::prepare(params);
  if (!mul) return mul.status();
  const auto bound = mul->bind(input, input, output);
  if (bound) bound->run();
  return bound.status();
}

}  // namespace octet_odr
