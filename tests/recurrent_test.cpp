// SPDX-License-Identifier: Apache-2.0
// Layers over time on every backend: their output and their states after several steps equal the
// reference's, in guarded memory of exactly the sizes that they ask for.
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "octet/hosted/aligned_buffer.hpp"
#include "octet/svdf.hpp"
#include "octet/unidirectional_sequence_lstm.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/random.hpp"
#include "support/refusal.hpp"
#include "support/roundings.hpp"
#include "support/values.hpp"

namespace {

constexpr std::int32_t kHuge = std::numeric_limits<std::int32_t>::max();

octet::Rescale random_rescale(Random& random, std::int32_t lowest, std::int32_t highest) {
  return {random.one_in(8) ? 0 : random.in(1 << 30, std::numeric_limits<std::int32_t>::max()),
          random.in(lowest, highest)};
}

template <class T>
octet::Output random_output(Random& random, std::int32_t lowest_shift, std::int32_t highest_shift) {
  octet::Output output{.zero_point = random_zero_point<T>(random),
                       .rescale = random_rescale(random, lowest_shift, highest_shift),
                       .rounding = random_rounding(random)};
  if (random.one_in(3)) {
    output.min = random.in(std::numeric_limits<T>::min(), 0);
    output.max = random.in(0, std::numeric_limits<T>::max());
  }
  return output;
}

// A struct for each operation: random parameters and weights, and the reference.
template <class StateType>
struct Svdf {
  using Operation = octet::Svdf<StateType>;
  using Value = std::int8_t;
  using States = std::tuple<std::vector<StateType>>;

  octet::SvdfParams params;
  std::vector<std::int8_t> feature;
  std::vector<StateType> time;
  std::vector<std::int32_t> bias;

  explicit Svdf(Random& random) {
    params.batches = random.in(1, 3);
    params.inputs = random.in(1, random.one_in(4) ? 300 : 40);
    params.rank = random.in(1, 3);
    params.filters = params.rank * random.in(1, random.one_in(4) ? 60 : 9);
    params.memory = random.in(1, 12);
    params.input.zero_point = random_zero_point<std::int8_t>(random);
    params.state = {random.one_in(2) ? 0 : random_zero_point<StateType>(random),
                    random_rescale(random, -16, 2)};
    params.output = random_output<std::int8_t>(random, -24, 2);
    feature = random_values<std::int8_t>(random, std::int64_t{params.filters} * params.inputs);
    time = random_values<StateType>(random, std::int64_t{params.filters} * params.memory);
    if (random.one_in(2)) bias = random.vector<std::int32_t>(params.filters / params.rank);
  }

  std::int64_t inputs() const { return std::int64_t{params.batches} * params.inputs; }
  std::int64_t outputs() const {
    return std::int64_t{params.batches} * (params.filters / params.rank);
  }
  States random_states(Random& random) const {
    return random_values<StateType>(random,
                                    std::int64_t{params.batches} * params.filters * params.memory);
  }

  // prepare with these weights in guarded memory, which is gone afterwards.
  auto prepare(std::span<std::byte> packed, const octet::Backend& backend, Guard guard) const {
    GuardedBuffer<std::int8_t> features(feature, guard);
    GuardedBuffer<StateType> times(time, guard);
    GuardedBuffer<std::int32_t> biases(bias, guard);
    return Operation::prepare(params, {features.span(), times.span(), biases.span()}, packed,
                              backend);
  }
  void reference(const std::int8_t* input, States& states, std::int8_t* output) const {
    octet::reference::svdf(params, input, feature.data(), time.data(),
                           bias.empty() ? nullptr : bias.data(), std::get<0>(states).data(),
                           output);
  }
};

template <class T>
struct Lstm {
  using Operation = octet::UnidirectionalSequenceLstm<T>;
  using Bias = octet::detail::BiasOf<T>;
  using Value = T;
  using States = std::tuple<std::vector<T>, std::vector<std::int16_t>>;

  octet::LstmParams params;
  std::vector<std::int32_t> multiplier[2], shift[2];
  std::vector<std::int8_t> weights[2];
  std::vector<Bias> bias;

