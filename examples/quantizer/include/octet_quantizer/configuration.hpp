// SPDX-License-Identifier: Apache-2.0
// Choices for single tensors and layers, from a small JSON file:
//
//   {"method": "percentile", "percentile": 0.9999, "bits": 8,
//    "tensors": {"dense/BiasAdd": {"bits": 16},
//                "SOFTMAX": {"bits": 16},
//                "7": {"range": [-1, 1]}}}
//
// A key of `tensors` is the name of an activation, its number, or the name of an operator, which
// stands for what all operators of that name write. Later ones win.
#pragma once

#include <string_view>
#include <vector>

#include "octet_quantizer/calibration.hpp"
#include "octet_quantizer/network.hpp"

namespace octet_quantizer {

// A choice for each tensor of the network. Fails where a key is unknown, or a value makes no sense.
Expected<std::vector<Choice>> read_configuration(const Network& network, const Choice& defaults,
                                                 std::string_view json);

}  // namespace octet_quantizer
