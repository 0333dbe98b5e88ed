// SPDX-License-Identifier: Apache-2.0
// A float network as integers, by the rules of TensorFlow Lite's 8-bit quantization specification.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "octet/quantize/range.hpp"
#include "octet_quantizer/network.hpp"

namespace octet_quantizer {

// What calibration decided for an activation. 16 bits make the operator that writes it one of the
// 16x8 scheme: int16 activations, int8 weights, int64 bias.
struct TensorPlan {
  octet::RealRange range;
  int bits = 8;
};

struct IntegerOptions {
  bool per_channel_fully_connected = false;  // else one scale, which every engine takes
  bool float_edges = false;  // QUANTIZE behind float32 inputs, DEQUANTIZE at the end
};

struct IntegerNetwork {
  Network network;
  std::vector<std::int32_t> tensors;  // where each tensor of the float network went; or kAbsent
};

// `plan` has an entry for each activation, in their places. Weights are symmetric within [-127,
// 127], with a scale for each output channel of convolutions; biases are int32 of the scale of the
// products; activations are asymmetric int8, or symmetric int16. Where operators want another scale
// or width than their input has, a QUANTIZE is put between. Fails as check_operators does.
Expected<IntegerNetwork> to_integers(const Network& network, std::vector<TensorPlan> plan,
                                     const IntegerOptions& options = {});

// Whether octet's engine runs the network's integers, whatever their scales: operators and shapes
// that it refuses are found before anything is computed with them.
std::optional<Error> check_network(const Network& network);

}  // namespace octet_quantizer