  explicit Lstm(Random& random) {
    params.batches = random.in(1, 3);
    params.steps = random.in(1, 4);
    params.inputs = random.in(1, random.one_in(4) ? 100 : 20);
    params.hidden = random.in(1, random.one_in(4) ? 40 : 9);
    params.time_major = random.one_in(2);
    params.input.zero_point = sizeof(T) == 1 ? random_zero_point<T>(random) : 0;
    params.cell = {.scale_power = random.one_in(4) ? random.in(-27, 2) : random.in(-15, -9),
                   .forget = random_rescale(random, -16, -13),
                   .input = random_rescale(random, -20, -13),
                   .clip = random.one_in(3) ? random.in(1, 32767) : 0};
    params.output = random_output<T>(random, sizeof(T) == 1 ? -24 : -18, -14);
    const std::int64_t rows = std::int64_t{4} * params.hidden;
    for (int i = 0; i < 2; ++i) {
      weights[i] =
          random_values<std::int8_t>(random, rows * (i == 0 ? params.inputs : params.hidden));
      const bool per_row = random.one_in(2);
      for (std::int64_t row = 0; row < (per_row ? rows : 1); ++row) {
        const auto [factor, by] = random_rescale(random, sizeof(T) == 1 ? -6 : -14, -2);
        multiplier[i].push_back(factor);
        shift[i].push_back(by);
      }
    }
    if (random.one_in(2)) {
      for (std::int64_t row = 0; row < rows; ++row) bias.push_back(random.in(-100000, 100000));
    }
  }

  std::int64_t rows() const { return std::int64_t{params.batches} * params.steps; }
  std::int64_t inputs() const { return rows() * params.inputs; }
  std::int64_t outputs() const { return rows() * params.hidden; }
  States random_states(Random& random) const {
    const std::int64_t size = std::int64_t{params.batches} * params.hidden;
    return {random_values<T>(random, size), random_values<std::int16_t>(random, size)};
  }

  octet::LstmParams params_with(std::span<const std::int32_t> multiplier0,
                                std::span<const std::int32_t> multiplier1) const {
    octet::LstmParams with = params;
    with.input_gates = {multiplier0, shift[0]};
    with.recurrent_gates = {multiplier1, shift[1]};
    return with;
  }
  auto prepare(std::span<std::byte> packed, const octet::Backend& backend, Guard guard) const {
    GuardedBuffer<std::int8_t> input(weights[0], guard), recurrent(weights[1], guard);
    GuardedBuffer<Bias> biases(bias, guard);
    GuardedBuffer<std::int32_t> multiplier0(multiplier[0], guard),
        multiplier1(multiplier[1], guard);
    return Operation::prepare(params_with(multiplier0.span(), multiplier1.span()),
                              {input.span(), recurrent.span(), biases.span()}, packed, backend);
  }
  void reference(const T* input, States& states, T* output) const {
    octet::reference::unidirectional_sequence_lstm(
        params_with(multiplier[0], multiplier[1]), input, weights[0].data(), weights[1].data(),
        bias.empty() ? nullptr : bias.data(), std::get<0>(states).data(),
        std::get<1>(states).data(), output);
  }
};

template <class Layer>
void check_steps(Random& random, const Layer& layer, const octet::Backend& backend) {
  using T = typename Layer::Value;
  using Operation = typename Layer::Operation;
  const Guard guard = random.one_in(2) ? Guard::after : Guard::before;
  const std::size_t bytes = Operation::packed_bytes(layer.params, backend);
  REQUIRE(bytes <= Operation::max_packed_bytes(layer.params));
  GuardedBuffer<std::byte> packed(static_cast<std::int64_t>(bytes), guard);
  const auto operation = layer.prepare(packed.span(), backend, guard);
  INFO(octet::to_string(operation.status()));
  REQUIRE(operation);
  REQUIRE(operation->scratch_bytes() == Operation::scratch_bytes(layer.params, backend));
  REQUIRE(operation->scratch_bytes() <= Operation::max_scratch_bytes(layer.params));

  typename Layer::States expected_states = layer.random_states(random);
  const auto run = [&]<class... S>(std::vector<S>&... expected_state) {
    const auto states = std::make_tuple(
        std::make_unique<GuardedBuffer<S>>(std::span<const S>(expected_state), guard)...);
    for (int step = 0; step < 3; ++step) {
      CAPTURE(step);
      const std::vector<T> x = random_values<T>(random, layer.inputs());
      std::vector<T> expected(static_cast<std::size_t>(layer.outputs()));
      layer.reference(x.data(), expected_states, expected.data());
      GuardedBuffer<T> input(x, guard), output(layer.outputs(), guard), other(1, guard);
      GuardedBuffer<std::byte> scratch(static_cast<std::int64_t>(operation->scratch_bytes()),
                                       guard);
      const auto bound = std::apply(
          [&](const auto&... state) {
            return operation->bind(input.span(), state->span()..., output.span(), scratch.span());
          },
          states);
      INFO(octet::to_string(bound.status()));
      REQUIRE(bound);
      bound->run();
      REQUIRE(difference<T>(output.span(), expected) == "");
      std::apply(
          [&](const auto&... state) {
            REQUIRE(((difference<S>(state->span(), expected_state) == "") && ...));
          },
          states);
    }
  };
  std::apply(run, expected_states);
}

template <class Layer>
void check_random() {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(150); i > 0; --i) {
    const Layer layer(random);
    for_each_backend([&](const octet::Backend& backend) { check_steps(random, layer, backend); });
  }
}

