// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/output_element.hpp"

namespace octet::inline OCTET_BASELINE {

// input: batches x inputs; weights of the features: filters x inputs, of the time: filters x
// memory; bias: filters / rank; state: batches x filters x memory; output: batches x filters /
// rank. state.rescale brings sums of the features to the state's scale, output.rescale those over
// time to the output's.
struct SvdfParams {
  struct Input {
    std::int32_t zero_point = 0;
  };
  struct State {
    std::int32_t zero_point = 0;
    Rescale rescale = {};
  };

  std::int32_t batches = 1, inputs = 1, filters = 1, rank = 1, memory = 1;
  Input input = {};
  State state = {};
  Output output = {};
};

namespace reference {

// A sum of features in steps of the state as the newest entry of a filter's memory, which wraps
// around where it leaves its type with the zero point.
template <class State>
constexpr State svdf_entry(const SvdfParams& p, State feature) {
  return static_cast<State>(feature + p.state.zero_point);
}

// The same from the sum itself.
template <class State>
constexpr State svdf_feature(const SvdfParams& p, std::int32_t sum) {
  return svdf_entry(p, saturate<State>(rescale(sum, p.state.rescale, p.output.rounding)));
}

// sum_j (state[j] - zero_point) * weights[j] over a filter's memory.
template <class State>
constexpr std::int64_t svdf_time(const SvdfParams& p, const State* state, const State* weights) {
  std::int64_t sum = 0;
  for (std::int32_t j = 0; j < p.memory; ++j) {
    sum += (state[j] - p.state.zero_point) * std::int32_t{weights[j]};
  }
  return sum;
}

// The output from the sum over all filters of a unit, which may have any size: where sum *
// 2^max(shift, 0) does not fit int32 the nearest value that does is rescaled.
constexpr std::int8_t svdf_output(const SvdfParams& p, std::int64_t sum) {
  Output output = p.output;
  const std::int32_t left = output.rescale.shift > 0 ? output.rescale.shift : 0;
  output.rescale.shift -= left;
  return output_element<std::int8_t>(shift_left_saturating(sum, left), output);
}

// One step of a singular value decomposition filter: every filter forgets its oldest entry, and
// remembers what it makes of the input
//
//   state[b][f] = {state[b][f][1], ..., state[b][f][memory - 1],
//                  svdf_feature(sum_i weights_feature[f][i] * (input[b][i] - input.zero_point))}
//   output[b][u] = svdf_output(bias[u] + sum_{f of u} svdf_time(state[b][f], weights_time[f]))
//
// Unit u has the filters [u * rank, (u + 1) * rank). State: int8 or int16; bias may be null.
// The sums of features must fit int32.
// Source: EvalIntegerSvdfReference in micro/kernels/svdf_common.cc of tflite-micro.
template <class State>
constexpr void svdf(const SvdfParams& p, const std::int8_t* input,
                    const std::int8_t* weights_feature, const State* weights_time,
                    const std::int32_t* bias, State* state, std::int8_t* output) {
  const std::int64_t inputs = p.inputs, memory = p.memory, units = p.filters / p.rank;
  for (std::int32_t b = 0; b < p.batches; ++b, input += inputs, output += units) {
    for (std::int64_t u = 0; u < units; ++u) {
      std::int64_t unit = bias != nullptr ? bias[u] : 0;
      for (std::int64_t f = u * p.rank; f < (u + 1) * p.rank; ++f, state += memory) {
        std::int32_t feature = 0;
        for (std::int64_t i = 0; i < inputs; ++i) {
          feature += weights_feature[f * inputs + i] * (input[i] - p.input.zero_point);
        }
        for (std::int64_t j = 1; j < memory; ++j) state[j - 1] = state[j];
        state[memory - 1] = svdf_feature<State>(p, feature);
        unit += svdf_time(p, state, weights_time + f * memory);
      }
      output[u] = svdf_output(p, unit);
    }
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
