// SPDX-License-Identifier: Apache-2.0
// Bias correction: rounded weights shift the mean of what a layer computes; its bias takes that
// back.
#pragma once

#include <cstddef>

#include "octet_quantizer/calibration.hpp"
#include "octet_quantizer/integer_network.hpp"

namespace octet_quantizer {

// For each convolution and fully connected layer of a normalized network:
//
//   bias[o] += sum over taps and input channels of (weight - rounded weight) * mean of the channel
//
// with the means that the inputs of the layer have over the samples in float32. Borders of images,
// where taps meet padding, count as the rest. Layers without a bias get one. `evaluator`
// runs another copy of the network. Returns the number of layers.
// Source: Nagel et al. 2019, Data-Free Quantization, section 4.2, with means from data (appendix
// D).
std::size_t correct_biases(Network& network, FloatEvaluator& evaluator, const Samples& samples,
                           const IntegerOptions& options, const Progress& progress = {});

}  // namespace octet_quantizer