// Null, too small and overlapping memory, of each operand by its name.
template <class Layer, class... States>
void check_memory_refusals(const Layer& layer, const char* name,
                           const std::vector<const char*>& state_names,
                           std::vector<States>... states) {
  using T = typename Layer::Value;
  using enum octet::StatusCode;
  using Operation = typename Layer::Operation;
  const octet::Backend& backend = octet::best_backend();
  const std::size_t bytes = Operation::packed_bytes(layer.params, backend);
  octet::AlignedBuffer packed(bytes + Operation::scratch_bytes(layer.params, backend));
  const auto operation = layer.prepare(packed.span(), backend, Guard::after);
  REQUIRE(operation);
  std::vector<T> input(static_cast<std::size_t>(layer.inputs()));
  std::vector<T> output(static_cast<std::size_t>(layer.outputs()));
  octet::AlignedBuffer scratch(operation->scratch_bytes());
  const auto refused = [&](octet::StatusCode code, const char* argument, std::span<T> x,
                           std::span<T> y, std::span<std::byte> block, auto... state) {
    CAPTURE(argument);
    const octet::Status status = operation->bind(x, state..., y, block).status();
    CHECK(status.code == code);
    CHECK(std::string(status.argument) == argument);
  };
  const std::span<T> x(input), y(output);
  const std::span<std::byte> block = scratch.span();
  REQUIRE(operation->bind(x, states..., y, block));
  refused(null_pointer, "input", {}, y, block, std::span(states)...);
  refused(buffer_too_small, "input", x.first(x.size() - 1), y, block, std::span(states)...);
  refused(buffer_too_small, "output", x, y.first(y.size() - 1), block, std::span(states)...);
  refused(buffer_too_small, "scratch", x, y, block.first(block.size() - 1), std::span(states)...);
  refused(null_pointer, state_names[0], x, y, block, std::span<States>()...);
  refused(overlap, "scratch", x, y, packed.span(), std::span(states)...);
  const std::span<T> both(x.size() > y.size() ? x : y);
  refused(overlap, "output", both, both, block, std::span(states)...);

  const octet::Status unprepared = Operation().bind(x, states..., y, block).status();
  CHECK(unprepared.code == not_prepared);
  CHECK(std::string(unprepared.argument) == name);
  CHECK(typename Operation::Bound().rebind(x, states..., y, block).code == not_prepared);
  const auto misplaced = layer.prepare(packed.span().first(bytes - 1), backend, Guard::after);
  CHECK_REFUSED(misplaced, buffer_too_small, "packed");
}

// prepare refuses what `change` makes of a layer, on every backend alike.
template <class Layer>
void check_refusals(const Refusals<Layer>& refusals) {
  Random random(test_seed());
  const Layer layer(random);
  octet::AlignedBuffer packed(std::size_t{1} << 20);
  check_refused(
      layer,
      [&](const Layer& changed) {
        return changed.prepare(packed.span(), octet::best_backend(), Guard::after);
      },
      refusals);
}

}  // namespace

TEST_CASE("svdf equals the reference over several steps") {
  check_random<Svdf<std::int8_t>>();
  check_random<Svdf<std::int16_t>>();
}

TEST_CASE("svdf wraps states around that leave their type with their zero point") {
  const octet::SvdfParams params{.state = {.zero_point = 60, .rescale = {1 << 30, 1}},
                                 .output = {.rescale = {1 << 30, 0}}};
  const std::int8_t feature[] = {100}, time[] = {1}, input[] = {1};
  std::int8_t state[] = {60}, output[1];
  octet::reference::svdf<std::int8_t>(params, input, feature, time, nullptr, state, output);
  CHECK(state[0] == 100 + 60 - 256);
  CHECK(output[0] == (100 - 256) / 2);
}

