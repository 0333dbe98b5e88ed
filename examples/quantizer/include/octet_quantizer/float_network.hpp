// SPDX-License-Identifier: Apache-2.0
// Makes one form of the many in which float networks come.
#pragma once

#include <optional>

#include "octet_quantizer/network.hpp"

namespace octet_quantizer {

// - Weights that a dynamic-range file holds as int8, and constants of float16 behind DEQUANTIZE,
//   become float32.
// - QUANTIZE followed by DEQUANTIZE, left over from training with fake quantization, goes away.
// - Multiplications and additions by a constant for each channel, as batch normalization leaves
//   them behind a convolution or a fully connected layer, become part of its weights and bias.
// - Activations behind an operator that can do them are fused into it.
//
// The network computes the same but for the rounding of float32. Fails where constants are of a
// kind that has no values (sparse ones), and where operators lack inputs.
std::optional<Error> normalize(Network& network);

// All operators of a normalized network that have no integer form, or weights and biases that are
// no constants of a fitting shape, at once.
std::optional<Error> check_operators(const Network& network);

}  // namespace octet_quantizer
