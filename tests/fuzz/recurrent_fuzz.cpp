// SPDX-License-Identifier: Apache-2.0
// Layers that keep a state: what prepare accepts runs step by step in memory of exactly the sizes
// that it names, and gives the outputs and states of the reference wherever that does not overflow.
#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <vector>

#include "fuzz/support.hpp"
#include "octet/svdf.hpp"
#include "octet/unidirectional_sequence_lstm.hpp"

namespace {

using fuzz::expect;
using fuzz::Input;
using fuzz::Memory;
using octet::detail::saturating_multiply;

// What 32 bits hold before a shift to the left.
bool holds(std::int64_t largest, std::int32_t shift) {
  return largest <= std::int64_t{std::numeric_limits<std::int32_t>::max()} >> std::max(shift, 0);
}

// Sums of so many products of bytes, one of them less a zero point.
std::int64_t largest_sum(std::int64_t depth) { return depth * 255 * 128; }

// Steps of a layer that was prepared; reference(input, states..., output) where that holds.
template <class T, class Operation, class Reference, class... States>
void run_steps(Input& input, const Operation& operation, std::int64_t inputs, std::int64_t outputs,
               bool reference_holds, const Reference& reference, Memory<States>&... states) {
  (states.fill(input), ...);
  std::tuple expected_states(std::vector<States>(states.span().begin(), states.span().end())...);
  Memory<std::byte> scratch(static_cast<std::int64_t>(operation.scratch_bytes()),
                            octet::kAlignment);
  for (int step = 0; step < 2; ++step) {
    Memory<T> from(inputs), to(outputs), expected(outputs);
    from.fill(input);
    const auto bound = operation.bind(from.values(), states.span()..., to.span(), scratch.span());
    expect(static_cast<bool>(bound));
    bound->run();
    if (!reference_holds) continue;
    std::apply(
        [&](auto&... state) {
          reference(from.data(), state.data()..., expected.data());
          (expect(std::ranges::equal(states.span(), state)), ...);
        },
        expected_states);
    expect(to == expected);
  }
}

template <class State>
void fuzz_svdf(Input& input) {
  using Svdf = octet::Svdf<State>;
  octet::SvdfParams params;
  params.batches = input.extent(3);
  params.inputs = input.extent(40);
  params.rank = input.extent(3);
  params.filters = input.extent(20);
  const auto [fewest, most] = std::minmax(params.rank, params.filters);
  const bool is_small = fewest > 0 && most < 1000;
  if (is_small && !input.one_in(16)) params.filters *= params.rank;
  params.memory = input.extent(12);
  params.input.zero_point = input.zero_point<std::int8_t>();
  params.state = {input.zero_point<State>(), input.rescale()};
  params.output = input.output<std::int8_t>();
  const octet::Backend& backend = input.backend();
  const auto packed_bytes = static_cast<std::int64_t>(Svdf::packed_bytes(params, backend));
  const std::int64_t filters = saturating_multiply(params.batches, params.filters);
  const std::int64_t work =
      saturating_multiply(filters, std::int64_t{params.inputs} + params.memory);
  if (packed_bytes == 0 || packed_bytes > input.limits().bytes || work > input.limits().work) {
    return fuzz::expect_refusal(Svdf::prepare(params, {}, {}, backend).status());
  }
  const std::int64_t units = params.filters / params.rank;
  Memory<std::int8_t> feature(std::int64_t{params.filters} * params.inputs);
  Memory<State> time(std::int64_t{params.filters} * params.memory);
  Memory<std::int32_t> bias(input.one_in(2) ? units : 0);
  feature.fill(input);
  time.fill(input);
  bias.fill(input);
  Memory<std::byte> packed(packed_bytes, octet::kAlignment);
  const auto operation = Svdf::prepare(params, {feature.values(), time.values(), bias.values()},
                                       packed.span(), backend);
  if (!operation) return fuzz::expect_refusal(operation.status());
  Memory<State> state(filters * params.memory);
  run_steps<std::int8_t>(
      input, *operation, std::int64_t{params.batches} * params.inputs, params.batches * units,
      holds(largest_sum(params.inputs), params.state.rescale.shift),
      [&](const std::int8_t* x, State* states, std::int8_t* y) {
        octet::reference::svdf(params, x, feature.data(), time.data(),
                               bias.span().empty() ? nullptr : bias.data(), states, y);
      },
      state);
}

// Factors of all gates, or one for each row of their weights.
class Gates {
 public:
  Gates(Input& input, std::int64_t rows, octet::LstmParams::Gates& gates)
      : Gates(input, input.one_in(2) ? rows : 1) {
    gates = {multiplier_.values(), shift_.values()};
  }
  std::int32_t largest_shift() const { return std::ranges::max(shift_.span()); }

