// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/fixed_point_math.hpp"
#include "octet/reference/fully_connected.hpp"
#include "octet/reference/output_element.hpp"
#include "octet/reference/output_value.hpp"

namespace octet::inline OCTET_BASELINE {

// input: batches x steps x inputs (time_major: steps x batches x inputs), output: the same with
// `hidden` elements; weights: 4 * hidden rows, those of the input gate first, then those of the
// forget gate, the cell and the output gate. Rows are `inputs` long, those of the recurrent weights
// `hidden`. hidden and cell state: batches x hidden.
//
// input_gates and recurrent_gates bring sums of products to Q3.12, with one factor or one for each
// row of weights. The cell state has the scale 2^cell.scale_power; cell.forget and cell.input bring
// products of it with the forget gate, and of the cell gate with the input gate, to that scale. A
// cell.clip above 0 bounds it. `output` is that of the hidden state.
struct LstmParams {
  struct Input {
    std::int32_t zero_point = 0;
  };
  struct Gates {
    std::span<const std::int32_t> multiplier = {};
    std::span<const std::int32_t> shift = {};
  };
  struct Cell {
    std::int32_t scale_power = -11;
    Rescale forget = {}, input = {};
    std::int32_t clip = 0;
  };

  std::int32_t batches = 1, steps = 1, inputs = 1, hidden = 1;
  bool time_major = false;
  Input input = {};
  Gates input_gates = {}, recurrent_gates = {};
  Cell cell = {};
  Output output = {};
};

namespace reference {

inline constexpr int kLstmGates = 4;

// The fully connected layer that makes sums of all gates, in Q3.12, of the inputs of every step or
// of the hidden state.
constexpr FullyConnectedParams lstm_product(const LstmParams& p, bool recurrent) {
  const LstmParams::Gates& gates = recurrent ? p.recurrent_gates : p.input_gates;
  return {.batches = recurrent ? p.batches : p.batches * p.steps,
          .inputs = recurrent ? p.hidden : p.inputs,
          .outputs = kLstmGates * p.hidden,
          .input = {recurrent ? p.output.zero_point : p.input.zero_point},
          .output = {
              .multiplier = gates.multiplier, .shift = gates.shift, .rounding = p.output.rounding}};
}

// tanh in Q0.15 of the cell state.
constexpr std::int16_t lstm_tanh(const LstmParams& p, std::int16_t cell) {
  const std::int32_t left = p.cell.scale_power + 12, x = 3 * cell;
  if (left >= 0) return interpolated_tanh(x * (1 << left));
  return interpolated_tanh((x + (1 << (-left - 1))) >> -left);
}

// The cell state and hidden state of one unit after a step; `gates` are its sums, less their
// functions.
template <class T>
constexpr T lstm_unit(const LstmParams& p, const std::int16_t (&gates)[kLstmGates],
                      std::int16_t& cell) {
  const std::int16_t input = interpolated_logistic(3 * gates[0]);
  const std::int16_t forget = interpolated_logistic(3 * gates[1]);
  const std::int16_t fresh = interpolated_tanh(3 * gates[2]);
  const std::int16_t output = interpolated_logistic(3 * gates[3]);
  const auto product = [&](std::int16_t a, std::int16_t b, const Rescale& factor) {
    return saturate<std::int16_t>(rescale(a * b, factor, p.output.rounding));
  };
  const auto sum = product(forget, cell, p.cell.forget) + product(input, fresh, p.cell.input);
  cell = saturate<std::int16_t>(sum);
  if (p.cell.clip > 0) cell = saturate<std::int16_t>(clamp(cell, -p.cell.clip, p.cell.clip));
  return output_element<T>(lstm_tanh(p, cell) * output, p.output);
}

// A sequence of long short-term memories: in every step, for each batch and unit of the hidden
// state,
//
//   gates = saturate(fully_connected(input) + fully_connected(hidden state))     input, forget,
//   cell, cell = saturate(logistic(forget) * cell + logistic(input) * tanh(cell gate)) output
//   hidden = tanh(cell) * logistic(output)
//
// Both states are those of the last step afterwards. T: int8 (bias int32) or int16 (bias int64).
// Source: micro/kernels/lstm_eval.h of tflite-micro.
template <class T, class Bias>
constexpr void unidirectional_sequence_lstm(const LstmParams& p, const T* input,
                                            const std::int8_t* input_weights,
                                            const std::int8_t* recurrent_weights, const Bias* bias,
                                            T* hidden, std::int16_t* cell, T* output) {
  const FullyConnectedParams of_input = lstm_product(p, false), of_hidden = lstm_product(p, true);
  const std::int64_t units = p.hidden;
  const auto sum_of = [](const FullyConnectedParams& layer, std::int64_t row, const T* x,
                         const std::int8_t* weights, const Bias* added) {
    Bias sum = added != nullptr ? added[row] : 0;
    for (std::int64_t k = 0; k < layer.inputs; ++k) {
      sum += weights[row * layer.inputs + k] * (x[k] - layer.input.zero_point);
    }
    return output_value<std::int16_t>(sum, layer.output, static_cast<std::int32_t>(row));
  };
  for (std::int64_t b = 0; b < p.batches; ++b, hidden += units, cell += units) {
    for (std::int64_t t = 0; t < p.steps; ++t) {
      const std::int64_t place = p.time_major ? t * p.batches + b : b * p.steps + t;
      T* const y = output + place * units;
      for (std::int64_t u = 0; u < units; ++u) {
        std::int16_t gates[kLstmGates] = {};
        for (int g = 0; g < kLstmGates; ++g) {
          const std::int64_t row = g * units + u;
          gates[g] = saturate<std::int16_t>(
              sum_of(of_input, row, input + place * p.inputs, input_weights, bias) +
              sum_of(of_hidden, row, hidden, recurrent_weights, nullptr));
        }
        y[u] = lstm_unit<T>(p, gates, cell[u]);
      }
      for (std::int64_t u = 0; u < units; ++u) hidden[u] = y[u];
    }
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
