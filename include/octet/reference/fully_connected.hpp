// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/types.hpp"
#include "octet/reference/output_value.hpp"

namespace octet::inline OCTET_BASELINE {

// input: batches x inputs, filter: outputs x inputs, output: batches x outputs; dense, row-major.
struct FullyConnectedParams {
  struct Operand {
    std::int32_t zero_point = 0;
  };

  std::int32_t batches = 1, inputs = 1, outputs = 1;
  Operand input = {}, filter = {};
  OutputStage output = {};
};

namespace reference {

// Fully connected layer
//
//   output[b][o] = output_value(bias[o] + sum_i (input[b][i] - input.zero_point)
//                                               * (filter[o][i] - filter.zero_point))
//
// input: batches x inputs (In: int8, uint8, int16), filter: outputs x inputs, bias: outputs values
// of the accumulator's type, or null; output: batches x outputs. The sum must fit the accumulator.
// Source: kernels/internal/reference/integer_ops/fully_connected.h of tflite-micro.
template <class Out, class In, class Accumulator = std::int32_t>
constexpr void fully_connected(const FullyConnectedParams& p, const In* input,
                               const std::int8_t* filter, const Accumulator* bias, Out* output) {
  const std::int64_t inputs = p.inputs, outputs = p.outputs;
  for (std::int64_t b = 0; b < p.batches; ++b) {
    for (std::int32_t o = 0; o < p.outputs; ++o) {
      Accumulator sum = bias != nullptr ? bias[o] : 0;
      for (std::int64_t i = 0; i < inputs; ++i) {
        const std::int32_t value = input[b * inputs + i] - p.input.zero_point;
        const std::int32_t weight = filter[o * inputs + i] - p.filter.zero_point;
        sum += value * weight;
      }
      output[b * outputs + o] = output_value<Out>(sum, p.output, o);
    }
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