 private:
  Gates(Input& input, std::int64_t count) : multiplier_(count), shift_(count) {
    Random random(static_cast<std::uint32_t>(input.word()));
    random.fill(multiplier_.span(), 1 << 30, std::numeric_limits<std::int32_t>::max());
    random.fill(shift_.span(), -15, input.one_in(4) ? 4 : -2);
    if (input.one_in(16)) multiplier_.span()[0] = input.word();
    if (input.one_in(16)) shift_.span()[0] = input.word();
  }
  Memory<std::int32_t> multiplier_, shift_;
};

template <class T>
void fuzz_lstm(Input& input) {
  using Lstm = octet::UnidirectionalSequenceLstm<T>;
  using Bias = octet::detail::BiasOf<T>;
  octet::LstmParams params;
  params.batches = input.extent(3);
  params.steps = input.extent(4);
  params.inputs = input.extent(20);
  params.hidden = input.extent(9);
  params.time_major = input.one_in(2);
  params.input.zero_point = sizeof(T) == 1 || input.one_in(16) ? input.zero_point<T>() : 0;
  params.cell = {.scale_power = input.number(-15, -9),
                 .forget = {input.number(1 << 30, 0x7FFFFFFF), input.number(-16, -13)},
                 .input = {input.number(1 << 30, 0x7FFFFFFF), input.number(-20, -13)},
                 .clip = input.one_in(3) ? input.number(1, 32767) : 0};
  params.output = input.output<T>();
  params.output.rescale.shift = input.number(-24, -14);
  if (sizeof(T) == 2 && !input.one_in(16)) params.output.zero_point = 0;
  const octet::Backend& backend = input.backend();
  const std::int64_t rows = saturating_multiply(4, params.hidden);
  const std::int64_t outer = saturating_multiply(params.batches, params.steps);
  const std::int64_t work = saturating_multiply(saturating_multiply(outer, rows),
                                                std::int64_t{params.inputs} + params.hidden);
  if (!octet::LstmOperation<T>::validate(params).ok() || work > input.limits().work) {
    return fuzz::expect_refusal(Lstm::prepare(params, {}, {}, backend).status());
  }
  const Gates of_input(input, rows, params.input_gates);
  const Gates of_hidden(input, rows, params.recurrent_gates);
  Memory<std::int8_t> input_weights(rows * params.inputs), weights(rows * params.hidden);
  Memory<Bias> bias(input.one_in(2) ? rows : 0);
  input_weights.fill(input);
  weights.fill(input);
  bias.fill(input);
  Bias most_bias = 0;
  for (Bias& b : bias.span()) {
    b /= 1 << 12;
    most_bias = std::max(most_bias, static_cast<Bias>(std::abs(b)));
  }
  Memory<std::byte> packed(static_cast<std::int64_t>(Lstm::packed_bytes(params, backend)),
                           octet::kAlignment);
  const auto operation = Lstm::prepare(
      params, {input_weights.values(), weights.values(), bias.values()}, packed.span(), backend);
  if (!operation) return fuzz::expect_refusal(operation.status());
  const std::int64_t state_size = std::int64_t{params.batches} * params.hidden;
  Memory<T> hidden(state_size);
  Memory<std::int16_t> cell(state_size);
  const bool sums_hold = holds(largest_sum(params.inputs) + most_bias, of_input.largest_shift()) &&
                         holds(largest_sum(params.hidden), of_hidden.largest_shift());
  run_steps<T>(
      input, *operation, outer * params.inputs, outer * params.hidden,
      sizeof(Bias) == 8 || sums_hold,
      [&](const T* x, T* hidden_state, std::int16_t* cell_state, T* y) {
        octet::reference::unidirectional_sequence_lstm(
            params, x, input_weights.data(), weights.data(),
            bias.span().empty() ? nullptr : bias.data(), hidden_state, cell_state, y);
      },
      hidden, cell);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  switch (input.byte() % 4) {
    case 0: fuzz_svdf<std::int8_t>(input); break;
    case 1: fuzz_svdf<std::int16_t>(input); break;
    case 2: fuzz_lstm<std::int8_t>(input); break;
    default: fuzz_lstm<std::int16_t>(input);
  }
  return 0;
}
