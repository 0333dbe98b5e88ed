// SPDX-License-Identifier: Apache-2.0
// Float networks in ONNX, as frameworks export them: a file becomes a network with .tflite's
// operators. Where libonnx or protobuf was not found when this was built, reading says so and
// fails.
//
// ONNX has images as NCHW and weights as OIHW; a network has NHWC and OHWI. So inputs and outputs
// of rank 4 are NHWC, and those of other ranks as they were. In between every activation has the
// order of the operator that made it: channels are behind after a convolution, of a signal (NCL)
// too, which is an image of one row then. Where an operator needs another order it gets a
// TRANSPOSE, or a RESHAPE if no element moves. Shapes are static: a first dimension without a
// number is 1, others need theirs. Operator sets from 7 on. Source:
// https://github.com/onnx/onnx/blob/main/docs/Operators.md
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "octet_quantizer/network.hpp"

namespace octet_quantizer {

// Fails with all operators that cannot be read, or with the first node whose attributes cannot.
Expected<Network> read_onnx(const std::filesystem::path& path);
Expected<Network> parse_onnx(std::span<const std::byte> bytes);

}  // namespace octet_quantizer
