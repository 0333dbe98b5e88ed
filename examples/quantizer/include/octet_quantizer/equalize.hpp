// SPDX-License-Identifier: Apache-2.0
// Cross-layer equalization: what one layer's channels are too large for their tensor, the next
// layer's weights make up for.
#pragma once

#include <cstddef>

#include "octet_quantizer/network.hpp"

namespace octet_quantizer {

// For each pair of convolutions or fully connected layers, the second of which alone reads the
// first one's output, with no activation or RELU between them, which s * x passes for s > 0:
// channel i of the first one is divided and the second one's weights for it are multiplied by
//
//   s = sqrt(r1 * r2) / r2      r1, r2 = largest magnitudes of the weights that make and read i
//
// so that both are as large. Repeated until it changes nothing more. The network computes the same.
// Returns the number of pairs.
// Source: Nagel et al. 2019, Data-Free Quantization, section 4.1 (equation 11).
std::size_t equalize(Network& network);

}  // namespace octet_quantizer
