// SPDX-License-Identifier: Apache-2.0
// conv2d/<library>[:<backend>]/<types>/<H>x<W>x<C>_<filter>[s<stride>]_<filters>
// depthwise_conv2d/<library>[:<backend>]/<types>/<H>x<W>x<C>_<filter>[s<stride>]
#include "octet/conv2d.hpp"

#include "octet/depthwise_conv2d.hpp"
#include "peaks.hpp"
#include "register_layer.hpp"
#include "shapes.hpp"

int main(int argc, char** argv) {
  using namespace octet_bench;
  const Contest contest(argc, argv);
  register_peaks(contest.isa.name);
  register_layers<octet::Conv2d<std::int8_t>>(contest, "conv2d", kConv2dShapes, &Peer::conv2d);
  register_layers<octet::DepthwiseConv2d<std::int8_t>>(
      contest, "depthwise_conv2d", kDepthwiseConv2dShapes, &Peer::depthwise_conv2d);
  return run(contest, argc, argv);
}
