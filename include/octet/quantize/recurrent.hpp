// SPDX-License-Identifier: Apache-2.0
// Parameters of layers over time from scales; as quantize/multiplier.hpp, whose rules hold here.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "octet/quantize/multiplier.hpp"
#include "octet/reference/svdf.hpp"
#include "octet/reference/unidirectional_sequence_lstm.hpp"

namespace octet::inline OCTET_BASELINE {

// input_scale * weights_scale / output_scale in float32: both factors of a filter over time, that
// of the features, whose output is the state, and that of the time, whose input it is. Source:
// PrepareSvdf in micro/kernels/svdf_common.cc.
constexpr Rescale svdf_multiplier(float input_scale, float weights_scale, float output_scale,
                                  Rounding rounding = Rounding::tflite) {
  return quantize_multiplier(double{input_scale * weights_scale / output_scale}, rounding);
}

// From input, or hidden state, and weights of one gate to Q3.12.
// Source: CreateGateParams in micro/kernels/lstm_eval_common.cc.
constexpr Rescale lstm_gate_multiplier(float input_scale, float weights_scale,
                                       Rounding rounding = Rounding::tflite) {
  return fully_connected_multiplier(input_scale, weights_scale, 0x1p-12f, rounding);
}

// The cell state, whose scale is the nearest power of two; `clip` is a real number, 0 for none.
// Source: PrepareGateParametersInteger and CreateLstmCellStateInfo, as above.
constexpr LstmParams::Cell lstm_cell(float scale, float clip = 0,
                                     Rounding rounding = Rounding::tflite) {
  constexpr float kQ15 = 0x1p-15f, kSqrt2 = 1.41421356f;
  const auto bits = std::bit_cast<std::uint32_t>(scale);
  const float mantissa = std::bit_cast<float>((bits & 0x7FFFFF) | 0x3F800000);
  const auto exponent = static_cast<std::int32_t>(bits >> 23 & 0xFF) - 127;
  const double steps = double{clip} / double{scale};
  return {.scale_power = exponent + (mantissa > kSqrt2 ? 1 : 0),
          .forget = convolution_multiplier(kQ15, scale, scale, rounding),
          .input = convolution_multiplier(kQ15, kQ15, scale, rounding),
          .clip = steps > 0 ? static_cast<std::int32_t>(std::min(steps, 32767.0)) : 0};
}

// From tanh of the cell state and output gate, both Q0.15, to the hidden state; as above.
constexpr Rescale lstm_output_multiplier(float output_scale, Rounding rounding = Rounding::tflite) {
  return convolution_multiplier(0x1p-15f, 0x1p-15f, output_scale, rounding);
}

}  // namespace octet::inline OCTET_BASELINE
