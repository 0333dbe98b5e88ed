// SPDX-License-Identifier: Apache-2.0
// Fully connected layers: a matrix multiplication whose weights are stored one output after
// another.
#pragma once

#include "octet/gemm.hpp"
#include "octet/reference/fully_connected.hpp"

namespace octet::inline OCTET_BASELINE {

template <class Gemm>
struct FullyConnectedOperation;

//   output[b][o] = clamp(output.zero_point + requantize(acc[b][o], multiplier[o], shift[o]))
//   acc[b][o] = bias[o] + sum_i (input[b][i] - input.zero_point)
//                             * (filter[o][i] - filter.zero_point)
//
//   prepare(FullyConnectedParams, filter, bias, packed)    bind(input, output, scratch)
//
// input: batches x inputs of In (int8 or uint8), filter: outputs x inputs of int8, bias: outputs or
// empty, output: batches x outputs of Out (int8, uint8, int16; int32: acc itself), all dense.
// Rounding and sums of any size as in Gemm.
// Source: FULLY_CONNECTED of the TensorFlow Lite 8-bit quantization specification, per tensor and
// per channel.
template <class In, class Out = In, class Bias = detail::BiasOf<In>>
using FullyConnected =
    family::Product<FullyConnectedOperation<typename detail::ProductOf<In, Bias, GemmOperation,
                                                                       Gemm16x8Operation>::Type>,
                    In, Out>;

template <class Gemm>
struct FullyConnectedOperation : Gemm {
  using Params = FullyConnectedParams;

  static constexpr const char* kName = "fully_connected";
  static constexpr bool kExactFilter = true;

  static constexpr GemmParams product(const Params& p) {
    return {.m = p.batches,
            .n = p.outputs,
            .k = p.inputs,
            .input = {.zero_point = p.input.zero_point},
            .filter = {.zero_point = p.filter.zero_point, .transposed = true},
            .output = p.output};
  }
  static constexpr Status validate_shapes(const Params& p) {
    return Gemm::validate_shapes(
        product(p), {"batches", "outputs", "inputs", "batches * inputs", "batches * outputs"});
  }
};

}  // namespace octet::inline OCTET_BASELINE
