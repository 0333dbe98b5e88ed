// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/types.hpp"
#include "octet/reference/output_value.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// y[b][o] = output(bias[o] + sum_i (x[b][i] - input_zero_point) * (w[o][i] - filter_zero_point))
// x: batches x inputs, w: outputs x inputs, y: batches x outputs; dense, row-major.
struct FullyConnectedParams {
  std::int32_t batches = 1, inputs = 1, outputs = 1;
  std::int32_t input_zero_point = 0;
  std::int32_t filter_zero_point = 0;
  OutputStage output = {};
};

namespace reference {

// Fully connected layer
//
//   output[b][o] = output(bias[o] + sum_i (input[b][i] - input_zero_point)
//                                         * (filter[o][i] - filter_zero_point))
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
        const std::int32_t value = input[b * inputs + i] - p.input_zero_point;
        const std::int32_t weight = filter[o * inputs + i] - p.filter_zero_point;
        sum += value * weight;
      }
      output[b * outputs + o] = output_value<Out>(sum, p.output, o);
    }
  }
}

}  // namespace reference
}  // namespace OCTET_BASELINE
}  // namespace octet
