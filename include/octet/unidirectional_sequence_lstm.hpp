// SPDX-License-Identifier: Apache-2.0
// Long short-term memory over a sequence.
#pragma once

#include <array>

#include "octet/family/recurrent.hpp"
#include "octet/fully_connected.hpp"
#include "octet/reference/unidirectional_sequence_lstm.hpp"

namespace octet::inline OCTET_BASELINE {

// 4 * hidden rows of each; bias may be empty.
template <class Bias>
struct LstmWeights {
  std::span<const std::int8_t> input, recurrent;
  std::span<const Bias> bias = {};
};

template <class T>
struct LstmOperation {
  using Bias = detail::BiasOf<T>;
  using Params = LstmParams;
  using Weights = LstmWeights<Bias>;
  using Value = std::int16_t;
  using Product = FullyConnected<T, std::int16_t>;

  static constexpr const char* kName = "unidirectional_sequence_lstm";
  static constexpr int kProducts = 2, kGates = reference::kLstmGates;
  static constexpr const char* kStates[] = {"hidden", "cell"};
  static constexpr family::ArgumentName kNames[kProducts][7] = {
      {{"filter", "weights.input"},
       {"bias", "weights.bias"},
       {"output.multiplier", "input_gates.multiplier"},
       {"output.shift", "input_gates.shift"}},
      {{"filter", "weights.recurrent"},
       {"input.zero_point", "output.zero_point"},
       {"output.multiplier", "recurrent_gates.multiplier"},
       {"output.shift", "recurrent_gates.shift"}}};

  static constexpr Status validate(const Params& p) {
    using enum StatusCode;
    constexpr std::int64_t kMostHidden = check::kHighestInt32 / kGates;
    // Products of two values of 16 bits.
    constexpr std::int64_t kLargest = std::int64_t{1} << 30;
    if (const Status s = check::first_refusal(
            {check::extent("batches", p.batches), check::extent("steps", p.steps),
             check::extent("inputs", p.inputs),
             check::range(invalid_shape, "hidden", p.hidden, 1, kMostHidden),
             check::extent("batches * steps", std::int64_t{p.batches} * p.steps)});
        !s.ok()) {
      return s;
    }
    const auto factor = [](const char* multiplier, const char* shift, const Rescale& rescale) {
      return check::first_refusal({check::multiplier(multiplier, rescale.multiplier),
                                   check::shift(shift, rescale.shift, kLargest)});
    };
    return check::first_refusal(
        {check::elements("batches * steps * inputs", {p.batches, p.steps, p.inputs}),
         check::elements("batches * steps * 4 * hidden", {p.batches, p.steps, kGates, p.hidden}),
         check::elements("weights.input", {kGates, p.hidden, p.inputs}),
         check::elements("weights.recurrent", {kGates, p.hidden, p.hidden}),
         check::range(unsupported, "cell.scale_power", p.cell.scale_power, -27, 2),
         check::range(clamp_out_of_range, "cell.clip", p.cell.clip, 0, 32767),
         factor("cell.forget.multiplier", "cell.forget.shift", p.cell.forget),
         factor("cell.input.multiplier", "cell.input.shift", p.cell.input),
         check::output<T>(p.output),
         check::shift("output.rescale.shift", p.output.rescale.shift, kLargest)});
  }
  static constexpr Status validate(const Params&, const Weights&) { return {}; }

  static constexpr FullyConnectedParams product(const Params& p, int i) {
    return reference::lstm_product(p, i == 1);
  }
  static constexpr std::span<const std::int8_t> filter(const Weights& weights, int i) {
    return i == 0 ? weights.input : weights.recurrent;
  }
  static constexpr std::span<const Bias> bias(const Weights& weights, int i) {
    return i == 0 ? weights.bias : std::span<const Bias>();
  }
  static std::array<check::Used, 3> used(const Weights& weights) {
    return {check::Used(weights.input.data(), weights.input.size()),
            check::Used(weights.recurrent.data(), weights.recurrent.size()),
            check::Used(weights.bias.data(), weights.bias.size())};
  }

  static constexpr std::size_t constant_bytes(const Params&) { return 0; }
  static void pack(const Params&, const Weights&, std::byte*) {}

  // The values are the gates of every step, from the input, and those of one from the hidden state.
  static constexpr family::RecurrentSizes<2> sizes(const Params& p) {
    const std::int64_t rows = std::int64_t{p.batches} * p.steps;
    const std::int64_t state = std::int64_t{p.batches} * p.hidden;
    return {.inputs = rows * p.inputs,
            .outputs = rows * p.hidden,
            .values = kGates * (rows * p.hidden + state),
            .states = {state, state}};
  }

  template <class Products>
  static void run(const Params& p, const std::byte*, const Products& products, std::int16_t* values,
                  const T* input, T* hidden, std::int16_t* cell, T* output) {
    const auto size = [](std::int64_t count) { return static_cast<std::size_t>(count); };
    const auto sizes = LstmOperation::sizes(p);
    const std::int64_t units = p.hidden, row = kGates * units, state = sizes.states[0];
    std::int16_t* const recurrent = values + p.steps * p.batches * row;
    products(0, {input, size(sizes.inputs)}, {values, size(recurrent - values)});
    for (std::int64_t t = 0; t < p.steps; ++t) {
      products(1, {hidden, size(state)}, {recurrent, size(kGates * state)});
      for (std::int64_t b = 0; b < p.batches; ++b) {
        const std::int64_t place = p.time_major ? t * p.batches + b : b * p.steps + t;
        const std::int16_t* const x = values + place * row;
        const std::int16_t* const h = recurrent + b * row;
        T* const y = hidden + b * units;
        for (std::int64_t u = 0; u < units; ++u) {
          std::int16_t gates[kGates];
          for (int g = 0; g < kGates; ++g) {
            gates[g] = saturate<std::int16_t>(x[g * units + u] + h[g * units + u]);
          }
          y[u] = reference::lstm_unit<T>(p, gates, cell[b * units + u]);
        }
        std::memcpy(output + place * units, y, size(units) * sizeof(T));
      }
    }
  }
};

// Long short-term memory over a sequence, with its states in memory of the caller:
// reference::unidirectional_sequence_lstm has the formula, LstmParams what lies where.
//
//   prepare(LstmParams, {input, recurrent, bias}, packed)
//   bind(input, hidden, cell, output, scratch)
//
// input and output: T (int8 or int16); weights: int8, the rows of the input gate, the forget gate,
// the cell and the output gate one after the other, and a bias of int32 for int8 or int64 for int16
// for each row; hidden: T, the hidden state, which a sequence starts filled with
// params.output.zero_point; cell: int16, the cell state, which starts filled with 0; all dense.
// quantize/recurrent.hpp makes the factors. Scratch memory holds the gates of all steps. Sums as in
// FullyConnected. Rounding, of all steps: params.output.rounding. There are no peepholes,
// projections and normalizations, and the cell's function is tanh. Source:
// UNIDIRECTIONAL_SEQUENCE_LSTM of tflite-micro, with cell states of 16 bits.
template <class T>
using UnidirectionalSequenceLstm = family::Recurrent<LstmOperation<T>, T, T, std::int16_t>;

}  // namespace octet::inline OCTET_BASELINE
