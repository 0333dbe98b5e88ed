// SPDX-License-Identifier: Apache-2.0
// Singular value decomposition filters: layers over time.
#pragma once

#include <array>

#include "octet/family/recurrent.hpp"
#include "octet/fully_connected.hpp"
#include "octet/reference/svdf.hpp"

namespace octet::inline OCTET_BASELINE {

// The constants of a filter; bias may be empty.
template <class State>
struct SvdfWeights {
  std::span<const std::int8_t> feature;
  std::span<const State> time;
  std::span<const std::int32_t> bias = {};
};

template <class State>
struct SvdfOperation {
  using Params = SvdfParams;
  using Weights = SvdfWeights<State>;
  using Value = State;
  using Product = FullyConnected<std::int8_t, State>;

  static constexpr const char* kName = "svdf";
  static constexpr int kProducts = 1;
  static constexpr const char* kStates[] = {"state"};
  // 32 bits hold the sums of so many products of bytes.
  static constexpr std::int32_t kMostMemory = 1 << 16;

  static constexpr std::int64_t units(const Params& p) { return p.filters / p.rank; }

  static constexpr Status validate(const Params& p) {
    const auto& [multiplier, shift] = p.output.rescale;
    if (const Status s = check::first_refusal(
            {check::extent("batches", p.batches), check::extent("inputs", p.inputs),
             check::extent("filters", p.filters), check::extent("rank", p.rank),
             check::range(StatusCode::invalid_shape, "memory", p.memory, 1, kMostMemory)});
        !s.ok()) {
      return s;
    }
    return check::first_refusal(
        {check::multiple_of("filters", p.filters, "rank", p.rank),
         check::elements("batches * filters * memory", {p.batches, p.filters, p.memory}),
         check::elements("batches * inputs", {p.batches, p.inputs}),
         check::elements("filters * inputs", {p.filters, p.inputs}),
         check::zero_point<std::int8_t>("input.zero_point", p.input.zero_point),
         check::zero_point<State>("state.zero_point", p.state.zero_point),
         check::output<std::int8_t>(p.output), check::shift("output.rescale.shift", shift),
         check::multiplier("state.rescale.multiplier", p.state.rescale.multiplier),
         check::shift("state.rescale.shift", p.state.rescale.shift)});
  }
  static constexpr Status validate(const Params& p, const Weights& weights) {
    return check::first_refusal(
        {check::exact_buffer("weights.time", weights.time, std::int64_t{p.filters} * p.memory),
         check::exact_buffer("weights.bias", weights.bias, weights.bias.empty() ? 0 : units(p))});
  }

  static constexpr FullyConnectedParams product(const Params& p, int) {
    return {.batches = p.batches,
            .inputs = p.inputs,
            .outputs = p.filters,
            .input = {p.input.zero_point},
            .output = {.multiplier = {&p.state.rescale.multiplier, 1},
                       .shift = {&p.state.rescale.shift, 1},
                       .rounding = p.output.rounding}};
  }
  static constexpr std::span<const std::int8_t> filter(const Weights& weights, int) {
    return weights.feature;
  }
  static constexpr std::span<const std::int32_t> bias(const Weights&, int) { return {}; }
  static constexpr family::ArgumentName kNames[kProducts][2] = {
      {{"filter", "weights.feature"}, {"outputs", "filters"}}};

  static std::array<check::Used, 3> used(const Weights& weights) {
    const auto& [feature, time, bias] = weights;
    return {check::Used(feature.data(), feature.size()), check::Used(time.data(), time.size()),
            check::Used(bias.data(), bias.size())};
  }

  static constexpr std::size_t constant_bytes(const Params& p) {
    return static_cast<std::size_t>(units(p)) * sizeof(std::int32_t) +
           static_cast<std::size_t>(p.filters) * static_cast<std::size_t>(p.memory) * sizeof(State);
  }
  static void pack(const Params& p, const Weights& weights, std::byte* constants) {
    auto* const bias = reinterpret_cast<std::int32_t*>(constants);
    for (std::int64_t u = 0; u < units(p); ++u) {
      bias[u] = weights.bias.empty() ? 0 : weights.bias[static_cast<std::size_t>(u)];
    }
    std::memcpy(bias + units(p), weights.time.data(), weights.time.size_bytes());
  }

  static constexpr family::RecurrentSizes<1> sizes(const Params& p) {
    const std::int64_t features = std::int64_t{p.batches} * p.filters;
    return {.inputs = std::int64_t{p.batches} * p.inputs,
            .outputs = p.batches * units(p),
            .values = features,
            .states = {features * p.memory}};
  }

  template <class Products>
  static void run(const Params& p, const std::byte* constants, const Products& products,
                  State* features, const std::int8_t* input, State* state, std::int8_t* output) {
    const auto count = static_cast<std::size_t>(p.batches) * static_cast<std::size_t>(p.filters);
    products(0, {input, static_cast<std::size_t>(p.batches) * static_cast<std::size_t>(p.inputs)},
             {features, count});
    const std::int64_t units = SvdfOperation::units(p);
    const auto* const bias = reinterpret_cast<const std::int32_t*>(constants);
    for (std::int32_t b = 0; b < p.batches; ++b) {
      const auto* weights = reinterpret_cast<const State*>(bias + units);
      for (std::int64_t u = 0; u < units; ++u) {
        std::int64_t sum = bias[u];
        for (std::int32_t r = 0; r < p.rank; ++r, weights += p.memory, state += p.memory) {
          sum += remember(p, reference::svdf_entry(p, *features++), state, weights);
        }
        *output++ = reference::svdf_output(p, sum);
      }
    }
  }

 private:
  // Moves a filter's memory on, and sums it up.
  static std::int64_t remember(const Params& p, State newest, State* state, const State* weights) {
    using Sum = std::conditional_t<sizeof(State) == 1, std::int32_t, std::int64_t>;
    const std::int32_t last = p.memory - 1, zero_point = p.state.zero_point;
    Sum sum = 0;
    for (std::int32_t j = 0; j < last; ++j) {
      const State value = state[j + 1];
      state[j] = value;
      sum += (value - zero_point) * std::int32_t{weights[j]};
    }
    state[last] = newest;
    return std::int64_t{sum} + (newest - zero_point) * std::int32_t{weights[last]};
  }
};

// One step of a filter over time, with its state in memory of the caller: reference::svdf has the
// formula.
//
//   prepare(SvdfParams, {feature, time, bias}, packed)    bind(input, state, output, scratch)
//
// input: batches x inputs of int8; weights: feature filters x inputs of int8, time filters x memory
// of State (int8 or int16), bias filters / rank of int32 or empty; state: batches x filters x
// memory of State, which the first run of a sequence finds filled with params.state.zero_point;
// output: batches x filters / rank of int8, all dense. svdf_multiplier() of quantize/recurrent.hpp
// makes the parameters. Sums of features and of time are exact, whatever their size. Rounding, of
// both: params.output.rounding. Source: SVDF of tflite-micro; an activation is none of the
// operation's.
template <class State>
using Svdf = family::Recurrent<SvdfOperation<State>, std::int8_t, State>;

}  // namespace octet::inline OCTET_BASELINE