TEST_CASE("svdf names the argument that it refuses") {
  using enum octet::StatusCode;
  using Layer = Svdf<std::int16_t>;
  Random random(test_seed());
  const Layer layer(random);
  check_memory_refusals(layer, "svdf", {"state"}, std::get<0>(layer.random_states(random)));
  check_refusals<Layer>({
      {invalid_shape, "batches", [](auto& l) { l.params.batches = 0; }},
      {invalid_shape, "inputs", [](auto& l) { l.params.inputs = -1; }},
      {invalid_shape, "memory", [](auto& l) { l.params.memory = kHuge; }},
      {invalid_shape, "rank", [](auto& l) { l.params.rank = 0; }},
      {invalid_shape, "filters", [](auto& l) { l.params.rank = l.params.filters + 1; }},
      {invalid_shape, "batches * filters * memory",
       [](auto& l) {
         l.params.batches = l.params.filters = kHuge;
         l.params.rank = 1;
       }},
      {zero_point_out_of_range, "input.zero_point",
       [](auto& l) { l.params.input.zero_point = 128; }},
      {zero_point_out_of_range, "state.zero_point",
       [](auto& l) { l.params.state.zero_point = 1 << 15; }},
      {multiplier_out_of_range, "state.rescale.multiplier",
       [](auto& l) { l.params.state.rescale.multiplier = 1; }},
      {shift_out_of_range, "state.rescale.shift",
       [](auto& l) { l.params.state.rescale.shift = 31; }},
      {zero_point_out_of_range, "output.zero_point",
       [](auto& l) { l.params.output.zero_point = -129; }},
      {shift_out_of_range, "output.rescale.shift",
       [](auto& l) { l.params.output.rescale.shift = 31; }},
      {size_mismatch, "weights.feature", [](auto& l) { l.feature.push_back(0); }},
      {buffer_too_small, "weights.feature", [](auto& l) { l.feature.pop_back(); }},
      {buffer_too_small, "weights.time", [](auto& l) { l.time.pop_back(); }},
      {size_mismatch, "weights.bias", [](auto& l) { l.bias.assign(1000, 0); }},
  });
}

TEST_CASE("unidirectional_sequence_lstm equals the reference over several steps") {
  check_random<Lstm<std::int8_t>>();
  check_random<Lstm<std::int16_t>>();
}

TEST_CASE("unidirectional_sequence_lstm names the argument that it refuses") {
  using enum octet::StatusCode;
  using Layer = Lstm<std::int8_t>;
  Random random(test_seed());
  const Layer layer(random);
  const auto [hidden, cell] = layer.random_states(random);
  check_memory_refusals(layer, "unidirectional_sequence_lstm", {"hidden", "cell"}, hidden, cell);
  check_refusals<Layer>({
      {invalid_shape, "batches", [](auto& l) { l.params.batches = 0; }},
      {invalid_shape, "steps", [](auto& l) { l.params.steps = 0; }},
      {invalid_shape, "batches * steps",
       [](auto& l) { l.params.batches = l.params.steps = 1 << 16; }},
      {invalid_shape, "inputs", [](auto& l) { l.params.inputs = -1; }},
      {invalid_shape, "hidden", [](auto& l) { l.params.hidden = 1 << 30; }},
      {invalid_shape, "batches * steps * 4 * hidden",
       [](auto& l) {
         l.params.batches = kHuge;
         l.params.steps = 1;
         l.params.hidden = 1 << 28;
       }},
      {unsupported, "cell.scale_power", [](auto& l) { l.params.cell.scale_power = 3; }},
      {clamp_out_of_range, "cell.clip", [](auto& l) { l.params.cell.clip = -1; }},
      {multiplier_out_of_range, "cell.forget.multiplier",
       [](auto& l) { l.params.cell.forget.multiplier = 1; }},
      {shift_out_of_range, "cell.input.shift", [](auto& l) { l.params.cell.input.shift = 1; }},
      {shift_out_of_range, "output.rescale.shift",
       [](auto& l) { l.params.output.rescale.shift = 1; }},
      {zero_point_out_of_range, "input.zero_point",
       [](auto& l) { l.params.input.zero_point = 128; }},
      {zero_point_out_of_range, "output.zero_point",
       [](auto& l) { l.params.output.zero_point = 128; }},
      {multiplier_out_of_range, "input_gates.multiplier[0]",
       [](auto& l) { l.multiplier[0][0] = 1; }},
      {shift_out_of_range, "recurrent_gates.shift", [](auto& l) { l.shift[1][0] = 31; }},
      {size_mismatch, "weights.input", [](auto& l) { l.weights[0].push_back(0); }},
      {buffer_too_small, "weights.recurrent", [](auto& l) { l.weights[1].pop_back(); }},
      {size_mismatch, "weights.bias", [](auto& l) { l.bias.assign(1000, 0); }},
  });
}
